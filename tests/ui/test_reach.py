"""Pages reach the runs through the visitor's desk alone: checked in every line of their source.

What a page cannot name it cannot call. `ui/state.py` alone holds the manager, and gives it to a desk.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcgan.runs.desk import Desk
from dcgan.runs.manager import RunManager
from dcgan.runs.run import Run

ROOT = Path(__file__).parents[2]
SOURCES = [*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "streamlit_app.py"]
HOLDER = "ui/state.py"

# Modules by which one could steer, delete or rename without being asked whose the run is.
UNBOUND = {
    "dcgan.runs.manager", "dcgan.runs.thread", "dcgan.runs.queue", "dcgan.runs.trash", "dcgan.runs.gallery",
    "dcgan.runs.store.RunStore", "dcgan.runs.store.runs_folder", "dcgan.runs.quota.Quota",
    "dcgan.runs.labels.write_labels",
}  # fmt: skip
# What writes in a run: for whoever trains it.
WRITING = {
    "append_event", "append_metrics", "cancel", "cut_history", "free_reserve", "hold_reserve", "lock", "put_in_line",
    "request", "save_sample", "write_status",
}  # fmt: skip
# What the desk does after it has asked. Others have a `start` and a `stop`, and a manager to call them cannot be had.
ASKED = {"pause", "resume", "relabel", "delete", "restore"}
PRIVATE = {"_manager", "_quota", "_require", "_start_thread", "_threads"}


def list_reaches(path: str, source: str) -> Iterator[str]:
    """Where a file reaches past the desk, one sentence each."""
    pages_own = set()  # modules of ui, each of which is read here too
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            pages_own |= {alias.name for alias in node.names if node.module == "ui"}
        for name in names:
            if name in UNBOUND or name.rpartition(".")[0] in UNBOUND:
                yield f"{path}:{node.lineno} imports {name}; ask state.desk() instead."
        if not isinstance(node, ast.Attribute):
            continue
        receiver = ast.unparse(node.value)
        if node.attr in WRITING | PRIVATE and "self" not in receiver.split("."):
            yield f"{path}:{node.lineno} uses {receiver}.{node.attr}; ask state.desk() instead."
        if node.attr in ASKED and receiver not in {"desk", "state.desk()"} | pages_own:
            yield f"{path}:{node.lineno} uses {receiver}.{node.attr}; ask state.desk() instead."


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_page_reaches_past_the_desk(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    if name == HOLDER:
        pytest.skip("holds the manager")
    assert list(list_reaches(name, path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "from dcgan.runs.manager import RunManager",
        "import dcgan.runs.manager",
        "from dcgan.runs.store import ListedRun, RunStore",
        "from dcgan.runs import queue",
        "state.desk()._manager.stop(run_id)",
        "state.desk().get(run_id).request('stop')",
        "run.write_status(status)",
        "run.relabel(name='x')",
        "state.desk().get(run_id).relabel(name='x')",
        "manager.delete(run_id)",
        "ask = something.restore",
    ],
)
def test_a_reach_past_the_desk_is_found(source: str) -> None:
    assert len(list(list_reaches("pages/x.py", source))) == 1


@pytest.mark.parametrize(
    "source",
    ["state.desk().delete(run_id)", "desk = state.desk()\ndesk.relabel(run_id, name='x')", "st.stop()",
     "from dcgan.runs.store import ListedRun", "from dcgan.runs.run import Run", "state.desk().get(run_id).samples()"],
)  # fmt: skip
def test_what_a_page_may_do_is_not_found(source: str) -> None:
    assert list(list_reaches("pages/x.py", source)) == []


def test_the_session_holds_the_manager_in_one_module_alone() -> None:
    source = (ROOT / HOLDER).read_text(encoding="utf-8")
    (maker,) = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef) and node.name == "_manager"
    ]
    uses = [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_manager"
    ]
    assert len(uses) == 1 and maker.lineno not in uses  # in `desk`, which binds it to the visitor


def test_every_verb_of_the_manager_has_a_verb_of_the_desk() -> None:
    for verb in ASKED | {"start", "stop"}:
        assert hasattr(RunManager, verb) and hasattr(Desk, verb), verb
    assert all(hasattr(Run, name) for name in WRITING)
