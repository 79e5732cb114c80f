"""The best checkpoint of a run, as `checkpoints/best.json` and `status.json` say it.

Owns what is said of it, and which it is by the rows of a run. Leaves the files to `checkpoints`, and judging to
`training`.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Metric = Literal["fcd", "fid"]


class Best(BaseModel):
    """A checkpoint and the number by which it is the best: the smaller, the better."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    format: Literal[1] = 1
    metric: Metric
    value: Annotated[float, Field(ge=0.0, le=1e12)]
    samples: Annotated[int, Field(ge=2, le=10**9)] = 2
    step: Annotated[int, Field(ge=0, le=10**12)]
    epoch: Annotated[float, Field(ge=0.0, le=1e9)] = 0.0
    epoch_end: bool = False  # its generator is kept for that reason, too


def read_best(tree: object) -> Best | None:
    """Return the best that `status.json` names; None where it names none, or what it names is none."""
    try:
        return Best.model_validate(tree)
    except ValidationError:
        return None


def choose_best(rows: Iterable[Mapping[str, Any]], steps: Collection[int]) -> Best | None:
    """Return the first of the best judgements among some steps; None where none of these was judged.

    Args:
        rows: of `metrics.jsonl`, in order.
        steps: whose generators are there.
    """
    judged = (_read_judgement(row) for row in rows if "fcd" in row and row.get("step") in steps)
    return min((best for best in judged if best is not None), key=lambda best: best.value, default=None)


def _read_judgement(row: Mapping[str, Any]) -> Best | None:
    """A row of a judgement as the best that it may be. Where the epoch is whole, one ends."""
    known = {name: row[name] for name in ("step", "epoch", "samples") if name in row}
    best = read_best({"metric": "fcd", "value": row["fcd"], **known})
    return best and best.model_copy(update={"epoch_end": best.epoch == int(best.epoch)})
