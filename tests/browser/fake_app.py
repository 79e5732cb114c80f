"""The app, with workers that only pretend: a whole run takes a second, and nothing imports TensorFlow.

What they do stands in `DCGAN_FAKE`; see `tests/runs/fake_worker.py`, which must be on the path.
"""

from dcgan.runs import quota, thread
from ui.shell import open_app

thread.WORKER_MODULE = "fake_worker"
thread.POLL_SECONDS = 0.05
thread.WAITING_SECONDS = 0.2
quota.LOOK_SECONDS = 0.2

open_app().run()
