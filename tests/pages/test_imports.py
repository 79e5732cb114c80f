import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

VISIT = """
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore, runs_folder
from fake_runs import make_run

run = make_run(RunStore(runs_folder()), RunStatus.FINISHED)
for page in sorted(Path("pages").glob("*.py")):
    for address in ({}, {"run": run.run_id}, {"runs": run.run_id}):
        app = AppTest.from_file("streamlit_app.py", default_timeout=60)
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        app.switch_page(f"pages/{page.name}").run()
        assert not app.exception, app.exception
heavy = ["tensorflow", "keras", "pandas", "pyarrow", "altair", "pooch", "requests"]
print([name for name in heavy if name in sys.modules])
"""


def test_after_every_page_nothing_heavy_is_imported() -> None:
    """TensorFlow and Keras never; pandas and its kin not before a page needs them (70 MB)."""
    command = [sys.executable, "-c", VISIT]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stdout + done.stderr
