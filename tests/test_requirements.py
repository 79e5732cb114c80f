import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = ("requirements.txt", "requirements-gpu.txt", "requirements-dev.txt")


def read(name: str) -> list[str]:
    """The requirements of one file without comments and includes."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("-r ")]


@pytest.mark.parametrize("name", ["requirements-base.txt", *FILES])
def test_every_requirement_is_pinned(name: str) -> None:
    assert all(re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+(;|$)", line) for line in read(name)), name


def test_both_builds_bring_the_same_tensorflow_and_keras() -> None:
    pins = re.compile(r"^(tensorflow|keras)\S*?==([\w.]+)")
    versions = [{match[1]: match[2] for line in read(name) if (match := pins.match(line))} for name in FILES[:2]]
    assert versions[0] == versions[1] and set(versions[0]) == {"tensorflow", "keras"}


def test_the_base_has_no_tensorflow() -> None:
    assert not [line for line in read("requirements-base.txt") if line.startswith(("tensorflow", "keras"))]


def list_imported() -> set[str]:
    """The top names of all modules that the app imports and that are neither Python's nor ours."""
    folders = ("dcgan", "ui", "pages")
    paths = [ROOT / "streamlit_app.py", *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))]
    names: set[str] = set()
    for node in (node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8")))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module))
    return {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - {*folders, "streamlit_app"}


def distribution(name: str) -> str:
    """A package's name as the index writes it: "tensorflow_cpu" is "tensorflow-cpu"."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_everything_that_the_app_imports_is_pinned() -> None:
    lines = [*read("requirements-base.txt"), *read("requirements.txt")]
    pinned = {distribution(re.split(r"[\[=]", line)[0]) for line in lines}
    packages, imported = metadata.packages_distributions(), list_imported()
    assert "numpy" in imported
    brought = {name: {distribution(package) for package in packages.get(name, ())} for name in imported}
    assert {name for name in imported if pinned.isdisjoint(brought[name])} == set()


def test_the_supported_pythons_are_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["requires-python"] == ">=3.11,<3.14"
    assert "OLDEST, NEWEST = (3, 11), (3, 13)" in (ROOT / "install.py").read_text("utf-8")


def resolve(name: str, python: str, platform: str) -> dict[str, str]:
    """Package to version as they would be installed there, from wheels alone; asks the package index."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--system-certs", "--only-binary", ":all:"]
    command += ["--no-header", "--no-annotate", "--python-version", python, "--python-platform", platform, name]
    variables = os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"}  # the oldest that ONNX Runtime has wheels for
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=variables)
    assert done.returncode == 0, done.stderr
    return dict(line.split("==") for line in done.stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize(
    ("name", "platform", "build"),
    [
        ("requirements.txt", "x86_64-manylinux_2_28", "tensorflow-cpu"),
        ("requirements-gpu.txt", "x86_64-manylinux_2_28", "tensorflow"),
        ("requirements.txt", "aarch64-manylinux_2_28", "tensorflow"),
        ("requirements.txt", "aarch64-apple-darwin", "tensorflow"),
        ("requirements.txt", "windows", "tensorflow"),
    ],
)
def test_the_requirements_resolve_on_every_python_and_system(name: str, platform: str, build: str, python: str) -> None:
    packages = resolve(name, python, platform)
    assert [package for package in packages if package in ("tensorflow", "tensorflow-cpu")] == [build]
    assert ("nvidia-cudnn-cu12" in packages) == (name == "requirements-gpu.txt")


@pytest.mark.slow
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_tests_needs_resolve_on_every_python(python: str) -> None:
    assert "pytest" in resolve("requirements-dev.txt", python, "x86_64-manylinux_2_28")
