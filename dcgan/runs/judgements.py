"""What was found each time a run's generator was judged, and which time was best.

Owns reading these rows of `metrics.jsonl`, which may come from elsewhere. When there is one, and what it costs, is the
training's; since when a run has been getting worse is `quality.trend`'s; its words are the pages'.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FIRST_SECONDS = 20.0  # of training before the first judgement: a run that is shorter gets none
RARE = 0.1  # of an even share: below it a class counts as missing

_Place = Annotated[float, Field(ge=0.0, le=1e12)]
_Distance = Annotated[float, Field(ge=0.0, le=1e12)]
_Estimate = Annotated[float, Field(ge=-1e12, le=1e12)]  # KID has no bias, so that it may fall below zero


class Judged(BaseModel):
    """One row of a judgement.

    Attributes:
        step: of the run; `epoch` and `seconds` are the same place.
        fcd: Fréchet distance on the features of the data set's classifier, to real images.
        kid: kernel distance on the same features; `kid_deviation` is the spread of its subsets.
        fcd_floor: what as many real images get; `kid_floor` is the same.
        samples: how many were generated for it.
        class_shares: of these, by the classifier.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    step: Annotated[int, Field(ge=0, le=10**12)]
    epoch: _Place
    seconds: _Place
    fcd: _Distance
    kid: _Estimate
    kid_deviation: _Distance
    fcd_floor: _Distance
    kid_floor: _Estimate
    samples: Annotated[int, Field(ge=2, le=10**9)]
    class_shares: Annotated[tuple[Annotated[float, Field(ge=0.0, le=1.0)], ...], Field(max_length=200)] = ()

    @property
    def missing_classes(self) -> tuple[int, ...]:
        """Which classes hardly any image is of, by their indices."""
        shares = self.class_shares
        return tuple(label for label, share in enumerate(shares) if share < RARE / len(shares))


def read_judged(row: Mapping[str, Any]) -> Judged | None:
    """Return what a row of `metrics.jsonl` says of a judgement; None where it is none, or says nonsense."""
    if "fcd" not in row:
        return None
    try:
        return Judged.model_validate(row)
    except ValidationError:
        return None


def find_best(judged: Sequence[Judged]) -> Judged | None:
    """Return the one with the lowest FCD, the first of equal ones; None where there is none."""
    return min(judged, key=lambda one: one.fcd, default=None)
