"""Why a run cannot be read or steered: an English sentence, and a code with values for pages in other languages.

Owns the sentences. Leaves what goes wrong while a run trains to `status.Problem` and whoever shows it.
"""

import os
import reprlib
from collections.abc import Mapping
from pathlib import Path

from dcgan.runs.status import Problem

MOST_CHARACTERS, MOST_NUMBER = 200, 10**15  # of a value in a sentence

TEXTS: Mapping[str, str] = {
    "run-not-found": "There is no run {run!r} in {folder}. A run is named like "
    "20261123-142530-fashion-mnist-7f3a9c2e5b104d68; `python -m dcgan runs` lists them.",
    "run-gone": "{run}: the directory is gone.",
    "run-unreadable": "{run}: {file} cannot be read ({reason}).",
    "run-not-json": "{run}: {file} cannot be read (not the JSON that belongs there).",
    "run-format": "{run}: {file} has format {found}; this version reads {known}.",
    "run-config": "{run}: {file}: {field} = {value!r} cannot be used: {allowed}.",
    "run-finished": "{run} has finished: there is nothing left to train.",
}


class RunError(ValueError):
    """Something about a run that a person must know.

    Attributes:
        problem: the code, one of `TEXTS`, and the values of its sentence.
    """

    def __init__(self, code: str, **values: object) -> None:
        """Make the English sentence."""
        values = {name: _cut(value) for name, value in values.items()}
        super().__init__(TEXTS[code].format(**values))
        self.problem = Problem(code=code, values=values)


class _Words(str):
    """Words in the place of a number, however the sentence writes numbers."""

    def __format__(self, spec: str) -> str:
        """Return the words."""
        return str(self)


def _cut(value: object) -> object:
    """A value as it is, or as the beginning of its text where that would not fit into a sentence."""
    if isinstance(value, Path | str) and len(str(value)) > MOST_CHARACTERS:
        return f"{str(value)[:MOST_CHARACTERS]}…"
    if isinstance(value, int) and abs(value) > MOST_NUMBER:
        return _Words(f"a number {'above ' if value > 0 else 'below -'}{MOST_NUMBER:.0e}")
    if isinstance(value, list | dict | tuple):
        return reprlib.repr(value)
    return value


class RunNotFoundError(RunError):
    """No such run, or not the name of one."""

    def __init__(self, run_id: str, folder: Path) -> None:
        """Name what was asked for and where runs are."""
        super().__init__("run-not-found", run=run_id, folder=str(folder))


class BrokenRunError(RunError):
    """A run directory whose files cannot be read; nothing was changed in it."""


class NotResumableError(RunError):
    """A run that cannot go on, because it has finished."""


def unreadable(path: Path, error: OSError) -> BrokenRunError:
    """The error for a file of a run that the system does not let us read."""
    number = error.errno or 0
    reason = error.strerror or os.strerror(number)
    return BrokenRunError("run-unreadable", run=path.parent.name, file=path.name, errno=number, reason=reason)
