"""How good a run's images are so far, in words: the best, since when it has been getting worse, or why nobody knows.

Owns the sentences beside the quality curve and the choice of what it shows. The curve itself is `quality_panel`'s.
"""

import html
from collections.abc import Sequence

import streamlit as st

from dcgan.config import Config
from dcgan.quality.trend import LASTING, find_decline
from dcgan.runs.judgements import FIRST_SECONDS, Judged, find_best
from dcgan.runs.status import ACTIVE, RunStatus, StatusRecord
from ui import address, shell
from ui.quality_panel import METRICS, Metric, write_distance
from ui.text import number, t

GRACE_SECONDS = 60.0  # of training beyond the first judgement's time: it takes a while on a busy machine


def show_verdict(run_id: str, status: StatusRecord, config: Config, judged: Sequence[Judged]) -> None:
    """Say how good the images are, and lead to the best checkpoint where the run has been getting worse."""
    st.html(draw_verdict(status, config, judged))
    if find_decline(judged) is not None and status.best is not None:
        with st.container(key="verdict"):
            st.page_link(shell.GENERATE, label=t("verdict.generate"), query_params={"run": run_id})


def draw_verdict(status: StatusRecord, config: Config, judged: Sequence[Judged]) -> str:
    """Return the same as HTML: the best with a star, what is wrong with a mark of its own."""
    best, since = find_best(judged), find_decline(judged)
    goes_on = status.status.value in ACTIVE
    if best is None:
        why = why_unknown(status, config)
        return f'<p class="verdict unknown">{html.escape(t(f"verdict.{why}", seconds=round(FIRST_SECONDS)))}</p>'
    # The words around the numbers are ours; the numbers are made of digits.
    strong = {"epoch": f"<b>{write_epoch(best)}</b>", "fcd": f"<b>{write_distance(best.fcd)}</b>"}
    said = f'<p class="verdict best"><i>★</i>{t("verdict.best" if goes_on else "verdict.best_of_all", **strong)}</p>'
    if since is None:
        return said
    key = "verdict.worse" if goes_on else "verdict.got_worse"
    words = t(key, epoch=write_epoch(since), count=LASTING, fcd=write_distance(judged[-1].fcd))
    kept = f" {t('verdict.kept')}" if status.best is not None else ""
    return f'{said}<p class="verdict worse"><i>▲</i>{html.escape(words + kept)}</p>'


def write_epoch(judged: Judged) -> str:
    """Write where in a run a judgement was: "6", "6.4"."""
    return number(round(judged.epoch, 1))


def why_unknown(status: StatusRecord, config: Config) -> str:
    """Return the key of the sentence that says why a run has no judgement."""
    # Here: the classifier needs ONNX Runtime, which a page that has judgements to show does not.
    from dcgan.quality.classifier import has_classifier

    if not config.saving.live_quality:
        return "off"
    if not has_classifier(config.data.dataset):
        return "no_classifier"
    goes_on = status.status.value in ACTIVE
    if status.seconds < FIRST_SECONDS:
        return "soon" if goes_on else "short"
    is_coming = status.status == RunStatus.RUNNING and status.seconds < FIRST_SECONDS + GRACE_SECONDS
    return "first" if is_coming or status.phase == "judging" else "unknown"


def choose_metric() -> Metric:
    """Draw the choice of what the quality curve shows."""
    chosen = st.segmented_control(
        t("quality.choice"), METRICS, format_func=lambda name: t(f"quality.{name}_choice"), required=True,
        key=address.tie("quality", "fcd", address.one_of(*METRICS)), persist_state="session", help=t("quality.help"),
    )  # fmt: skip
    return "kid" if chosen == "kid" else "fcd"


def describe_measure(judged: Sequence[Judged], metric: Metric) -> str:
    """Return how the numbers of the curve came about, as Markdown."""
    floor = write_distance(getattr(judged[-1], f"{metric}_floor"))
    return t(f"quality.{metric}_facts", samples=judged[-1].samples, floor=floor)
