"""Facts about timing a start, on a checkout whose `make run` is a few lines."""

import time
from pathlib import Path

import pytest

from benchmarks import start

ANSWERS = """
import http.server, sys, time
open("port", "w").write(sys.argv[1])
time.sleep(0.3)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ok")
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def checkout(folder: Path, script: str) -> Path:
    """A folder in which `make run` runs a script with the port."""
    (folder / "server.py").write_text(script)
    (folder / "Makefile").write_text("run:\n\t@exec python3 server.py $(PORT)\n")
    return folder


def test_a_start_is_timed_until_the_app_answers_and_ended_afterwards(tmp_path: Path) -> None:
    folder = checkout(tmp_path, ANSWERS)
    began = time.perf_counter()
    seconds = start.time_start(folder, tmp_path / "log", limit=30)
    assert 0.3 <= seconds <= time.perf_counter() - began
    assert not start.is_healthy(int((folder / "port").read_text()))


def test_a_start_that_ends_tells_its_last_words(tmp_path: Path) -> None:
    folder = checkout(tmp_path, "raise SystemExit('no wheel for this machine')")
    with pytest.raises(RuntimeError, match="no wheel for this machine"):
        start.time_start(folder, tmp_path / "log", limit=30)


def test_a_start_that_never_answers_is_ended(tmp_path: Path) -> None:
    folder = checkout(tmp_path, "import time\ntime.sleep(60)")
    began = time.perf_counter()
    with pytest.raises(RuntimeError, match="does not answer"):
        start.time_start(folder, tmp_path / "log", limit=0.5)
    assert time.perf_counter() - began < 20


def test_the_worst_later_start_has_to_keep_the_limit() -> None:
    assert [claim.kept for claim in start.claims(52.0, [0.7, 0.8, 4.9])] == [True, True]
    assert [claim.kept for claim in start.claims(52.0, [0.7, 5.1])] == [True, False]
