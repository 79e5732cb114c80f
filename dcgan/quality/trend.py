"""How a run's quality went from one judgement to the next: when it was best, and since when it has been getting worse.

Owns the rule by which worse is more than chance. Leaves where the rows are from, and the words, to whoever asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORSE = 1.25  # times the best: two judgements of one generator differ by far less
IN_A_ROW = 3  # judgements that must agree


@dataclass(frozen=True)
class Trend:
    """Places of judgements among the rows that were given.

    Attributes:
        best: the first with the lowest value.
        last: the newest.
        worse_since: the first of those at the end that are all worse; None while they are not.
    """

    best: int
    last: int
    worse_since: int | None


def find_trend(rows: Sequence[Mapping[str, Any]], metric: str = "fcd") -> Trend | None:
    """Return how the judgements of a run went; None where there is none.

    It has been getting worse where at least `IN_A_ROW` judgements in a row, up to the last, lie above `WORSE` times the
    best: one bad judgement is none, and neither is a time of bad ones that is over.

    Args:
        rows: of `metrics.jsonl`, in order. One without a finite number of 0 or more for the metric is no judgement.
        metric: of which less is better.
    """
    values = np.array([_to_number(row.get(metric)) for row in rows], np.float64)
    places: NDArray[np.intp] = np.flatnonzero(np.isfinite(values) & (values >= 0))
    if not len(places):
        return None
    judged = values[places]
    fine = np.flatnonzero(judged <= WORSE * judged.min())  # the best itself is, so there is always one
    since = int(fine[-1]) + 1
    is_worse = len(judged) - since >= IN_A_ROW
    best, last = int(places[judged.argmin()]), int(places[-1])
    return Trend(best, last, int(places[since]) if is_worse else None)


def _to_number(value: object) -> float:
    """A number as a float; NaN for what is none."""
    try:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan
    except OverflowError:  # an integer of hundreds of digits
        return np.nan
