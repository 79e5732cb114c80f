"""The owner's own words about a run, as `labels.json` holds them: name, notes, tags, star, pinned checkpoints.

Owns what may be written there and a lock of its own: words are written while a worker holds the run's lock. Leaves who
may write them to the caller. All of it is text from people: whoever shows it shows it as text.
"""

import contextlib
import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypedDict

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dcgan.runs import files, locks
from dcgan.runs.errors import RunError

FILE = "labels.json"
NAME_LENGTH, NOTES_LENGTH = 500, 10_000
TAGS, TAG_LENGTH = 20, 40
MOST_BYTES = 1_000_000  # of a file from outside; ours has 65 kB at most
LOCK_SECONDS = 5.0  # others write for moments only

_SEEN = "LNPS"  # letters, numbers, punctuation, symbols

_Tag = Annotated[str, Field(max_length=TAG_LENGTH)]
_Step = Annotated[int, Field(ge=0, le=10**12)]


class Labels(BaseModel):
    """What a run's owner says of it; all empty for a run that nobody has said anything of."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Annotated[str, Field(max_length=NAME_LENGTH)] = ""
    notes: Annotated[str, Field(max_length=NOTES_LENGTH)] = ""
    tags: Annotated[tuple[_Tag, ...], Field(max_length=TAGS)] = ()
    star: bool = False
    pinned: Annotated[tuple[_Step, ...], Field(max_length=1000)] = ()  # steps whose checkpoints are kept


class LabelChanges(TypedDict, total=False):
    """What `write_labels` may be told; what is not named stays as it is."""

    name: str
    notes: str
    tags: Sequence[str]
    star: bool
    pinned: Sequence[int]


class LabelError(RunError):
    """Words that are too long, or too many."""


def read_labels(run_dir: Path) -> Labels:
    """Return a run's labels; what is missing or cannot be read is empty, for a run is more than its name."""
    return _to_labels(_read_tree(run_dir / FILE) or {})


def write_labels(run_dir: Path, changes: LabelChanges) -> Labels:
    """Change some labels and return them all; two writers do not lose each other's.

    A file that was not ours to read is put aside as `labels.json.broken`; keys that are not known are kept.

    Raises:
        LabelError: a name, notes or tags beyond their limits; nothing was changed.
        BrokenRunError: the run's folder is gone.
        OSError: the folder cannot be written; nothing was changed.
    """
    cleaned = _clean(changes)
    with locks.hold(run_dir, locks.LABELS, LOCK_SECONDS):
        path = run_dir / FILE
        tree = _read_tree(path)
        if tree is None:
            with contextlib.suppress(FileNotFoundError):
                path.replace(path.with_name(f"{FILE}.broken"))
        tree = {**(tree or {}), **cleaned}
        try:
            files.write_json(path, tree)
        except FileNotFoundError:  # deleted at this moment
            locks.require(run_dir)
            raise
    return _to_labels(tree)


def _read_tree(path: Path) -> dict[str, Any] | None:
    """What the file holds, or None where it is missing or not a JSON object."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        tree = json.loads(content) if len(content) <= MOST_BYTES else None
    except (OSError, ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def _to_labels(tree: dict[str, Any]) -> Labels:
    """The labels in a tree; one that cannot be used leaves the others as they are."""
    try:
        return Labels.model_validate(tree)
    except ValidationError as error:
        wrong = {problem["loc"][0] for problem in error.errors()}
        return Labels.model_validate({name: value for name, value in tree.items() if name not in wrong})


def _is_seen(words: str) -> bool:
    """Whether anybody sees a name or a tag: there are letters without a picture."""
    return any(unicodedata.category(letter)[0] in _SEEN for letter in words)


def _clean(changes: LabelChanges) -> dict[str, Any]:
    """The changes as they are kept: a name is one line, a tag stands once, nothing holds control characters."""
    cleaned: dict[str, Any] = dict(changes)
    if "name" in changes:
        cleaned["name"] = _one_line(changes["name"])
        cleaned["name"] = cleaned["name"] if _is_seen(cleaned["name"]) else ""
        _limit("label-name", len(cleaned["name"]), NAME_LENGTH)
    if "notes" in changes:
        cleaned["notes"] = _text(changes["notes"].replace("\r\n", "\n")).strip()
        _limit("label-notes", len(cleaned["notes"]), NOTES_LENGTH)
    if "tags" in changes:
        tags = dict.fromkeys(tag for words in changes["tags"] if _is_seen(tag := _one_line(words)))
        if len(tags) > TAGS or any(len(tag) > TAG_LENGTH for tag in tags):
            raise LabelError("label-tags", most=TAGS, longest=TAG_LENGTH)
        cleaned["tags"] = list(tags)
    if "pinned" in changes:
        cleaned["pinned"] = sorted(set(changes["pinned"]))
    Labels.model_validate(cleaned)  # what is wrong now is wrong with the caller
    return cleaned


def _one_line(words: str) -> str:
    return " ".join(_text(words).split())


def _text(words: str) -> str:
    """The words without control characters, but for line ends and tabs, and without halves of characters."""
    kept = (letter for letter in words if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
    return "".join(kept)


def _limit(code: str, given: int, most: int) -> None:
    if given > most:
        raise LabelError(code, given=given, most=most)
