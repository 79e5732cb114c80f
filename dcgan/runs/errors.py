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
    "run-active": "{run} waits, trains or is paused, so it cannot be deleted. Stop it first.",
    "run-id-taken": "Another run has the id of {run} meanwhile, so it cannot be brought back while that one is there.",
    "run-not-deleted": "{run} is not among the deleted runs; these are kept for a day.",
    "label-name": "A run's name may have up to {most} characters; this one has {given}.",
    "label-notes": "The notes of a run may have up to {most} characters; these have {given}.",
    "label-tags": "A run may have up to {most} tags of up to {longest} characters each.",
    "run-format": "{run}: {file} has format {found}; this version reads {known}.",
    "run-config": "{run}: {file}: {field} = {value!r} cannot be used: {allowed}.",
    "run-thin": "{run} came as a thin bundle, without the full state that going on needs. Start a new run with its "
    "settings instead.",
    "bundle-not-one": "{file} is no bundle: it looks like {found}. A bundle is the .dcgan file that `python -m dcgan "
    "export` or the Train page writes.",
    "bundle-damaged": "{member} cannot be read: the bundle is damaged or was cut off. Fetch it again.",
    "bundle-members": "The bundle has {count:,} members; a bundle may have up to {most:,}.",
    "bundle-encrypted": "{member} is encrypted; a bundle has no password.",
    "bundle-name": "{member!r} is not the name of a bundle's member; these are named like run.json, metrics.jsonl, "
    "samples/000500.png and checkpoints/000500.safetensors.",
    "bundle-not-plain": "{member} is a link, a folder or packed in another way; a bundle holds plain files.",
    "bundle-twice": "{member} stands in the bundle twice; every member may stand there once.",
    "bundle-too-large": "{member} has {size:,} bytes; it may have up to {most:,}.",
    "bundle-ratio": "{member} would unpack to {ratio:,} times its size; up to {most} times is allowed.",
    "bundle-missing": "{member} is missing from the bundle.",
    "bundle-extra": "{member} is in the bundle, but not in its list, bundle.json.",
    "bundle-sum": "{member} is not the file that bundle.json lists: its size or its sha256 differs.",
    "bundle-json": "{member} cannot be used: {field} is not what belongs there ({reason}).",
    "bundle-format": "{member} has format {found}; this version reads {known}.",
    "bundle-run-id": "bundle.json names the run {found!r}; a run is named like "
    "20261123-142530-fashion-mnist-7f3a9c2e5b104d68.",
    "bundle-config": "{member}: {field} = {value!r} cannot be used: {allowed}.",
    "bundle-networks": "{member} describes networks of {count:,} parameters; up to {most:,} are allowed.",
    "bundle-rows": "{member}, line {line:,}: this is more history than a bundle may have here: up to {rows:,} rows, "
    "with up to {columns} different names in them. Nothing was imported.",
    "bundle-row": "{member}, line {line:,}: a line must be a JSON object of finite numbers with a whole step, of up to "
    "{most:,} bytes.",
    "bundle-event": "{member}, line {line:,}: a line must be a JSON object with a time and an event, of up to {most:,} "
    "bytes.",
    "bundle-picture": "{member} is not the picture that belongs there: a PNG (mode {mode}) of {side} × {side} pixels.",
    "bundle-picture-size": "{member} has {width:,} × {height:,} pixels; the grids of this run have {side} × {side}.",
    "bundle-checkpoint": "{member} cannot be used. {reason}",
    "bundle-other-checkpoint": "{member} is not a checkpoint of this run at step {step:,}.",
    "bundle-best": "{member} names step {step:,} as the best, whose generator is not in the bundle.",
    "bundle-here": "{run} is here already, with the same content; nothing was imported.",
    "run-finished": "{run} has finished: there is nothing left to train.",
    "checkpoint-none": "{run} has no checkpoint yet: the first is kept soon after training has begun.",
    "checkpoint-not-judged": '{run} has no best checkpoint: it has not been judged. Use "last" or a step.',
    "checkpoint-gone": "{run} has no checkpoint of step {step}; it has {steps}.",
    "checkpoint-foreign": "This is {found}. A checkpoint is a .safetensors file that this program has saved; "
    "nothing else is opened.",
    "checkpoint-size": "This file has {given:,} MB; a checkpoint has at most {allowed:,} MB.",
    "checkpoint-header-length": "This is no checkpoint: its header would have {given:,} bytes. At most {allowed:,} are "
    "read, and the file has {size:,} in all.",
    "checkpoint-header-json": "The header of this checkpoint is not the JSON that belongs there.",
    "checkpoint-metadata": "{name!r} is missing in this checkpoint or cannot be used: this program has not written it, "
    "or somebody changed it.",
    "checkpoint-entry": "What this checkpoint's header says about {name} contradicts itself.",
    "checkpoint-places": "The arrays of this checkpoint overlap or leave gaps, at {name}.",
    "checkpoint-torn": "This checkpoint holds {given:,} bytes of arrays where its header says {expected:,}: it was "
    "cut or added to.",
    "checkpoint-config": "This checkpoint's settings cannot be used: {field} = {value}; {allowed}.",
    "checkpoint-parameters": "This checkpoint's networks have {given:,} parameters; at most {allowed:,} are allowed.",
    "checkpoint-extra": "This checkpoint holds {name}, which the networks of its settings do not have.",
    "checkpoint-missing": "This checkpoint lacks {name}, which the networks of its settings have.",
    "checkpoint-shape": "{name} is {given} in this checkpoint; by its settings it should be {expected}.",
    "checkpoint-type": "{name} is of type {given} in this checkpoint; allowed is {allowed}.",
    "checkpoint-sum": "The arrays of this checkpoint do not match their sum: the file was damaged or changed.",
    "checkpoint-other": "What lies in {run} as its checkpoint of step {step:,} is of another step, or of another run.",
    "checkpoint-not-finite": "{name} holds numbers in this checkpoint that are infinite or none.",
    "checkpoint-negative": "{name} holds variances below zero in this checkpoint.",
    "not-yours": "{run} is another visitor's: it can be looked at, and nothing more.",
    "not-known": "Nothing can be changed before it is known whose browser asks.",
    "gallery-run": "{run} belongs to the gallery: it can be looked at, and not be changed.",
    "not-your-judging": "Only the visitor who had this checkpoint judged can cancel it.",
    "limit-runs": "A visitor may have {running} run that trains and {queued} that wait at the same time. "
    "Wait for one to end, or stop one.",
    "limit-line": "{most} runs of visitors train or wait here already. Try again later.",
    "limit-disk": "The runs of a visitor may take {megabytes} MB of the disk. Delete one first.",
    "limit-kept": "A visitor may keep {most} runs. Delete one first.",
    "limit-size": "This run would keep about {needed} MB, and the runs of a visitor may take {megabytes} MB. "
    "Choose fewer epochs or filters.",
    "limit-minutes": "This run has trained for the {minutes} minutes that a visitor's run may have.",
    "limit-epochs": "This run is made for {epochs:,} epochs; a visitor's run may have up to {most:,}.",
    "limit-judging": "Only so many checkpoints may be judged at once here. Wait for those that are being judged.",
    "limit-judging-all": "A visitor may have one checkpoint judged at a time.",
    "limit-busy": "Too many visitors start runs at this moment. Try again.",
}

# What a file may be instead of a checkpoint.
FILE_KINDS: Mapping[str, str] = {
    "empty": "an empty file",
    "hdf5": "an HDF5 file (.h5), as older versions of Keras save networks",
    "keras": "a .keras archive",
    "npz": "an .npz archive of arrays",
    "zip": "a zip archive",
    "gzip": "a gzip archive",
    "pickle": "a Python pickle, which could run any program when it is opened",
    "npy": "a NumPy array (.npy)",
    "onnx": "a network exported as ONNX",
    "png": "a PNG picture",
    "gif": "a GIF picture",
    "jpeg": "a JPEG picture",
    "checkpoint": "a single checkpoint (.safetensors)",
    "text": "a text file",
    "unknown": "a file of an unknown kind",
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
    """Words in the place of a number: how a number is written does not apply to them."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return str(self)


def _cut(value: object) -> object:
    """A value as it is, or as the beginning of its text where that would not fit into a sentence."""
    if isinstance(value, Path | str) and len(str(value)) > MOST_CHARACTERS:
        return f"{str(value)[:MOST_CHARACTERS]}…"
    if isinstance(value, int) and abs(value) > MOST_NUMBER:
        return _Words(f"a number above {MOST_NUMBER:.0e}" if value > 0 else f"a number below -{MOST_NUMBER:.0e}")
    if isinstance(value, list | dict | tuple):
        return reprlib.repr(value)
    return value


class RunNotFoundError(RunError):
    """No such run, or not the name of one."""

    def __init__(self, run_id: str, folder: Path) -> None:
        """Name what was asked for and where runs are."""
        super().__init__("run-not-found", run=run_id, folder=str(folder))


class BundleError(RunError):
    """A bundle that cannot be used; nothing of it was kept."""


class AlreadyHereError(BundleError):
    """A bundle of a run that is here already, with the same content.

    Attributes:
        run_id: the run.
    """

    def __init__(self, run_id: str) -> None:
        """Name the run."""
        super().__init__("bundle-here", run=run_id)
        self.run_id = run_id


class BrokenRunError(RunError):
    """A run directory whose files cannot be read; nothing was changed in it."""


class NotResumableError(RunError):
    """A run that cannot go on, because it has finished or came without its full state."""


class RefusedCheckpointError(RunError):
    """A checkpoint that is none, or that cannot be trusted."""


def foreign_checkpoint(kind: str) -> RefusedCheckpointError:
    """The error for a file that is something else, one of `FILE_KINDS`."""
    return RefusedCheckpointError("checkpoint-foreign", kind=kind, found=FILE_KINDS[kind])


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
