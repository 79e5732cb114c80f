"""How a run's quality went from one judgement to the next: when it was best, and since when it has been getting worse.

Owns the rule by which worse is more than chance: there is no other. Leaves where the rows are from, and the words, to
whoever asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcgan.runs.judgements import Judged

WORSE = 1.25  # times the best FCD: a run at a standstill lay at 1.13 to 1.29 of its luckiest (docs/log.md)
LASTING = 3  # judgements in a row: one or two that are worse come and go


@dataclass(frozen=True)
class Trend:
    """Places of judgements among the rows that were given.

    Attributes:
        best: the first with the lowest value.
        last: the newest.
        worse_since: the last that was not worse, where those after it are enough; None while they are not.
    """

    best: int
    last: int
    worse_since: int | None


def find_trend(rows: Sequence[Mapping[str, Any]], metric: str = "fcd") -> Trend | None:
    """Return how the judgements of a run went; None where there is none.

    It has been getting worse where at least `LASTING` judgements in a row, up to the last, lie above `WORSE` times the
    best, and the KID of the last `LASTING`, where that was measured, above the best's by more than both spreads. One
    bad judgement is not enough, and neither is a time of bad ones that is over. KID, which is slower to tell, confirms
    that it is so; since when is a matter of the metric alone.

    Args:
        rows: of `metrics.jsonl`, in order. One without a finite number of 0 or more for the metric is no judgement.
        metric: of which less is better.
    """
    values = np.array([_to_number(row.get(metric)) for row in rows], np.float64)
    places: NDArray[np.intp] = np.flatnonzero(np.isfinite(values) & (values >= 0))
    if not len(places):
        return None
    best, last = int(places[values[places].argmin()]), int(places[-1])
    is_worse = values[places] > WORSE * values[best]
    since = int(np.flatnonzero(~is_worse)[-1])  # the best is not worse than itself, so there is always one
    is_confirmed = _is_kid_worse([rows[place] for place in places[-LASTING:]], rows[best]).all()
    has_lasted = len(places) - 1 - since >= LASTING and is_confirmed
    return Trend(best, last, int(places[since]) if has_lasted else None)


def find_decline(judged: Sequence[Judged]) -> Judged | None:
    """Return the last judgement before a run began to get worse for good, by FCD; None where it does not.

    Args:
        judged: in the order of their steps.
    """
    trend = find_trend([vars(one) for one in judged])
    return None if trend is None or trend.worse_since is None else judged[trend.worse_since]


def _is_kid_worse(rows: Sequence[Mapping[str, Any]], best: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Which rows have a KID above the best's by more than both spreads; where one is not known, it says nothing."""
    kid, spread = (np.array([_to_number(row.get(name)) for row in [*rows, best]]) for name in ("kid", "kid_deviation"))
    is_near: NDArray[np.bool_] = kid[:-1] - kid[-1] <= spread[:-1] + spread[-1]
    return ~is_near


def _to_number(value: object) -> float:
    """A number as a float; NaN for what is none."""
    try:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan
    except OverflowError:  # an integer of hundreds of digits
        return np.nan
