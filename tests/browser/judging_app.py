"""The app, where a checkpoint is judged on as few images as can be: by the real worker, in seconds."""

from dcgan.runs import desk
from ui import judged
from ui.shell import open_app

desk.JUDGED_SAMPLES = judged.JUDGED_SAMPLES = 100

open_app().run()
