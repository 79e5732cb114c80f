"""What is drawn from: a run's checkpoint, or a checkpoint file that was dropped on the page.

Owns choosing it and the cache of opened generators. Leaves reading and judging a file to `dcgan`.
"""

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dcgan.latent.discriminator import Discriminator, has_discriminator, open_discriminator
from dcgan.latent.generator import Generator, list_steps
from dcgan.latent.sources import BEST, LAST, open_checkpoint
from dcgan.runs.best import Best
from dcgan.runs.errors import RunError
from dcgan.runs.inspection import read_checkpoint
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE
from dcgan.runs.store import ListedRun
from ui import link, state
from ui.best import Standing, explain_best, explain_trend, name_best, read_standing
from ui.chosen import tell_apart
from ui.gallery import list_runs, name_run, title_run
from ui.problems import explain_error
from ui.text import plain, t

MAX_FILE_MEGABYTES = 100  # a full state of a preset has 8; every visitor's file is held in the server's memory
MOST_DIGITS = 13  # of a step
OFFERED = 200  # runs in the list; the address may name any

_FILE, _CHOSEN_OF = "draw-file", "draw-checkpoint-of"


@dataclass(frozen=True)
class Source:
    """A generator and where it is from.

    Attributes:
        generator: what draws.
        name: begins the names of files made of it.
        run: the run that it is from; None for a file.
        moves: the choice, "last" or "best", that may mean another one soon; empty where none does.
        find_discriminator: opens the discriminator of the same step, where it is there.
    """

    generator: Generator
    name: str
    run: Run | None = None
    moves: str = ""
    find_discriminator: Callable[[], Discriminator | None] = lambda: None


def list_drawable() -> list[ListedRun] | None:
    """Return the runs to choose from, newest first; None, and a sentence on the page, where they cannot be listed."""
    own = list_runs()
    if own is None:
        return None
    return [run for run in [*own, *state.desk().list_gallery()] if run.status is not None]


def choose_run(runs: Sequence[ListedRun]) -> Run | None:
    """Draw the runs; the address's is chosen, also one that is not listed, else the newest that can draw."""
    named = state.chosen_run()
    known = {run.run_id: title_run(run) for run in runs}
    if named is not None and named not in known:
        try:
            run = state.desk().get(named)
            known = {named: name_run(run.status(), run.labels()), **known}
        except RunError:
            st.error(t("generate.no_such_run", run=plain(named[:80])))
            st.button(t("generate.other_run"), key="other-run", type="primary", on_click=state.choose_run, args=(None,))
            return None
    chosen = named or _newest_drawable(runs)
    offered = list(known)[:OFFERED]
    options = offered if chosen in offered else [chosen, *offered]
    link.follow("draw-run", chosen)
    names = dict(zip(options, tell_apart([(run_id, known[run_id]) for run_id in options]), strict=True))
    st.selectbox(t("generate.run"), options, key="draw-run", on_change=_take_run, format_func=names.__getitem__)
    if named is None:
        state.choose_run(chosen)
    return state.desk().get(chosen)


def choose_checkpoint(run: Run, steps: Sequence[int], standing: Standing) -> str:
    """Draw the checkpoints to choose from and return the choice: "best", "last" or a step, which need not be there."""
    _forget_choice_of_another(run)
    wished = (link.get("checkpoint") or _first_choice(standing))[:MOST_DIGITS]
    best = standing.best
    options = [*([] if best is None else [BEST]), LAST, *(str(step) for step in reversed(steps))]
    options += [] if wished in options else [wished]
    key = f"draw-checkpoint-{run.run_id}"
    link.follow(key, wished)
    st.selectbox(
        t("generate.checkpoint"), options, key=key, on_change=link.write_from, args=("checkpoint", key),
        format_func=lambda choice: _name_checkpoint(choice, steps, best),
        help=" ".join([t("generate.checkpoint_help"), *([] if best is None else [explain_best(best)])]),
    )  # fmt: skip
    link.put("checkpoint", wished)
    return wished


def open_source(run: Run, wished: str, best: Best | None) -> Source | None:
    """Open a checkpoint of a run; None, and a sentence on the page, where that cannot be."""
    steps = list_steps(run)
    chosen = str(best.step) if wished == BEST and best is not None else wished
    if chosen != LAST and _to_step(chosen) not in steps:
        st.warning(t("generate.no_best") if wished == BEST else t("generate.no_such_step", step=plain(wished)))
        st.button(
            t("generate.take_last"), key="take-last", type="primary", on_click=link.put, args=("checkpoint", LAST)
        )
        return None
    try:
        generator = _open(run.run_dir, chosen, tuple(steps))
    except (OSError, ValueError) as error:
        st.error(f"{t('generate.broken')} {explain_error(error)}")
        return None
    if wished == LAST and generator.step != steps[-1]:
        st.warning(t("generate.fell_back", step=steps[-1], older=generator.step))
    moves = wished in (BEST, LAST) and run.status().status.value in ACTIVE
    name, moving = f"{run.run_id}-step{generator.step:06d}", wished if moves else ""
    return Source(generator, name, run, moving, lambda: _find_discriminator(run, generator.step))


def prepare(run: Run) -> None:
    """Open what a run shows first ahead of the first visitor, outside of any session; a fault is told there."""
    with contextlib.suppress(OSError, ValueError):
        standing = read_standing(run)
        best = standing.best if _first_choice(standing) == BEST else None
        _open(run.run_dir, LAST if best is None else str(best.step), tuple(list_steps(run)))


@st.cache_resource(max_entries=3, show_spinner=False)
def _open(run_dir: Path, wished: str, steps: tuple[int, ...]) -> Generator:
    """A generator of a run, opened once for all sessions; "last" again when there are new steps."""
    return open_checkpoint(Run(run_dir), wished)


def _find_discriminator(run: Run, step: int) -> Discriminator | None:
    """The discriminator of a step, as long as its full state is kept."""
    return _open_discriminator(run.run_dir, step) if step in run.checkpoints.steps() else None


@st.cache_resource(max_entries=3, show_spinner=False)
def _open_discriminator(run_dir: Path, step: int) -> Discriminator | None:
    return open_discriminator(Run(run_dir), step)


def _first_choice(standing: Standing) -> str:
    """What is shown where the address says nothing: the last checkpoint, unless the best is an earlier one."""
    return BEST if standing.best is not None and standing.is_past else LAST


def _forget_choice_of_another(run: Run) -> None:
    """Another page may have led to another run, of which what was chosen here before says nothing."""
    if st.session_state.get(_CHOSEN_OF) != run.run_id and "checkpoint" not in st.query_params:
        link.put("checkpoint", None)
    st.session_state[_CHOSEN_OF] = run.run_id


def _take_run() -> None:
    link.put("checkpoint", None)
    state.choose_run(st.session_state["draw-run"])


def _newest_drawable(runs: Sequence[ListedRun]) -> str:
    started = [run.run_id for run in runs if run.status is not None and run.status.step > 0]
    drawable = (run_id for run_id in started if list_steps(state.desk().get(run_id)))
    return next(drawable, runs[0].run_id)


def _name_checkpoint(choice: str, steps: Sequence[int], best: Best | None = None) -> str:
    if choice == BEST and best is not None:
        return name_best(best)
    if choice == LAST:
        return t("generate.last", step=steps[-1])
    step = _to_step(choice)
    return choice if step is None else t("generate.step", step=step)


def _to_step(choice: str) -> int | None:
    return int(choice) if choice.isascii() and choice.isdecimal() else None


def show_trend(standing: Standing, opened: Source) -> None:
    """Say since when a run has been getting worse, if it has, and whether its best is what is shown."""
    sentence = explain_trend(standing)
    if sentence is None or standing.best is None:
        return
    is_best = opened.generator.step == standing.best.step
    st.info(
        f"{sentence} {t('generate.worse_best' if is_best else 'generate.worse_other')}", icon=":material/trending_down:"
    )
    if not is_best:
        st.button(
            t("generate.take_best"), key="take-best", icon=":material/workspace_premium:", on_click=link.put,
            args=("checkpoint", BEST),
        )  # fmt: skip


def show_uploader(folded: bool) -> None:
    """Draw the place where a checkpoint file can be dropped; `dropped_file` has it in the next script run."""
    with st.expander(t("generate.file"), expanded=not folded, key="own-file"):
        st.file_uploader(
            t("generate.drop"), ["safetensors"], key=_FILE, max_upload_size=MAX_FILE_MEGABYTES,
            help=t("generate.drop_help"),
        )  # fmt: skip


def dropped_file() -> UploadedFile | None:
    """Return the file that was dropped on the page, if there is one."""
    file: UploadedFile | None = st.session_state.get(_FILE)
    return file


def open_file(file: UploadedFile) -> Source | None:
    """Open a file that a stranger may have made; None, and a sentence on the page, where it is refused."""
    sha256 = hashlib.sha256(file.getbuffer()).hexdigest()
    try:
        generator = _read(sha256, file)
    except (OSError, ValueError) as error:
        st.error(f"{t('generate.refused', file=plain(file.name[:80]))} {explain_error(error)}")
        return None
    preset = generator.config.preset
    words = {"file": plain(file.name[:80]), "step": generator.step, "preset": plain(preset)}
    st.info(t("generate.from_file", **words), icon=":material/draft:")
    name = f"checkpoint-step{generator.step:06d}"
    return Source(generator, name, find_discriminator=lambda: _read_discriminator(sha256, file))


@st.cache_resource(max_entries=2, show_spinner=False)
def _read(sha256: str, _file: UploadedFile) -> Generator:
    """A generator of a file, which is known by its sum."""
    return Generator(read_checkpoint(_file.getvalue()))


@st.cache_resource(max_entries=2, show_spinner=False)
def _read_discriminator(sha256: str, _file: UploadedFile) -> Discriminator | None:
    """The discriminator of a file that `_read` has read."""
    checkpoint = read_checkpoint(_file.getvalue())
    return Discriminator(checkpoint) if has_discriminator(checkpoint) else None
