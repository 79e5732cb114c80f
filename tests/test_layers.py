"""Who may know whom: the table of the house, checked against every import in the source.

A row says which rooms a room may import besides itself. A room is a folder or, where a file has rights of its own, a
file. Imports inside functions and under TYPE_CHECKING count. A file of a job (run by `python -m`, imported by nobody)
that may know more than its folder gets a row of its own, as the loop has one that may know less.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

FOR_UI = (
    "runs jobs latent quality data data.images plots script devices doctor onnx_graph architecture latents order "
    "config presets dcgan"
)
MAY_KNOW = {
    "streamlit_app": f"ui {FOR_UI}",
    "pages": f"ui {FOR_UI}",
    "ui": FOR_UI,
    "__main__": "cli",
    "cli": f"follow refusals scoring transfer models training {FOR_UI}",
    "follow": "runs",
    "refusals": "",
    "scoring": "runs latent data quality quality.inception",
    "transfer": "runs",
    "doctor": "devices data",
    "training": "training.loop models quality data data.images runs jobs latents order config",
    "training.loop": "models latents order config",
    "quality": "data data.images runs latent onnx_graph jobs config",
    "quality.inception": "quality",
    "latent": "runs data.images onnx_graph jobs latents config",
    "runs": "jobs data.images devices architecture config dcgan",
    "data": "data.images jobs order config",
    "data.images": "",
    "script": "architecture config",
    "onnx_graph": "architecture config",
    "models": "architecture devices latents config",
    "architecture": "config",
    "jobs": "",
    "latents": "",
    "order": "",
    "devices": "",
    "plots": "",
    "config": "limits presets",
    "limits": "",
    "presets": "",
    "dcgan": "",  # dcgan/__init__.py: the version
    "benchmarks": f"models training training.loop quality.inception {FOR_UI}",  # commands that nobody imports
    "install": "",
}
KNOWS_TENSORFLOW = {"models", "training", "training.loop", "quality.inception", "benchmarks"}
NOT_IN_THE_LOOP = {
    "io",
    "os",
    "pathlib",
    "shutil",
    "tempfile",
    "subprocess",
    "threading",
    "multiprocessing",
    "concurrent",
}


def room_of(module: str) -> str | None:
    """The room of one of our modules, None where it has none."""
    if module in ("dcgan", "dcgan.__version__"):
        return "dcgan"
    parts = module.removeprefix("dcgan.").split(".")
    for length in (2, 1):  # a file's own row goes before its folder's
        if ".".join(parts[:length]) in MAY_KNOW:
            return ".".join(parts[:length])
    return None


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_ours(module: str) -> bool:
    return module.split(".")[0] in {"streamlit_app", "pages", "ui", "dcgan", "benchmarks", "install"}


def called_name(call: ast.Call) -> str:
    """The last part of what is called: "open" for open(…), "import_module" for importlib.import_module(…)."""
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def list_imports(tree: ast.Module) -> Iterator[tuple[int, str, bool]]:
    """Line, dotted name, and whether it stands inside a function; `from a import b` gives a.b."""
    inside = {
        id(node) for part in ast.walk(tree) if isinstance(part, ast.FunctionDef | ast.Lambda) for node in ast.walk(part)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and called_name(node) in ("import_module", "__import__"):
            names = [argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant)]
        for name in names:
            yield node.lineno, name, id(node) in inside


def list_violations(path: str, source: str) -> list[str]:
    """What a file does that it may not, one sentence each."""
    module = module_of(path)
    room = room_of(module)
    if room is None:
        return [f"{path} belongs to no room: add a row for it to the table in tests/test_layers.py, or move it."]
    tree = ast.parse(source)
    found = []
    for line, name, in_function in list_imports(tree):
        sentence = judge_import(module, room, name, in_function)
        if sentence:
            found.append(f"{path}:{line} {sentence}")
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = called_name(node)
        if called == "print" and isinstance(node.func, ast.Name) and room not in ("cli", "benchmarks", "install"):
            found.append(f"{path}:{node.lineno} prints; only dcgan/cli.py does.")
        if called == "open" and room == "training.loop":
            found.append(f"{path}:{node.lineno} opens a file; the loop yields events, and others keep them.")
    return found


def judge_import(module: str, room: str, name: str, in_function: bool) -> str | None:
    """The sentence about one import, or None where it is right."""
    package = name.split(".")[0]
    if name.startswith("."):
        return f"imports {name} relatively; write the whole name."
    if package == "streamlit" and module.startswith("dcgan"):
        return "imports streamlit; the backend works without a screen."
    if package in ("tensorflow", "keras") and room not in KNOWS_TENSORFLOW:
        return f"imports {package}; only {', '.join(sorted(KNOWS_TENSORFLOW))} may, in a process of their own."
    if room == "training.loop" and package in NOT_IN_THE_LOOP:
        return f"imports {package}; the loop opens no file and starts no thread or process."
    if room == "install" and package not in sys.stdlib_module_names:
        return f"imports {name}; it runs before anything is installed."
    if not is_ours(name):
        return None
    target = room_of(name)
    if target is None:
        return f"imports {name}, which belongs to no room."
    if room == "pages" and target == "pages":
        return f"imports {name}; one page never imports another: what they share belongs to ui."
    if room == "cli" and target in ("models", "training", "training.loop") and not in_function:
        return f"imports {name} at the top; the command line loads TensorFlow only inside the verbs that need it."
    if target != room and target not in MAY_KNOW[room].split():
        return f"imports {name}; {room} may know {', '.join(MAY_KNOW[room].split()) or 'nothing of ours'}."
    return None


def list_sources() -> list[str]:
    """Every Python file of the product and its tools, tests apart."""
    left_out = {"tests", "runs", "build", "docs"}
    paths = [path.relative_to(ROOT) for path in ROOT.rglob("*.py")]
    kept = [path for path in paths if path.parts[0] not in left_out and not path.parts[0].startswith(".")]
    return sorted(path.as_posix() for path in kept)


def test_every_file_imports_only_what_its_room_may_know() -> None:
    sources = list_sources()
    assert "dcgan/config.py" in sources
    violations = [line for path in sources for line in list_violations(path, (ROOT / path).read_text("utf-8"))]
    assert not violations, "\n".join(violations)


@pytest.mark.parametrize(
    ("path", "source", "sentence"),
    [
        ("dcgan/runs/store.py", "from dcgan.models.gan import GAN", ":1 imports dcgan.models.gan.GAN; runs may know"),
        ("dcgan/runs/store.py", "def f():\n    import dcgan.training", ":2 imports dcgan.training; runs may know"),
        ("dcgan/config.py", "from dcgan import devices", "imports dcgan.devices; config may know limits, presets"),
        ("dcgan/presets.py", "from dcgan import devices", "imports dcgan.devices; presets may know nothing of ours"),
        ("dcgan/runs/store.py", "from dcgan.data.datasets import load_dataset", "runs may know jobs, data.images"),
        ("dcgan/jobs/job.py", "import importlib\nimportlib.import_module('dcgan.runs')", ":2 imports dcgan.runs"),
        ("dcgan/jobs/job.py", "if TYPE_CHECKING:\n    from dcgan.runs.run import Run", ":2 imports dcgan.runs.run.Run"),
        ("dcgan/plots.py", "import streamlit as st", "works without a screen"),
        ("dcgan/runs/run.py", "from . import store", "relatively"),
        ("dcgan/runs/run.py", "import keras.ops", "imports keras; only"),
        ("ui/state.py", "import tensorflow", "imports tensorflow; only"),
        ("ui/state.py", "from dcgan.training import worker", "imports dcgan.training.worker; ui may know"),
        ("pages/train.py", "from pages.home import show", "one page never imports another"),
        ("ui/forms.py", "import pages.train", "imports pages.train; ui may know"),
        ("dcgan/cli.py", "from dcgan.training.worker import main", "only inside the verbs"),
        ("dcgan/training/loop.py", "import pathlib", "opens no file"),
        ("dcgan/training/loop.py", "def f():\n    open('x')", ":2 opens a file"),
        ("dcgan/training/loop.py", "from dcgan.runs.run import Run", "training.loop may know models"),
        ("dcgan/runs/run.py", "print(1)", "only dcgan/cli.py does"),
        ("dcgan/helpers.py", "", "dcgan/helpers.py belongs to no room"),
        ("tools/make.py", "", "tools/make.py belongs to no room"),
        ("install.py", "import psutil", "before anything is installed"),
    ],
)
def test_a_forbidden_import_is_named_with_file_and_line(path: str, source: str, sentence: str) -> None:
    (violation,) = list_violations(path, source)
    assert violation.startswith(path) and sentence in violation


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("dcgan/cli.py", "def train():\n    from dcgan.training.trainer import train"),
        ("dcgan/latent/animation.py", "from dcgan.data.images import to_png"),
        ("dcgan/training/loop.py", "from dcgan.models.gan import GAN\nimport tensorflow as tf"),
        ("dcgan/models/gan.py", "from dcgan.models.losses import minimax\nimport keras"),
        ("ui/state.py", "import streamlit as st\nfrom dcgan.runs.store import RunStore\nfrom ui.text import t"),
        ("pages/train.py", "from ui import state\nfrom dcgan import __version__"),
    ],
)
def test_an_allowed_import_passes(path: str, source: str) -> None:
    assert list_violations(path, source) == []


def test_the_table_names_no_room_that_it_does_not_define() -> None:
    named = {room for row in MAY_KNOW.values() for room in row.split()}
    assert named <= set(MAY_KNOW)
