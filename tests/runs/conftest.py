import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from dcgan.config import build_config
from dcgan.jobs import process
from dcgan.runs import thread
from dcgan.runs.manager import RunManager
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, RunStatus
from dcgan.runs.store import RunStore

HERE = Path(__file__).parent


def wait_until(what: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class World:
    """A folder of runs and a state folder, with managers that start fake workers."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store, self._monkeypatch = RunStore(folder), monkeypatch
        self.managers: list[RunManager] = []
        self.servers: list[subprocess.Popen[str]] = []
        self.manager = self.another_manager()

    def another_manager(self) -> RunManager:
        self.managers.append(RunManager(self.store))
        return self.managers[-1]

    def server(self, count: int, *arguments: str) -> tuple[subprocess.Popen[str], list[Run]]:
        """A process with a manager of its own, and the runs that it has started."""
        command = [sys.executable, str(HERE / "fake_server.py"), str(self.store.folder), str(count), *arguments]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(process.ROOT), str(HERE)])}
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self.servers.append(server)
        assert server.stdout is not None
        return server, [self.store.get(server.stdout.readline().strip()) for _ in range(count)]

    def order(self, **order: object) -> None:
        """What workers do from now on; see `fake_worker`."""
        self._monkeypatch.setenv("DCGAN_FAKE", json.dumps(order))

    def start(self, manager: RunManager | None = None) -> Run:
        return self.store.get((manager or self.manager).start(build_config("stable")))

    def is_(self, run: Run, status: RunStatus) -> bool:
        return run.status().status == status

    def await_(self, run: Run, status: RunStatus, seconds: float = 20.0) -> None:
        wait_until(lambda: self.is_(run, status), seconds)

    def await_rest(self, *runs: Run) -> None:
        """Wait until runs rest and no thread of ours cares for them any more."""
        for run in runs:
            wait_until(lambda run=run: run.status().status not in ACTIVE)
            wait_until(lambda run=run: not any(manager.attends(run.run_id) for manager in self.managers))

    def workers(self) -> list[psutil.Process]:
        """The living workers of this world's runs, whoever started them."""
        found = []
        for candidate in psutil.process_iter(["cmdline"]):
            words = candidate.info["cmdline"] or []
            if "fake_worker" in words and any(str(self.store.folder) in word for word in words):
                found.append(candidate)
        return [worker for worker in found if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE]

    def close(self) -> None:
        for server in self.servers:
            server.kill()
            server.communicate()
        for worker in self.workers():
            worker.kill()
        for manager in self.managers:
            manager.close()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(thread, "WORKER_MODULE", "fake_worker")
    monkeypatch.setattr(thread, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(thread, "WAITING_SECONDS", 0.2)
    monkeypatch.setattr(process, "TERMINATE_SECONDS", 0.3)
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    made = World(tmp_path / "runs", monkeypatch)
    made.order(steps=10)
    yield made
    made.close()


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


@pytest.fixture
def run(store: RunStore) -> Run:
    return store.create(build_config("stable"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB; only root may mount one, so that elsewhere the limit of a file's size must do."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no small disk here: {error}")
    if mounted.returncode != 0:
        pytest.skip(f"no small disk here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
