from pathlib import Path

import psutil
import pytest

from benchmarks.process import ServerProcess


def test_a_server_that_does_not_start_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"does not answer: (?s:.*)does-not-exist\.py"):
        ServerProcess(tmp_path / "server.log", tmp_path / "does-not-exist.py")


def test_a_server_that_has_ended_leaves_no_process(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text("import streamlit as st\nst.write(1)\n")
    server = ServerProcess(tmp_path / "server.log", script)
    assert server.is_healthy()
    server.end()
    assert not server.is_healthy()
    assert not psutil.pid_exists(server.process.pid)
    server.end()  # once more does no harm
