"""A run as one file: writing it.

Owns the file: its order, its list, its bytes. Leaves what of a run goes out to `snapshot`, what may stand in a bundle
to `bundle_format`, and reading one to `unpacking`.
"""

import hashlib
import json
import os
import secrets
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import dcgan
from dcgan.runs import bundle_format, files
from dcgan.runs.bundle_format import MANIFEST, MAX_BYTES, Progress, most_bytes
from dcgan.runs.errors import RunNotFoundError
from dcgan.runs.run import Run
from dcgan.runs.screening import require_size
from dcgan.runs.snapshot import Snapshot

_FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)  # a zip's: the same run gives the same bytes
_PLAIN_FILE = 0o100644 << 16
_SMALLER_PACKED = (".json", ".jsonl")  # pictures and weights are not


@dataclass(frozen=True)
class BundleFacts:
    """What was written.

    Attributes:
        run_id: of which run.
        step: how far it had come in what was written.
        members: the files in the bundle, its list included.
        bytes: the bundle's size.
        thin: whether it is for looking at, and not for going on.
        left_out: files of the run that are damaged.
    """

    run_id: str
    step: int
    members: int
    bytes: int
    thin: bool
    left_out: tuple[str, ...]


def bundle_name(run_id: str) -> str:
    """Return what a run's bundle is called."""
    return f"{run_id}{bundle_format.SUFFIX}"


def export_run(
    run: Run, out: Path | BinaryIO, thin: bool = False, progress: Progress | None = None, limit: int | None = None
) -> BundleFacts:
    """Write a run as one file; one that goes on is written as it stood at its last checkpoint.

    Args:
        run: which, in any state; nothing in it is changed.
        out: a file, which appears whole or not at all; or an open one that can seek.
        thin: only what is needed for looking at it and generating from it.
        progress: told of bytes done and in all.
        limit: bytes of the bundle; of a larger run as many grids and generators go as `packing` finds room for.

    Raises:
        BrokenRunError: the run's settings or its status cannot be read.
        BundleError: the run, or its networks, are larger than a bundle may be; or what always goes is beyond the limit.
        RunNotFoundError: the run was deleted meanwhile.
        OSError: the file cannot be written; an old one still stands.
    """
    if not isinstance(out, Path):
        return _write(Snapshot(run, thin, limit), out, progress, limit)
    unfinished = out.with_name(f"{files.TEMPORARY}{out.name}-{secrets.token_hex(4)}")
    try:
        with unfinished.open("xb") as file:
            facts = _write(Snapshot(run, thin, limit), file, progress, limit)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(out)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    files.sync_folder(out.absolute().parent)
    return facts


def _write(snapshot: Snapshot, file: BinaryIO, progress: Progress | None, limit: int | None = None) -> BundleFacts:
    """Write all members in the order of their names, then the list of them."""
    began, tell = file.tell(), progress or (lambda done, total: None)
    listed, left_out = list[dict[str, Any]](), list[str]()
    sources = snapshot.sources()
    done, total = 0, sum(source.size for source in sources.values())
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(sources):
            chunks = sources[name].read()
            _require_there(snapshot.run)
            if chunks is None:
                left_out.append(name)
                continue
            size, digest, most = 0, hashlib.sha256(), most_bytes(name)
            with archive.open(_describe(name), "w") as member:
                for chunk in chunks:
                    member.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                    require_size(name, size, most)
                    require_size(snapshot.run.run_id, done + size, MAX_BYTES)
                    tell(min(done + size, total), total)
                    require_size(snapshot.run.run_id, file.tell() - began, limit or MAX_BYTES)
            _require_there(snapshot.run)
            done += size
            listed.append({"name": name, "size": size, "sha256": digest.hexdigest()})
        archive.writestr(_describe(MANIFEST), _to_manifest(snapshot, listed))
    tell(total, total)
    size = file.tell() - began
    return BundleFacts(snapshot.run.run_id, snapshot.step, len(listed) + 1, size, snapshot.thin, tuple(left_out))


def _require_there(run: Run) -> None:
    """Refuse to go on once the run was deleted: its files would seem damaged, and be left out one by one."""
    if not run.run_dir.is_dir():
        raise RunNotFoundError(run.run_id, run.run_dir.parent)


def _to_manifest(snapshot: Snapshot, listed: list[dict[str, Any]]) -> bytes:
    facts = {"format": bundle_format.FORMAT, "run": snapshot.run.run_id, "thin": snapshot.thin, "step": snapshot.step}
    manifest = {**facts, "version": dcgan.__version__, "members": listed}
    return (json.dumps(manifest, indent=1) + "\n").encode()


def _describe(name: str) -> zipfile.ZipInfo:
    """A member without time, owner or rights of its own."""
    info = zipfile.ZipInfo(name, _FIRST_MOMENT)
    info.create_system, info.external_attr = 3, _PLAIN_FILE
    info.compress_type = zipfile.ZIP_DEFLATED if name.endswith(_SMALLER_PACKED) else zipfile.ZIP_STORED
    return info
