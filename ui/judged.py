"""How good a run's checkpoint is, as a table, and having that measured: the judge's button, its progress, its cancel.

Owns what is said of it. Leaves measuring to a worker of `dcgan.runs.judging`, and who may ask for it to the desk.
"""

import html
from collections.abc import Sequence

import streamlit as st

from dcgan.data.datasets import CLASS_NAMES, is_at_hand
from dcgan.runs.desk import JUDGED_SAMPLES
from dcgan.runs.errors import RunError
from dcgan.runs.evaluations import Kept, KeptScore, find_kept, list_kept
from dcgan.runs.judging import Judging
from dcgan.runs.run import Run
from ui import drawing, state
from ui.dataset import name_class
from ui.problems import explain_cause, explain_error
from ui.quality_panel import write_distance
from ui.source import Source
from ui.text import number, t

POLL_SECONDS = 1.0
WIDTH, HEIGHT, LEFT = 560, 170, 64  # of the curve, in units of its own; the numbers stand left of LEFT
LITTLE = 0.1  # of what real images get in recall or coverage: below it precision alone misleads
METRICS = (
    "fcd", "kid", "precision", "recall", "density", "coverage", "neighbour_ratio", "one_neighbour_accuracy", "fid",
    "inception_distance", "inception_kid",
)  # fmt: skip


def show_judged(opened: Source, steps: Sequence[int]) -> None:
    """Draw what is known of a run's checkpoint, folded where nothing is, and the way to know it."""
    if opened.run is None:
        return
    judging = state.desk().judging(opened.run.run_id, opened.generator.step)
    kept = find_kept(opened.run.run_dir, opened.generator.step, opened.generator.sha256)
    goes_on = judging is not None and judging.is_active
    with st.expander(t("judged.title"), expanded=kept is not None or judging is not None, key="judged"):
        tick = st.fragment(_tick, run_every=POLL_SECONDS if goes_on else None)
        tick(opened, tuple(steps), goes_on)


def _tick(opened: Source, steps: tuple[int, ...], went_on: bool) -> None:
    """One look at the job; its beginning and its end take a full run of the page."""
    run, dataset = opened.run, opened.generator.config.data.dataset
    assert run is not None
    judging = state.desk().judging(run.run_id, opened.generator.step)
    if (judging is not None and judging.is_active) != went_on:
        st.rerun()
    kept = find_kept(run.run_dir, opened.generator.step, opened.generator.sha256)
    if kept is None:
        st.markdown(t("judged.lead", samples=JUDGED_SAMPLES))
    else:
        st.html(draw_table(kept))
        st.caption(_describe_classes(kept, dataset))
    _show_curve(run)
    if refused := st.session_state.pop("judged.refused", None):
        st.warning(refused)
    if judging is not None and judging.is_active:
        _show_progress(run.run_id, opened.generator.step, judging)
        return
    if judging is not None and judging.problem is not None:
        st.warning(explain_cause(judging.problem))
    elif judging is not None and judging.phase == "cancelled":
        st.caption(t("judged.cancelled"))
    _offer(opened, steps, kept is not None and _is_whole(kept))


def _is_whole(kept: Kept) -> bool:
    """Whether it was judged on as many images as the button asks for; the command line takes fewer, too."""
    return "fcd" in kept.scores and kept.scores["fcd"].samples >= JUDGED_SAMPLES


def _offer(opened: Source, steps: tuple[int, ...], is_known: bool) -> None:
    """The buttons, where the visitor may press them, or why there is nothing to press."""
    # Here: the classifier needs ONNX Runtime, which this page has loaded by now.
    from dcgan.quality.classifier import has_classifier

    run, dataset = opened.run, opened.generator.config.data.dataset
    assert run is not None
    if not state.desk().may_judge(run.run_id):
        return
    if not has_classifier(dataset) or not is_at_hand(dataset):
        st.caption(t("judged.no_data" if has_classifier(dataset) else "verdict.no_classifier"))
        return
    with st.container(horizontal=True):
        if not is_known:
            _button(run.run_id, "judge", (opened.generator.step,), "judged.judge")
        if (
            state.desk().visitor.is_local
            and len(steps) > 1
            and not {*steps} <= {one.step for one in list_kept(run.run_dir) if _is_whole(one)}
        ):
            _button(run.run_id, "judge-all", steps, "judged.judge_all")
    if not is_known and state.desk().is_shown(run.run_id):
        st.caption(t("judged.for_all"))


def _button(run_id: str, key: str, steps: tuple[int, ...], label: str) -> None:
    words = t(label, count=len(steps))
    st.button(words, key=key, icon=":material/grading:", on_click=_start, args=(run_id, steps))


def _start(run_id: str, steps: tuple[int, ...]) -> None:
    try:
        state.desk().judge(run_id, steps)
    except (RunError, OSError) as error:
        st.session_state["judged.refused"] = explain_error(error)


def _show_progress(run_id: str, step: int, judging: Judging) -> None:
    """How far it is, and Cancel for whoever may."""
    words = t(f"judged.phase_{judging.phase}", position=judging.position or 1)
    if len(judging.steps) > 1:
        words = f"{t('judged.of', index=judging.index + 1, count=len(judging.steps))} {words}"
    elif step not in judging.steps:
        words = f"{t('judged.at', step=judging.steps[0])} {words}"
    st.progress(min(1.0, judging.done / judging.total) if judging.total else 0.0, words)
    if state.desk().may_cancel(judging):
        st.button(
            t("judged.cancel"), key="cancel-judging", icon=":material/close:", on_click=_cancel, args=(run_id, step)
        )


def _cancel(run_id: str, step: int) -> None:
    try:
        state.desk().cancel_judging(run_id, step)
    except RunError as error:
        st.session_state["judged.refused"] = explain_error(error)


def draw_table(kept: Kept) -> str:
    """Return the scores as HTML, each beside what real images get and what it says."""
    heads = "".join(f"<th>{html.escape(t(f'judged.{name}'))}</th>" for name in ("metric", "value", "real", "meaning"))
    rows = "".join(_draw_row(name, kept.scores[name], _warn(name, kept)) for name in METRICS if name in kept.scores)
    return f'<div class="judged"><table class="settings"><tr>{heads}</tr>{rows}</table></div>'


def _warn(name: str, kept: Kept) -> str:
    """A sentence beside precision where next to nothing of the real images' variety is there; else none."""
    variety = (kept.scores[key] for key in ("recall", "coverage") if key in kept.scores)
    if name != "precision" or not any(score.value < LITTLE * score.real for score in variety):
        return ""
    return t("judged.precision_alone")


def _draw_row(name: str, score: KeptScore, warning: str) -> str:
    spread = "" if score.deviation is None else f" <span>± {write_distance(score.deviation)}</span>"
    words = t(f"judged.about.{name}", samples=score.samples)
    warned = f' <span class="alone">{html.escape(warning)}</span>' if warning else ""
    return (
        f"<tr><td>{html.escape(t(f'judged.name.{name}'))}</td><td><b>{write_distance(score.value)}</b>{spread}</td>"
        f"<td>{write_distance(score.real)}</td><td>{html.escape(words)}{warned}</td></tr>"
    )


def _describe_classes(kept: Kept, dataset: str) -> str:
    """Which classes are hardly there, and on how many images the distances are."""
    names = CLASS_NAMES.get(dataset, ())
    missing = ", ".join(name_class(names[label]) for label in kept.missing if 0 <= label < len(names))
    said = t("judged.missing", names=missing) if missing else t("judged.all_classes")
    most = max(score.samples for score in kept.scores.values())
    return f"{said} {t('judged.how', samples=most)}"


def _show_curve(run: Run) -> None:
    """FCD of the judged checkpoints over their steps, with what real images get; nothing for fewer than two.

    Only what was measured on as many images compares: with fewer, FCD is larger.
    """
    known = list_kept(run.run_dir)
    most = max((one.scores["fcd"].samples for one in known), default=0)
    known = [one for one in known if one.scores["fcd"].samples == most]
    if len(known) < 2:
        return
    best = min(known, key=lambda one: one.scores["fcd"].value)
    facts = {"step": number(best.step), "fcd": write_distance(best.scores["fcd"].value)}
    st.markdown(f"**{t('judged.curve')}**")
    drawing.show_svg(draw_curve(known), "judged-curve")
    st.caption(t("judged.best", **facts, floor=write_distance(best.scores["fcd"].real)))


def draw_curve(known: Sequence[Kept]) -> str:
    """Return FCD over steps as SVG, a dot a checkpoint, the floor dashed; `known` are at least two, in their order."""
    values = [one.scores["fcd"].value for one in known]
    floor, top = known[-1].scores["fcd"].real, max(values)
    first, last = known[0].step, known[-1].step
    places = [
        (LEFT + (WIDTH - LEFT - 8) * (one.step - first) / max(1, last - first), _height(value, top))
        for one, value in zip(known, values, strict=True)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="currentColor"/>' for x, y in places)
    level = _height(floor, top)
    parts = [
        f'<path d="M{LEFT} {level:.1f}H{WIDTH}" stroke="currentColor" stroke-dasharray="4 4" opacity="0.6"/>',
        f'<polyline points="{line}" fill="none" stroke="currentColor" stroke-width="1.5"/>{dots}',
        drawing.text(LEFT - 8, _height(top, top) + 4, write_distance(top), anchor="end"),
        drawing.text(LEFT - 8, level + 4, write_distance(floor), anchor="end"),
        drawing.text(LEFT, HEIGHT - 4, t("judged.step", step=first)),
        drawing.text(WIDTH, HEIGHT - 4, t("judged.step", step=last), anchor="end"),
    ]
    return drawing.svg(WIDTH, HEIGHT, t("judged.curve"), "".join(parts))


def _height(value: float, top: float) -> float:
    return HEIGHT - 28 - (HEIGHT - 40) * min(1.0, max(0.0, value / top if top > 0 else 0.0))
