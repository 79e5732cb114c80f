"""Makes .venv and installs what this machine needs: the one step before anything of the app can run.

Standard library alone. Owns the virtual environment, the choice between TensorFlow's CPU and GPU build, and the stamp
by which a later start knows that nothing is to be done. What is installed stands in the requirements files. `make run`
and `make test` call this file; by hand: `python3 install.py`, with `--dev` for what tests and checks need as well, or
with `--print-plan` to be told what would happen.
"""

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
OLDEST, NEWEST = (3, 11), (3, 13)  # TensorFlow has wheels for these
OTHER_PYTHONS = ("python3.13", "python3.12", "python3.11")
IS_SUPPORTED = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"

# Up to the hand-over below, the code also runs on a Python that is too old for the rest: hence the quoted annotations.


def say(sentence: str) -> None:
    """Print one line at once, also into a pipe."""
    print(sentence, flush=True)


def give_up(sentence: str) -> NoReturn:
    """End with one sentence for the person at the screen."""
    sys.exit(f"install.py: {sentence}")


def succeeds(command: "Sequence[str]") -> bool:
    """Whether a command can be started and exits with 0 within half a minute; its output is dropped."""
    try:
        status = subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return status == 0


def choose_python() -> str:
    """The Python that makes .venv: this one if it will do, else another on the path, else the end with a sentence."""
    for candidate in (sys.executable, *OTHER_PYTHONS):
        path = shutil.which(candidate)
        if path is not None and succeeds([path, "-c", f"import ensurepip, venv; {IS_SUPPORTED}"]):
            return path
    version = "{}.{}".format(*sys.version_info)
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        give_up(
            f"Python {version} ({sys.executable}) cannot make a virtual environment: install its venv and pip packages "
            f"(Debian and Ubuntu: apt-get install python{version}-venv) and start again."
        )
    give_up(f"Python 3.11, 3.12 or 3.13 is needed: this is {version}, and {', '.join(OTHER_PYTHONS)} do not work here.")


if __name__ == "__main__" and not OLDEST <= sys.version_info[:2] <= NEWEST:
    sys.exit(subprocess.call([choose_python(), *sys.argv]))


def find_gpu() -> tuple[str | None, str]:
    """The name of the first NVIDIA GPU, or None, and how that is known."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return None, "TensorFlow's GPU build is for Linux on x86-64 only"
    command = shutil.which("nvidia-smi")
    if command is None:
        return None, "there is no nvidia-smi on the path"
    try:
        listed = subprocess.run([command, "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, f"nvidia-smi does not work: {error}"
    match = re.search(r"^GPU \d+: (.+?)(?: \(UUID.*)?$", listed.stdout, re.MULTILINE)
    if listed.returncode != 0 or match is None:
        return None, f"nvidia-smi lists no GPU (exit status {listed.returncode})"
    return match[1], "nvidia-smi lists it"


def digest_requirements(names: Sequence[str], folder: Path = ROOT) -> dict[str, str]:
    """The sha256 of each requirements file and of those that they include; files that are gone are left out."""
    digests: dict[str, str] = {}
    for path in (folder / name for name in names):
        if path.is_file():
            content = path.read_bytes()
            digests[path.name] = hashlib.sha256(content).hexdigest()
            digests |= digest_requirements(re.findall(r"^-r\s+(\S+)", content.decode(), re.MULTILINE), folder)
    return digests


class Environment:
    """The virtual environment of one checkout. Not safe for two processes, but for changes inside `locked()`."""

    def __init__(self, folder: Path) -> None:
        """Refer to the environment at `folder`, which need not exist."""
        self.folder = folder
        self.python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        self.stamp = folder / "installed.json"
        self.unfinished = folder / "unfinished"  # there while pip works, so that a killed install is noticed

    def read_stamp(self) -> dict[str, str]:
        """The digests that the last complete install was made from; empty when there was none or the stamp is torn."""
        try:
            stamp = json.loads(self.stamp.read_text())
        except (OSError, ValueError):
            return {}
        return stamp if isinstance(stamp, dict) else {}

    def write_stamp(self, digests: dict[str, str]) -> None:
        """Note a complete install, by rename, so that the stamp is whole or absent."""
        draft = self.stamp.with_suffix(".new")
        draft.write_text(json.dumps(digests, indent=1))
        draft.replace(self.stamp)

    def tensorflow_builds(self) -> set[str]:
        """Which of tensorflow and tensorflow_cpu are installed; both write the same folder, so one at most may be."""
        sites = [*self.folder.glob("lib/python3*/site-packages"), self.folder / "Lib" / "site-packages"]
        found = {path.name.split("-")[0].lower() for site in sites for path in site.glob("tensorflow*-*.dist-info")}
        return found & {"tensorflow", "tensorflow_cpu"}

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Hold the right to change it, as a file descriptor; a second process waits until the first is done."""
        with self.folder.with_name(self.folder.name + ".lock").open("a+") as file:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # gives up after 10 s, with an OSError
            else:
                import fcntl

                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    say("Another start is installing; waiting for it.")
                    fcntl.flock(file, fcntl.LOCK_EX)
            yield file.fileno()  # closing the file gives the lock back

    def make(self, python: str) -> None:
        """Make it empty and new with `python`, in place of what was there."""
        command = [python, "-m", "venv", "--clear", str(self.folder)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            give_up(f"{self.folder} could not be made: {(made.stderr or made.stdout).strip()}")

    def install(self, requirements: Sequence[str], lock: int) -> None:
        """Let pip install the files in one go, and stamp the result last."""
        # A dev install keeps its word while the app's files change, and the other way round.
        stamp = {name: digest for name, digest in self.read_stamp().items() if digest_requirements([name])}
        self.stamp.unlink(missing_ok=True)
        self.unfinished.touch()

        # PYTHONPATH would pass strangers' packages off as installed; PIP_USER does not work in an environment.
        surroundings = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
        surroundings |= {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
        command = [str(self.python), "-m", "pip", "install"]
        for name in requirements:
            command += ["-r", name]
        # pip holds the lock too: should this process be killed, the next start waits until pip has ended.
        held = () if sys.platform == "win32" else (lock,)
        status = subprocess.run(command, cwd=ROOT, env=surroundings, pass_fds=held, check=False).returncode
        if status < 0:
            give_up("pip was killed; the next start installs afresh.")
        self.unfinished.unlink()
        if status > 0:
            give_up(f"pip could not install {' and '.join(requirements)} (its message is above); start again to retry.")
        self.write_stamp(stamp | digest_requirements(requirements))


def choose_requirements(environment: Environment, build: str, dev: bool) -> tuple[list[str], str]:
    """The requirements files for this machine, and why. `build` is auto, cpu or gpu."""
    if build == "auto":
        gpu, how = find_gpu()
        build, why = ("gpu", f"{gpu}: {how}") if gpu else ("cpu", f"no NVIDIA GPU: {how}")
        if gpu is None and "requirements-gpu.txt" in environment.read_stamp():
            build, why = "gpu", f"{why}; the GPU build that is installed runs on the CPU as well, so it stays"
    else:
        why = f"the {build} build of TensorFlow was asked for"
    files = ["requirements-gpu.txt" if build == "gpu" else "requirements.txt"]
    return files + ["requirements-dev.txt"] * dev, why


def choose_action(environment: Environment, requirements: Sequence[str]) -> tuple[str, str]:
    """What is to be done, "nothing", "install" or "make", and why."""
    on_linux = sys.platform == "linux" and platform.machine() == "x86_64"
    wanted = "tensorflow_cpu" if on_linux and "requirements.txt" in requirements else "tensorflow"
    if not environment.folder.exists():
        return "make", "there is no virtual environment yet"
    if not succeeds([str(environment.python), "-c", IS_SUPPORTED]):
        return "make", "its Python does not run or is not a supported one"
    if environment.unfinished.exists():
        return "make", "the last install was interrupted"
    if environment.tensorflow_builds() - {wanted}:
        return "make", "it holds the other build of TensorFlow"
    if digest_requirements(requirements).items() <= environment.read_stamp().items():
        return "nothing", "everything is installed"
    return "install", "the requirements changed or were never installed completely"


def bring_up_to_date(environment: Environment, requirements: Sequence[str], why: str) -> None:
    """Do what is to be done, one process at a time."""
    with environment.locked() as lock:
        action, reason = choose_action(environment, requirements)  # another start may just have done it
        if action == "nothing":
            return
        say(f"Installing {', '.join(requirements)} into {environment.folder.name}: {reason}; {why}.")
        if action == "make":
            environment.make(choose_python())
        environment.install(requirements, lock)


def main() -> None:
    """Install what is asked for, or print the plan as JSON."""
    parser = argparse.ArgumentParser(description="Make .venv and install what this machine needs.")
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    parser.add_argument("--tensorflow", choices=("auto", "cpu", "gpu"), default="auto", help="which build of it")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="the environment's folder")
    parser.add_argument("--print-plan", action="store_true", help="say what would be done, as JSON, and do nothing")
    options = parser.parse_args()

    environment = Environment(options.venv.absolute())
    requirements, why = choose_requirements(environment, options.tensorflow, options.dev)
    action, reason = choose_action(environment, requirements)
    if options.print_plan:
        say(json.dumps({"action": action, "reason": reason, "requirements": requirements, "build": why}, indent=1))
        return
    try:
        if action != "nothing":
            bring_up_to_date(environment, requirements, why)
    except KeyboardInterrupt:
        give_up("stopped; the next start installs afresh.")
    except OSError as error:
        give_up(f"{environment.folder} could not be written: {error}")


if __name__ == "__main__":
    main()
