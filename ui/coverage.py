"""Which classes a run's samples are of, each time that its generator was judged: a row of bars a class.

Owns how they are drawn and which classes are named as missing. Leaves what a class is called to `dataset`.
"""

import html
from collections.abc import Sequence

import streamlit as st

from dcgan.data.datasets import CLASS_NAMES
from dcgan.runs.history import History
from dcgan.runs.judgements import Judged
from dcgan.runs.thinning import spread
from ui.dataset import name_class
from ui.text import language, number, t
from ui.verdict import write_epoch
from ui.watch import RunWatch

SHOWN = 40  # bars a row: more are too thin to be seen
ROW = 24.0  # units of height of a row's drawing
FULL = 2.5  # times an even share: as high as a bar gets, so that the one class of the first images dwarfs nothing
WIDEST = 10.0  # of a hundred: a first judgement is a bar, not a wall


def show_coverage(watch: RunWatch, dataset: str) -> None:
    """Draw the classes over time; nothing before there is a judgement with classes."""
    drawn = watch.encoded(f"coverage-{language()}", lambda history: _draw(history, dataset)).decode()
    if drawn:
        # Markdown, because `st.html` takes drawings out.
        st.markdown(drawn, unsafe_allow_html=True)


def _draw(history: History, dataset: str) -> bytes:
    judged = [one for one in history.judged() if one.class_shares]
    if not judged:
        return b""
    count = len(judged[-1].class_shares)
    known = CLASS_NAMES.get(dataset, ())
    names = [name_class(known[label]) if count == len(known) else str(label) for label in range(count)]
    return draw_coverage([one for one in judged if len(one.class_shares) == count], names).encode()


def draw_coverage(judged: Sequence[Judged], names: Sequence[str]) -> str:
    """Return title, rows of bars and a sentence as HTML without an empty line.

    Args:
        judged: at least one, in the order of their steps, each with a share for each name.
        names: of the classes; any words.
    """
    shown, last = spread(judged, SHOWN), judged[-1]
    rows = "".join(
        _draw_row(name, [one.class_shares[label] * len(names) / FULL for one in shown], last.class_shares[label],
                  label in last.missing_classes)
        for label, name in enumerate(names)
    )  # fmt: skip
    ends = (f"<span>{html.escape(t('coverage.epoch', epoch=write_epoch(one)))}</span>" for one in (shown[0], last))
    between = "".join(ends) if len(shown) > 1 else next(ends)
    how = t("coverage.how", samples=last.samples, full=round(100 * FULL / len(names)))
    return (
        f'<div class="coverage"><b class="title">{html.escape(t("coverage.title"))}</b>'
        f'<p class="said">{html.escape(name_missing(last, names))}</p>{rows}'
        f'<div class="ends"><span></span><p>{between}</p><span></span></div>'
        f'<p class="how">{html.escape(how)}</p></div>'
    )


def name_missing(judged: Judged, names: Sequence[str]) -> str:
    """Return a sentence that names the classes of which there is no image, or hardly any."""
    missing = judged.missing_classes
    listed = ", ".join(names[label] for label in missing)
    if not missing:
        return t("coverage.all", count=len(names))
    return t("coverage.none" if all(judged.class_shares[label] == 0 for label in missing) else "coverage.rare",
             names=listed)  # fmt: skip


def _draw_row(name: str, heights: Sequence[float], share: float, is_missing: bool) -> str:
    """One class: its name, a bar a judgement with a line at an even share, and its share now.

    Args:
        name: of the class.
        heights: 1 is a full row; what is higher is cut off.
        share: of the last judgement.
        is_missing: whether it is to be seen that it is.
    """
    width = min(80 / len(heights), WIDEST)
    between = (100 - width) / max(1, len(heights) - 1)  # the first at the left end, the last at the right one
    bars = "".join(
        f"M{place * between:.1f} {ROW:g}v{-min(height, 1) * ROW:.1f}h{width:.1f}V{ROW:g}z"
        for place, height in enumerate(heights)
    )
    even = f'<path class="even" d="M0 {ROW * (1 - 1 / FULL):.1f}H100"/>'
    return (
        f'<div class="row{" missing" if is_missing else ""}"><span>{html.escape(name)}</span>'
        f'<svg viewBox="0 0 100 {ROW:g}" preserveAspectRatio="none" aria-hidden="true"><path d="{bars}"/>{even}</svg>'
        f"<em>{html.escape(t('coverage.share', share=number(100 * share, 1)))}</em></div>"
    )
