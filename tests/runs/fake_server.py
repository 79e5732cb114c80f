"""A server without pages: a process with a manager of its own, told what to do by its arguments.

`fake_server.py RUNS COUNT [leave]` starts COUNT runs, prints their ids, and waits for its end, or leaves as soon as one
of them trains.
"""

import sys
import time
from pathlib import Path

from dcgan.config import build_config
from dcgan.runs import thread
from dcgan.runs.manager import RunManager
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore

if __name__ == "__main__":
    thread.WORKER_MODULE = "fake_worker"
    thread.POLL_SECONDS = 0.05
    manager = RunManager(RunStore(Path(sys.argv[1])))
    for _ in range(int(sys.argv[2])):
        print(manager.start(build_config("stable")), flush=True)
    ended = time.monotonic() + 60
    while time.monotonic() < ended:
        if sys.argv[3:] == ["leave"] and any(
            listed.status is not None and listed.status.status == RunStatus.RUNNING
            for listed in manager.store.list_runs()
        ):
            break
        time.sleep(0.05)
