"""Why a run cannot be read or steered: an English sentence, and a code with values for pages in other languages.

Owns the sentences. Leaves what goes wrong while a run trains to `status.Problem` and whoever shows it.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from dcgan.runs.status import Problem

TEXTS: Mapping[str, str] = {
    "run-not-found": "There is no run {run!r} in {folder}. A run is named like "
    "20261123-142530-fashion-mnist-7f3a9c2e5b104d68; `python -m dcgan runs` lists them.",
    "run-gone": "{run}: the directory is gone.",
    "run-unreadable": "{run}: {file} cannot be read ({reason}).",
    "run-not-json": "{run}: {file} cannot be read (not the JSON that belongs there).",
    "run-active": "{run} waits, trains or is paused, so it cannot be deleted. Stop it first.",
    "run-not-deleted": "{run} is not among the deleted runs; these are kept for a day.",
    "label-name": "A run's name may have up to {most} characters; this one has {given}.",
    "label-notes": "The notes of a run may have up to {most} characters; these have {given}.",
    "label-tags": "A run may have up to {most} tags of up to {longest} characters each.",
    "run-format": "{run}: {file} has format {found}; this version reads {known}.",
    "run-config": "{run}: {file}: {field} = {value!r} cannot be used: {allowed}.",
    "run-finished": "{run} has finished: there is nothing left to train.",
    "not-yours": "{run} is another visitor's: it can be looked at, and nothing more.",
    "not-known": "Nothing can be changed before it is known whose browser asks.",
    "gallery-run": "{run} belongs to the gallery: it can be looked at, and not be changed.",
    "limit-runs": "A visitor may have {running} run that trains and {queued} that wait at the same time. "
    "Wait for one to end, or stop one.",
    "limit-line": "{most} runs of visitors train or wait here already. Try again later.",
    "limit-disk": "The runs of a visitor may take {megabytes} MB of the disk. Delete one first.",
    "limit-size": "This run would keep about {needed} MB, and the runs of a visitor may take {megabytes} MB. "
    "Choose fewer epochs or filters.",
    "limit-minutes": "This run has trained for the {minutes} minutes that a visitor's run may have.",
    "limit-busy": "Too many visitors start runs at this moment. Try again.",
}


class RunError(ValueError):
    """Something about a run that a person must know.

    Attributes:
        problem: the code, one of `TEXTS`, and the values of its sentence.
    """

    def __init__(self, code: str, **values: object) -> None:
        """Make the English sentence."""
        super().__init__(TEXTS[code].format(**values))
        self.problem = Problem(code=code, values=values)


class RunNotFoundError(RunError):
    """No such run, or not the name of one."""

    def __init__(self, run_id: str, folder: Path) -> None:
        """Name what was asked for and where runs are."""
        super().__init__("run-not-found", run=run_id, folder=str(folder))


class BrokenRunError(RunError):
    """A run directory whose files cannot be read; nothing was changed in it."""


class NotResumableError(RunError):
    """A run that cannot go on, because it has finished."""


class AccessError(RunError):
    """Something that this visitor may not do; nothing was changed."""


class NotYoursError(AccessError):
    """A run of somebody else, or of the gallery; or a visitor who is not known yet."""


class LimitError(AccessError):
    """More than a visitor may have."""


def unreadable(path: Path, error: OSError) -> BrokenRunError:
    """The error for a file of a run that the system does not let us read."""
    number = error.errno or 0
    reason = error.strerror or os.strerror(number)
    return BrokenRunError("run-unreadable", run=path.parent.name, file=path.name, errno=number, reason=reason)
