"""Tables on a terminal, and claims with their limits; text and numbers alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Claim:
    """One figure beside the limit that it has to keep.

    Attributes:
        name: what was measured.
        value: the figure; None where it could not be measured, which counts as missed.
        unit: stands behind both numbers.
        limit: what is allowed; None for a figure that is only told.
        side: whether the limit is the highest or the lowest value that is allowed.
        digits: decimals of both numbers.
    """

    name: str
    value: float | None
    unit: str = ""
    limit: float | None = None
    side: Literal["at most", "at least"] = "at most"
    digits: int = 1

    @property
    def kept(self) -> bool:
        """Whether the limit is kept; a figure without one always is."""
        if self.limit is None:
            return True
        if self.value is None:
            return False
        return self.value <= self.limit if self.side == "at most" else self.value >= self.limit

    def cells(self) -> tuple[str, str, str, str]:
        """Return the four cells of a row: name, figure, limit, verdict."""
        value = "not measured" if self.value is None else self._number(self.value)
        if self.limit is None:
            return self.name, value, "", ""
        return self.name, value, f"{self.side} {self._number(self.limit)}", "kept" if self.kept else "MISSED"

    def _number(self, value: float) -> str:
        return f"{value:,.{self.digits}f} {self.unit}".rstrip()


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return the value below which so many per cent of the values lie; None of no values."""
    return float(np.percentile(values, percent)) if values else None


def claims_table(claims: Sequence[Claim]) -> str:
    """Return the claims as a table."""
    return table(("figure", "measured", "limit", ""), [claim.cells() for claim in claims])


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows of text as columns: the first one to the left, the others to the right.

    Raises:
        ValueError: a row has not as many cells as the head.
    """
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"The row {row!r} has {len(row)} cells; the head has {len(head)}.")
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.rjust(width) if index else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()
