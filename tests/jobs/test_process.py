"""Facts about a worker process: started clean, ended by its standard input, killed if it does not end."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dcgan.jobs import process
from dcgan.jobs.process import ROOT, WorkerProcess

POLITE = "import sys; print('begun', flush=True); sys.stdin.read(); print('saved'); sys.exit(7)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('begun', flush=True); time.sleep(60)"


class Starter:
    """Starts modules that are written on the spot, and ends them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "worker.log"
        self.begun: list[WorkerProcess] = []

    def start(self, code: str, *arguments: str, **variables: str) -> WorkerProcess:
        (self.folder / "made_module.py").write_text(code)
        self.begun.append(WorkerProcess("made_module", arguments, self.log, variables))
        return self.begun[-1]

    def await_log(self, text: str) -> None:
        deadline = time.monotonic() + 20
        while text not in self.log.read_text():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.01)


@pytest.fixture
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Starter]:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    made = Starter(tmp_path)
    yield made
    for worker in made.begun:
        worker.ask_to_end()
        if worker.poll() is None:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait(10)


def test_a_worker_gets_its_arguments_variables_and_our_modules(starter: Starter) -> None:
    code = "import os, sys, dcgan; print(sys.argv[1:], os.environ['DCGAN_STATE'], dcgan.__file__)"
    worker = starter.start(code, "a b", "../c", DCGAN_STATE="/state")
    assert worker.wait(20) == 0
    assert starter.log.read_text() == f"['a b', '../c'] /state {ROOT / 'dcgan' / '__init__.py'}\n"


def test_modules_do_not_come_from_the_folder_in_which_it_was_started(
    starter: Starter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "json.py").write_text("raise SystemExit(99)")
    monkeypatch.chdir(strange)
    assert starter.start("import json").wait(20) == 0


def test_what_it_prints_is_appended_to_the_log(starter: Starter) -> None:
    starter.log.write_text("before\n")
    assert starter.start("import sys; print('out'); print('err', file=sys.stderr); 1 / 0").wait(20) == 1
    text = starter.log.read_text()
    assert text.startswith("before\nout\nerr\nTraceback")
    assert "ZeroDivisionError" in text


def test_it_ends_by_the_end_of_its_input(starter: Starter) -> None:
    worker = starter.start(POLITE)
    starter.await_log("begun")
    assert worker.poll() is None
    assert worker.wait(0.05) is None
    worker.ask_to_end()
    worker.ask_to_end()
    assert worker.wait(20) == 7
    assert "saved" in starter.log.read_text()


def test_it_is_given_time_to_save_and_killed_if_it_does_not_end(
    starter: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "TERMINATE_SECONDS", 0.2)
    polite = starter.start(POLITE)
    starter.await_log("begun")
    polite.end(20)
    assert polite.poll() == 7

    starter.log.unlink()
    deaf = starter.start(DEAF)
    starter.await_log("begun")
    deaf.end(0.1)
    assert deaf.poll() == -signal.SIGKILL


@pytest.mark.parametrize(("code", "expected"), [(POLITE, -signal.SIGTERM), (DEAF, -signal.SIGKILL)])
def test_force_begins_with_a_request(
    starter: Starter, code: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "TERMINATE_SECONDS", 0.2)
    worker = starter.start(code)
    starter.await_log("begun")
    worker.end_by_force()
    assert worker.poll() == expected


def test_a_stopped_process_is_ended_by_force_too(starter: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "TERMINATE_SECONDS", 0.2)
    worker = starter.start("import signal\nsignal.signal(signal.SIGTERM, lambda *_: exit(0))\n" + POLITE)
    starter.await_log("begun")
    os.kill(worker.pid, signal.SIGSTOP)
    worker.end_by_force()
    assert worker.poll() == -signal.SIGKILL


def test_ctrl_c_at_the_terminal_does_not_reach_it(starter: Starter) -> None:
    worker = starter.start(POLITE)
    starter.await_log("begun")
    assert os.getsid(worker.pid) == worker.pid != os.getsid(0)


def test_it_inherits_no_file_of_ours(starter: Starter, tmp_path: Path) -> None:
    """An inherited lock would outlive whoever held it."""
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        worker = starter.start(POLITE)
        starter.await_log("begun")
        opened = {file.path for file in psutil.Process(worker.pid).open_files()}
    assert opened == {str(starter.log)}


def test_a_log_that_cannot_be_written_is_an_error(starter: Starter) -> None:
    starter.log.mkdir()
    with pytest.raises(IsADirectoryError):
        starter.start("pass")
