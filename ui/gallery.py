"""Runs and pictures as a person sees them: badges, progress, lists of runs, grids, notices.

Owns how they look. Leaves which of them a page shows to the page.
"""

import html
from collections.abc import Sequence

import streamlit as st

from dcgan.config import Config
from dcgan.runs.labels import Labels
from dcgan.runs.status import ACTIVE, RunStatus, StatusRecord
from dcgan.runs.store import ListedRun
from ui import shell, state
from ui.problems import explain_cause, explain_folder
from ui.text import ago, duration, has_words, moment, number, plain, t

LIST_SECONDS = 5  # between two looks at a list in which something goes on
SHOWN_AT_FIRST = 12

# A shape beside each word, so that colour never stands alone; U+FE0E keeps phones from drawing emoji.
SHAPES = {
    RunStatus.QUEUED.value: "◷",
    RunStatus.RUNNING.value: "▶\ufe0e",
    RunStatus.PAUSED.value: "❙❙",
    RunStatus.FINISHED.value: "✓",
    RunStatus.STOPPED.value: "■",
    RunStatus.FAILED.value: "✕",
    RunStatus.INTERRUPTED.value: "◆",
}


def name_run(status: StatusRecord, labels: Labels | None = None) -> str:
    """Return what a run is called everywhere: the name that its owner gave it, else its recipe, its data and its time.

    It is text from a person: escape it for HTML, and put it through `plain` for Markdown.
    """
    if labels is not None and labels.name:
        return labels.name
    when = moment(status.created) if status.created else ""
    return " · ".join(filter(None, (name_preset(status.preset), status.dataset, when)))


def name_preset(preset: str) -> str:
    """Return what a recipe is called; one that is known no more keeps its name."""
    return t(f"preset.{preset}.name") if has_words(f"preset.{preset}.name") else preset


def title_run(run: ListedRun) -> str:
    """Return what its owner calls a run, else its recipe and its data; any words, to be shown as text."""
    return name_run(run.status, run.labels) if run.status is not None else run.labels.name or run.run_id


def draw_badge(status: StatusRecord, wish: str | None = None) -> str:
    """Return a run's state as HTML: a shape, a word and a colour; `wish` is what was asked and not answered yet."""
    words = t(f"wish.{wish}") if wish else describe_state(status)
    return f'<span class="badge {status.status.value}"><i>{SHAPES[status.status.value]}</i>{html.escape(words)}</span>'


def describe_state(status: StatusRecord) -> str:
    """Return a run's state in words: its place in line, or its phase where that says more."""
    if status.status == RunStatus.QUEUED:
        return _place_in_line(status.position)
    if status.status == RunStatus.RUNNING and status.phase in ("starting", "judging"):
        return t(f"status.{status.phase}")
    if status.downloading is not None:
        done, total = (number(count / 1e6, 0) for count in status.downloading)
        return t("status.downloading", done=done, total=total)
    return t(f"status.{status.status.value}")


def _place_in_line(position: int | None) -> str:
    if position is None:
        return t("status.queued")
    return t("status.next") if position <= 1 else t("status.waiting", position=position)


def draw_progress(status: StatusRecord) -> str:
    """Return a progress bar as HTML: of the download while there is one, else of the steps."""
    done, total = status.downloading or (status.step, status.steps)
    share = done / total if total else 0.0
    label = html.escape(t("live.progress" if status.downloading is None else "live.download_progress"))
    return (
        f'<div class="progress {status.status.value}" role="progressbar" aria-label="{label}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{share * 100:.0f}"><div style="width:{share * 100:.2f}%"></div></div>'
    )


def show_rights() -> None:
    """Say what a visitor of a public server may have, and what becomes of it; nothing to the local person."""
    if (limits := state.desk().limits) is not None:
        may = t("visitor.may", **{name: value for name, value in vars(limits).items() if name != "line"})
        st.caption(f"{may} {t('visitor.forgets')}")


def list_runs() -> list[ListedRun] | None:
    """Return the visitor's runs, newest first; None where they cannot be listed, which is said on the page."""
    try:
        return state.desk().list_runs()
    except OSError as error:
        st.error(explain_folder("cannot_list", state.desk().folder, error))
        return None


def is_active(run: ListedRun) -> bool:
    """Whether a run trains, pauses or waits."""
    return run.status is not None and run.status.status.value in ACTIVE


def show_runs(resting: bool = False) -> None:
    """List the visitor's runs under a heading, newest first; looks again every few seconds while something goes on.

    Args:
        resting: only those that do not go on, which are shown elsewhere; then no empty list stands below these.
    """
    if not state.desk().visitor.is_known:  # the browser is being asked: neither another's runs nor none
        st.header(_heading())
        st.skeleton(height=90)
        return
    if (runs := list_runs()) is None:
        return
    active = any(is_active(run) for run in runs)
    if resting and runs and all(is_active(run) for run in runs):
        return
    st.header(_heading())
    st.fragment(_list, run_every=LIST_SECONDS if active and not resting else None)(active, resting)


def _heading() -> str:
    return t("runs.title" if state.desk().visitor.is_local else "runs.yours")


def _list(was_active: bool, resting: bool) -> None:
    runs = list_runs() or []
    if was_active and not resting and not any(is_active(run) for run in runs):
        st.rerun()
    if resting:
        runs = [run for run in runs if not is_active(run)]
    if not runs:
        st.markdown(t("runs.empty"))
        return
    shown = runs if st.session_state.get("runs.all") else runs[:SHOWN_AT_FIRST]
    for run in shown:
        _show_line(run)
    if len(runs) > len(shown):
        st.button(t("runs.all", count=len(runs)), key="runs-all", on_click=_show_all, type="tertiary")


def _show_all() -> None:
    st.session_state["runs.all"] = True


def _show_line(run: ListedRun) -> None:
    """One run in a list: its name as a link, and how it stands."""
    if run.status is None:
        sentence = html.escape(t("runs.broken", run=run.run_id))
        badge = f'<span class="badge failed"><i>✕</i>{html.escape(t("status.broken"))}</span>'
        why = html.escape(explain_cause(run.cause, show=str) if run.cause else "")
        st.html(f'<div class="run-line broken" title="{why}">{badge}<span>{sentence}</span></div>')
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"line-{run.run_id}", gap="medium"):
        st.page_link(shell.TRAIN, label=plain(title_run(run)), query_params={"run": run.run_id})
        st.html(
            f'<div class="run-line">{draw_badge(run.status)}{draw_progress(run.status)}{draw_facts(run.status)}</div>'
        )


def draw_facts(status: StatusRecord) -> str:
    """Return where a run is, how long it takes or took, and how old it is, as HTML."""
    at = {"epoch": min(status.epoch + 1, status.epochs), "epochs": status.epochs}
    parts = [t("live.epoch" if status.step else "live.one_epoch" if status.epochs == 1 else "live.epochs", **at)]
    if status.status == RunStatus.RUNNING and status.seconds_left is not None:
        parts.append(t("live.left", duration=duration(status.seconds_left)))
    elif status.seconds:
        parts.append(t("live.took", duration=duration(status.seconds)))
    parts.append(ago(status.created))
    return "".join(f"<span>{html.escape(part)}</span>" for part in parts)


def explain_polarity(configs: Sequence[Config]) -> None:
    """Say why some grids are dark on light, where they stand beside others that are light on dark."""
    if len({config.saving.inverted for config in configs}) > 1:
        st.caption(t("grid.inverted"))


def step_label(step: int, epoch: float | None) -> str:
    """Return where in a run a grid was taken."""
    return t("grid.at", step=step, epoch=number(epoch, 1)) if epoch is not None else t("grid.at_step", step=step)
