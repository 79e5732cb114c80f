import ast
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import install
from install import Environment

ROOT = Path(install.__file__).parent
NVIDIA_SMI = "#!/bin/sh\necho 'GPU 0: NVIDIA H200 (UUID: GPU-1f2e3d4c)'\n"
BROKEN_NVIDIA_SMI = "#!/bin/sh\necho 'NVIDIA-SMI has failed: no driver' >&2\nexit 9\n"

on_linux_x86 = pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine != "x86_64", reason="the GPU build is for Linux on x86-64"
)


def write_program(path: Path, content: str) -> Path:
    path.write_text(content)
    path.chmod(0o755)
    return path


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., dict[str, object]]:
    """`install.py --print-plan` as a person runs it, with only `tmp_path/bin` and the system's shell on the path."""
    (tmp_path / "bin").mkdir()

    def run(*arguments: str) -> dict[str, object]:
        command = [
            sys.executable,
            str(ROOT / "install.py"),
            "--print-plan",
            "--venv",
            str(tmp_path / "venv"),
            *arguments,
        ]
        environment = {"PATH": f"{tmp_path / 'bin'}:/bin"}
        printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return json.loads(printed.stdout)

    return run


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """A complete environment whose Python is this one and whose pip is not called."""
    monkeypatch.setattr(install, "find_gpu", lambda: (None, "none here"))
    environment = Environment(tmp_path / "venv")
    environment.python.parent.mkdir(parents=True)
    environment.python.symlink_to(sys.executable)
    environment.write_stamp(install.digest_requirements(["requirements.txt"]))
    return environment


def add_build(environment: Environment, name: str) -> None:
    (environment.folder / "lib" / "python3.11" / "site-packages" / f"{name}-2.21.0.dist-info").mkdir(parents=True)


def test_without_a_gpu_the_cpu_build_is_planned(plan: Callable[..., dict[str, object]]) -> None:
    planned = plan()
    assert planned["requirements"] == ["requirements.txt"]
    assert planned["action"] == "make"
    assert "no NVIDIA GPU" in str(planned["build"])


@on_linux_x86
def test_a_gpu_that_nvidia_smi_lists_brings_the_gpu_build(
    plan: Callable[..., dict[str, object]], tmp_path: Path
) -> None:
    write_program(tmp_path / "bin" / "nvidia-smi", NVIDIA_SMI)
    planned = plan("--dev")
    assert planned["requirements"] == ["requirements-gpu.txt", "requirements-dev.txt"]
    assert planned["build"] == "NVIDIA H200: nvidia-smi lists it"


@on_linux_x86
@pytest.mark.parametrize(
    "program", [BROKEN_NVIDIA_SMI, "#!/bin/sh\necho 'No devices found.'\n", "not a program", "#!/no/such/shell\n"]
)
def test_an_nvidia_smi_that_lists_no_gpu_brings_the_cpu_build(
    plan: Callable[..., dict[str, object]], tmp_path: Path, program: str
) -> None:
    write_program(tmp_path / "bin" / "nvidia-smi", program)
    planned = plan()
    assert planned["requirements"] == ["requirements.txt"]
    assert "nvidia-smi" in str(planned["build"])


def test_a_person_may_choose_the_build(plan: Callable[..., dict[str, object]]) -> None:
    assert plan("--tensorflow", "gpu")["requirements"] == ["requirements-gpu.txt"]
    assert plan("--tensorflow", "cpu")["requirements"] == ["requirements.txt"]


def test_printing_the_plan_changes_nothing(plan: Callable[..., dict[str, object]], tmp_path: Path) -> None:
    plan()
    assert sorted(path.name for path in tmp_path.iterdir() if "dcgan" not in path.name) == ["bin"]


def test_a_complete_install_has_nothing_to_do(environment: Environment) -> None:
    add_build(environment, "tensorflow_cpu" if sys.platform == "linux" else "tensorflow")
    assert install.choose_action(environment, ["requirements.txt"])[0] == "nothing"


def test_dev_needs_are_installed_on_top(environment: Environment) -> None:
    assert install.choose_action(environment, ["requirements.txt", "requirements-dev.txt"])[0] == "install"


def test_changed_requirements_are_installed(environment: Environment) -> None:
    stamp = environment.read_stamp() | {"requirements-base.txt": "another digest"}
    environment.write_stamp(stamp)
    assert install.choose_action(environment, ["requirements.txt"])[0] == "install"


def test_an_interrupted_install_is_made_again(environment: Environment) -> None:
    environment.unfinished.touch()
    assert install.choose_action(environment, ["requirements.txt"]) == ("make", "the last install was interrupted")


def test_a_torn_stamp_is_no_stamp(environment: Environment) -> None:
    environment.stamp.write_text('{"requirements.txt": "ab')
    assert install.choose_action(environment, ["requirements.txt"])[0] == "install"


def test_an_environment_whose_python_is_gone_is_made_again(environment: Environment) -> None:
    environment.python.unlink()
    environment.python.symlink_to("/no/such/python")
    assert install.choose_action(environment, ["requirements.txt"])[0] == "make"


@on_linux_x86
def test_two_builds_of_tensorflow_never_meet(environment: Environment) -> None:
    add_build(environment, "tensorflow_cpu")
    action, reason = install.choose_action(environment, ["requirements-gpu.txt"])
    assert (action, reason) == ("make", "it holds the other build of TensorFlow")


def test_an_installed_gpu_build_stays_while_its_gpu_is_away(environment: Environment) -> None:
    environment.write_stamp(install.digest_requirements(["requirements-gpu.txt"]))
    assert install.choose_requirements(environment, "auto", dev=False)[0] == ["requirements-gpu.txt"]
    assert install.choose_requirements(environment, "cpu", dev=False)[0] == ["requirements.txt"]


def test_included_requirements_belong_to_the_digest(tmp_path: Path) -> None:
    (tmp_path / "all.txt").write_text("# all\n-r base.txt\nb==1\n")
    (tmp_path / "base.txt").write_text("a==1\n")
    before = install.digest_requirements(["all.txt"], tmp_path)
    (tmp_path / "base.txt").write_text("a==2\n")
    after = install.digest_requirements(["all.txt"], tmp_path)
    assert set(before) == {"all.txt", "base.txt"}
    assert before["all.txt"] == after["all.txt"] and before["base.txt"] != after["base.txt"]


# A pip that notes that it ran, then does what the test says.
FAKE_PIP = """#!{python}
import os, sys, time
if sys.argv[1:3] != ["-m", "pip"]:
    sys.exit(0)
with open({calls!r}, "a") as calls:
    print(*sys.argv[4:], os.environ.get("PYTHONPATH"), file=calls)
{body}
"""


Start = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def start(environment: Environment, tmp_path: Path) -> Iterator[Start]:
    """Start install.py on an environment whose stamp is old and whose pip runs `body`; whatever is left is killed."""
    environment.write_stamp({})
    started: list[subprocess.Popen[str]] = []

    def start(body: str) -> subprocess.Popen[str]:
        environment.python.unlink()
        program = FAKE_PIP.format(python=sys.executable, calls=str(tmp_path / "calls"), body=body)
        write_program(environment.python, program)
        command = [sys.executable, str(ROOT / "install.py"), "--tensorflow", "cpu", "--venv", str(environment.folder)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
        started.append(subprocess.Popen(command, env=os.environ | {"PYTHONPATH": "/strangers"}, **pipes))
        return started[-1]

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A pipe: pip with the body `open(gate).read()` works until someone writes to it."""
    os.mkfifo(tmp_path / "gate")
    return tmp_path / "gate"


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    while not path.exists():
        assert process.poll() is None


def test_pip_gets_the_files_and_no_foreign_packages(start: Start, environment: Environment, tmp_path: Path) -> None:
    said, _ = start("").communicate(timeout=30)
    assert (tmp_path / "calls").read_text() == "-r requirements.txt None\n"
    assert environment.read_stamp() == install.digest_requirements(["requirements.txt"])
    assert not environment.unfinished.exists()
    assert "the requirements changed" in said


def test_a_failed_pip_is_one_sentence_and_no_stamp(start: Start, environment: Environment) -> None:
    starting = start("sys.exit(1)")
    said, _ = starting.communicate(timeout=30)
    assert starting.returncode == 1
    assert said.splitlines()[-1] == (
        "install.py: pip could not install requirements.txt (its message is above); start again to retry."
    )
    assert environment.read_stamp() == {} and not environment.unfinished.exists()


def test_a_killed_pip_is_noticed_by_the_next_start(start: Start, environment: Environment) -> None:
    start("os.kill(os.getpid(), 9)").communicate(timeout=30)
    assert environment.unfinished.exists() and environment.read_stamp() == {}
    assert install.choose_action(environment, ["requirements.txt"])[0] == "make"


def test_two_starts_at_once_install_once(start: Start, gate: Path, tmp_path: Path) -> None:
    body = f"open({str(gate)!r}).read()"
    first = start(body)
    wait_for(tmp_path / "calls", first)
    second = start(body)
    assert second.stdout.readline() == "Another start is installing; waiting for it.\n"
    gate.write_text("go on")
    for process in (first, second):
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert len((tmp_path / "calls").read_text().splitlines()) == 1


def test_a_start_that_is_killed_leaves_the_lock_to_its_pip(
    start: Start, gate: Path, environment: Environment, tmp_path: Path
) -> None:
    first = start(f"open({str(gate)!r}).read()")
    wait_for(tmp_path / "calls", first)
    first.kill()
    first.wait(timeout=30)
    assert start("").stdout.readline() == "Another start is installing; waiting for it.\n"
    assert environment.unfinished.exists()


def test_an_unsupported_python_without_another_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18, "final", 0))
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"^install.py: Python 3.11, 3.12 or 3.13 is needed: this is 3.9, and"):
        install.choose_python()


def test_a_python_without_venv_names_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = write_program(tmp_path / "python3", "#!/bin/sh\nexit 1\n")
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setenv("PATH", str(tmp_path))
    version = "{}.{}".format(*sys.version_info)
    with pytest.raises(SystemExit, match=f"cannot make a virtual environment: .*apt-get install python{version}-venv"):
        install.choose_python()


def test_another_python_on_the_path_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    write_program(tmp_path / "python3.13", "#!/bin/sh\nexit 1\n")  # a shim without a Python behind it
    works = write_program(tmp_path / "python3.12", "#!/bin/sh\nexit 0\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert install.choose_python() == str(works)


def test_a_python_too_old_for_the_rest_can_still_read_the_file() -> None:
    ast.parse((ROOT / "install.py").read_text("utf-8"), feature_version=(3, 6))


def test_an_environment_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    python = write_program(tmp_path / "python", "#!/bin/sh\necho 'no room' >&2\nexit 1\n")
    with pytest.raises(SystemExit, match="venv could not be made: no room"):
        Environment(tmp_path / "venv").make(str(python))


@pytest.mark.slow
def test_an_environment_is_made_with_pip(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv")
    environment.make(sys.executable)
    version = subprocess.run([environment.python, "-m", "pip", "--version"], capture_output=True, text=True, check=True)
    assert str(environment.folder) in version.stdout


@pytest.mark.parametrize("target", ["run", "test", "check", "bench", "slow", "clean", "help"])
def test_make_has_each_target_with_one_line_of_help(target: str) -> None:
    said = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert sum(line.startswith(f"make {target} ") for line in said.splitlines()) == 1


def test_make_without_any_python_is_one_sentence(tmp_path: Path) -> None:
    command = ["make", "-s", "run", "PYTHON="]
    failed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert failed.returncode != 0
    assert "No Python found: install Python 3.11, 3.12 or 3.13 and start again." in failed.stderr
