"""The runs chosen for comparison: which they are, by the address, and how each is told from the others.

Owns the parameter `runs`, and a letter, a colour and a dash for each place in it: a run is known by its letter
everywhere, never by its colour alone. Leaves what is shown of them to `overlay`, `side_by_side` and `differences`.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dcgan.config import Config
from dcgan.runs.errors import BrokenRunError, RunError
from dcgan.runs.run import Run
from dcgan.runs.status import StatusRecord
from dcgan.runs.store import RUN_ID
from ui import state
from ui.gallery import name_run
from ui.text import plain, t
from ui.watch import RunWatch

MOST = 6
SHORT = 22  # letters of a name at the end of a line

# On a light background, on a dark one. Any two differ by 34 or more (CIE76) for normal, protan, deutan and tritan eyes
# alike, and each has a contrast of 4.5 or more on its background.
COLOURS = (
    ("#6423e7", "#8575d1"),
    ("#767619", "#b0ea3e"),
    ("#b03bb0", "#c95e82"),
    ("#2b8265", "#119c11"),
    ("#3f0849", "#75f0f0"),
    ("#092a0e", "#eacf9a"),
)
DASHES = ((), (7, 4), (2, 3), (12, 4), (4, 4), (9, 2))  # pixels on, pixels off
LETTERS = "ABCDEF"
assert len(COLOURS) == len(DASHES) == len(LETTERS) == MOST

_KEPT = "address.runs"  # the choice outlives a visit to another page
_CHANGED = "chosen.changed"


@dataclass(frozen=True)
class ChosenRun:
    """One of the runs that are compared."""

    letter: str
    run: Run
    status: StatusRecord
    name: str  # text from a person
    config: Config | None  # None where it cannot be read
    colour: tuple[str, str]
    dash: tuple[int, ...]

    @property
    def short(self) -> str:
        """The letter, and as much of the name as stands at the end of a line."""
        name = self.name if len(self.name) <= SHORT else f"{self.name[: SHORT - 1].rstrip()}…"
        return f"{self.letter} · {name}"


def chosen_ids() -> list[str]:
    """Return the ids in the address, in their order, each once; what is no run's id is left out."""
    if "runs" not in st.query_params and (kept := st.session_state.get(_KEPT)):
        st.query_params["runs"] = kept
    words = st.query_params.get("runs", "").split(",")
    ids = list(dict.fromkeys(word for word in words if RUN_ID.fullmatch(word)))[:MOST]
    st.session_state[_KEPT] = ",".join(ids)
    return ids


def choose(ids: Sequence[str]) -> None:
    """Put ids into the address."""
    st.session_state[_KEPT] = ",".join(ids[:MOST])
    st.session_state[_CHANGED] = True
    st.query_params.pop("runs", None)
    if ids:
        st.query_params["runs"] = st.session_state[_KEPT]


def add_to_chosen(run_id: str) -> str:
    """Return what the address of Compare is with a run beside those that were chosen there last."""
    kept = [word for word in st.session_state.get(_KEPT, "").split(",") if word and word != run_id]
    return ",".join([*kept[: MOST - 1], run_id])


def take_change() -> bool:
    """Return, once, whether the choice was changed: a fragment that changes it must let the page follow."""
    return bool(st.session_state.pop(_CHANGED, False))


def read_chosen() -> tuple[list[ChosenRun], int]:
    """Return the chosen runs, and how many that the address names cannot be shown."""
    found: list[tuple[Run, StatusRecord, str]] = []
    ids = chosen_ids()
    for run_id in ids:
        try:
            run = state.desk().get(run_id)
            status = run.status()
        except RunError:
            continue
        found.append((run, status, name_run(status, run.labels())))
    names = tell_apart([(run.run_id, name) for run, _, name in found])
    marked = zip(found, names, LETTERS, COLOURS, DASHES, strict=False)
    runs = [
        ChosenRun(letter, run, status, name, _read_config(run), colour, dash)
        for (run, status, _), name, letter, colour, dash in marked
    ]
    return runs, len(ids) - len(found)


def _read_config(run: Run) -> Config | None:
    try:
        return run.config()
    except BrokenRunError:
        return None


def show_chosen(runs: Sequence[ChosenRun]) -> None:
    """Draw the chosen runs, each with a way out, wherever in the list they stand."""
    with st.container(horizontal=True, vertical_alignment="center", key="chosen", gap="small"):
        for run in runs:
            st.button(
                plain(run.short), key=f"leave-{run.run.run_id}", icon=":material/close:", on_click=leave,
                args=(run.run.run_id,), help=t("compare.leave", name=plain(run.name)),
            )  # fmt: skip


def watch_chosen(runs: Sequence[ChosenRun]) -> list[RunWatch]:
    """Return the shared readers of the runs; where one was deleted meanwhile, the page begins again without it."""
    try:
        return [state.watch(run.run.run_id) for run in runs]
    except RunError:
        st.rerun()


def leave(run_id: str) -> None:
    """Take a run out of the comparison."""
    choose([known for known in chosen_ids() if known != run_id])


def draw_letter(place: int) -> str:
    """Return the letter of a place as HTML, in its colour."""
    light, dark = COLOURS[place]
    return f'<b class="letter" style="color:light-dark({light},{dark})">{LETTERS[place]}</b>'


def draw_name(run: ChosenRun) -> str:
    """Return a run's letter and name as HTML, contained in whatever holds it."""
    name = html.escape(run.name)
    return f'<span class="chosen" title="{name}">{draw_letter(LETTERS.index(run.letter))} <bdi>{name}</bdi></span>'


def tell_apart(named: Sequence[tuple[str, str]]) -> list[str]:
    """Return the names of runs, given with their ids; where two are the same, the end of the id stands behind them."""
    names = [name for _, name in named]
    return [name if names.count(name) == 1 else f"{name} · {run_id[-4:]}" for run_id, name in named]
