"""The best checkpoint of a run, and since when the run has been getting worse, in the reader's words.

Owns the words, and reading a run's judgements again only where there are new ones. Leaves what is best to whoever
judged, and the rule of getting worse to `dcgan.quality.trend`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dcgan.quality.trend import find_trend
from dcgan.runs.best import Best
from dcgan.runs.run import Run
from dcgan.runs.scores import read_scores
from ui.text import number, t


@dataclass(frozen=True)
class Standing:
    """How the judgements of a run stand.

    Attributes:
        best: the best checkpoint, which is kept; None where there is none.
        is_past: whether a later judgement was not as good.
        last: the value of the last judgement, by the best's metric; None where that was not measured.
        worse_since: the epoch up to which it was not worse; None while it is not.
    """

    best: Best | None
    is_past: bool = False
    last: float | None = None
    worse_since: float | None = None


def read_standing(run: Run) -> Standing:
    """Look at the best checkpoint of a run and at the judgements after it."""
    best = run.checkpoints.best()
    if best is None:
        return Standing(None)
    rows = _judgements(run.metrics_path)
    trend = find_trend(rows, best.metric)
    if trend is None:
        return Standing(best)
    last = rows[trend.last]
    is_past = last["step"] > best.step
    since = trend.worse_since
    worse_since = None if since is None or not is_past else _epoch_of(rows[since])
    return Standing(best, is_past, float(last[best.metric]), worse_since)


def name_best(best: Best) -> str:
    """Return what the best checkpoint is called among the others."""
    return t("generate.best", metric=best.metric.upper(), **describe_best(best))


def describe_best(best: Best) -> Mapping[str, str]:
    """Return the epoch and the value of the best as words."""
    return {"epoch": write_epoch(best.epoch), "value": write_score(best.value)}


def explain_best(best: Best) -> str:
    """Return what the best is, and by which measure."""
    return f"{t('generate.best_help')} {t(f'generate.about_{best.metric}')}"


def explain_trend(standing: Standing) -> str | None:
    """Return a sentence on since when a run has been getting worse; None while it has not."""
    best, since, last = standing.best, standing.worse_since, standing.last
    if best is None or since is None or last is None:
        return None
    named = {"metric": best.metric.upper(), "now": write_score(last), "since": write_epoch(since)}
    return t("generate.worse", **named, **describe_best(best))


def write_score(value: float) -> str:
    """Write a Fréchet distance in three digits or so."""
    return number(value, 1 if value >= 9.95 else 2)


def write_epoch(epoch: float) -> str:
    """Write how many epochs were over: "6", or "6.4" within the seventh."""
    tenths = round(epoch, 1)
    return number(tenths, 0 if tenths == int(tenths) else 1)


def _judgements(path: Path) -> list[dict[str, Any]]:
    try:
        facts = path.stat()
        return _read(path, (facts.st_mtime_ns, facts.st_size, facts.st_ino))
    except OSError:
        return []


@st.cache_data(max_entries=20, show_spinner=False)
def _read(path: Path, mark: tuple[int, int, int]) -> list[dict[str, Any]]:
    """The judgements in a file, read again when `mark` is another."""
    return read_scores(path)


def _epoch_of(row: Mapping[str, Any]) -> float:
    epoch = row.get("epoch")
    return float(epoch) if isinstance(epoch, int | float) else 0.0
