"""The app's entry point: the frame, then the page that the address names."""

from ui.shell import open_app

open_app().run()
