"""The best checkpoint of a run, as `checkpoints/best.json` says it.

Owns what is said of it. Leaves the files to `checkpoints`, and which is the best to whoever judges.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

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
