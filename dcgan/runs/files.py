"""Files that survive a kill: whole or not at all, and logs whose last line may be torn.

Owns how bytes reach the disk. Leaves what they mean to `store` and `checkpoints`.
"""

import contextlib
import errno
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]

TEMPORARY = ".tmp-"  # begins the name of every file that is not finished
_CANNOT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES)  # folders, on some network disks and systems


def write_atomic(path: Path, content: bytes) -> None:
    """Put `content` at `path` so that a reader sees the old file or the new one, also after a power cut.

    Raises:
        OSError: the disk is full or not writable; the old file still stands and nothing is left behind.
    """
    unfinished = path.with_name(f"{TEMPORARY}{path.name}-{secrets.token_hex(4)}")  # readable as the umask says
    try:
        with unfinished.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_json(path: Path, tree: object) -> None:
    """Write a JSON tree that a person can read, atomically."""
    write_atomic(path, (json.dumps(tree, indent=1, ensure_ascii=False) + "\n").encode(errors="replace"))


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder durable, where the system can."""
    if os.name == "nt":  # Windows has no directory handles to sync
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise


def append_rows(path: Path, rows: Iterable[Row], *, durable: bool = False) -> None:
    """Append one JSON row a line in a single write; mends a torn last line by ending it.

    Args:
        path: the file; made if missing.
        rows: JSON objects.
        durable: also wait until the disk has them.
    """
    text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    with path.open("ab+") as file:
        if file.tell() > 0:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                text = "\n" + text
        file.write(text.encode(errors="replace"))  # a path may hold bytes that are no text
        file.flush()
        if durable:
            os.fsync(file.fileno())


def read_rows(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Return the rows that begin at or after a byte offset, and the offset at which to go on.

    A torn last line is left for later; a line that is not a JSON object is passed over. A missing file has no rows.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            content = file.read()
    except FileNotFoundError:
        return [], 0
    rows, length = parse_rows(content)
    return rows, offset + length


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the whole lines of a file, with their ends; a missing file has none."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line


def parse_rows(content: bytes) -> tuple[list[dict[str, Any]], int]:
    """Return the rows of the whole lines in some bytes, and the number of bytes that these lines take."""
    end = content.rfind(b"\n") + 1
    return [row for line in content[:end].splitlines() if (row := _parse(line)) is not None], end


def replace_rows(path: Path, rows: Sequence[Row]) -> None:
    """Rewrite a whole file of rows, atomically."""
    text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    write_atomic(path, text.encode(errors="replace"))


def remove_leftovers(folder: Path) -> None:
    """Delete the unfinished files that a killed writer left; only the holder of the run's lock may."""
    for path in folder.glob(f"{TEMPORARY}*"):
        path.unlink(missing_ok=True)


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
