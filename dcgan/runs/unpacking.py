"""A run as one file: reading it. The file is hostile until proven.

Owns the order of the proof: what kind of file, how many members, their names and sizes, their sums, and only then what
is in them; and that a run appears whole or not at all. Leaves the zip to `archive`, what is right in a member to
`screening`, where it is unpacked to `incoming`, and names and limits to `bundle_format`. Executes nothing and builds no
network.
"""

import errno
import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dcgan.config import Config
from dcgan.runs import files, incoming, screening, values
from dcgan.runs.archive import Archive, Source, open_archive
from dcgan.runs.best import Best
from dcgan.runs.bundle_format import (
    ALWAYS_THERE,
    BEST,
    FORMAT,
    MANIFEST,
    MAX_BYTES,
    MAX_ROWS,
    Manifest,
    Member,
    Progress,
    kind_of,
)
from dcgan.runs.errors import AlreadyHereError, BrokenRunError, BundleError
from dcgan.runs.inspection import MAX_PARAMETERS
from dcgan.runs.labels import Labels
from dcgan.runs.run import Run, RunRecord
from dcgan.runs.status import RunStatus, StatusRecord
from dcgan.runs.store import RUN_ID
from dcgan.runs.trash import Trash

_REWRITTEN = ("run.json", "status.json", "labels.json", "events.jsonl", BEST)  # with what is said of them here


def unpack(
    source: Source, folder: Path, owner: str = "", progress: Progress | None = None, most_bytes: int = MAX_BYTES,
    most_parameters: int = MAX_PARAMETERS, most_rows: int = MAX_ROWS, keeps_id: bool = True,
) -> str:  # fmt: skip
    """Put the run that is in a bundle among the runs; it appears whole or not at all.

    It keeps its id where that is free, also of the deleted ones; else it gets a new one, and the old one as its parent.
    It rests: nothing in a bundle goes on by itself.

    Args:
        source: the bundle: a file, its bytes, or an open one that can seek.
        folder: of runs; made if missing.
        owner: whose run it becomes, as `run.json` holds it.
        progress: told of bytes done and in all.
        most_bytes: what the run may have, unpacked.
        most_parameters: what its networks may have; `OWN_PARAMETERS` where somebody moves a run of their own.
        most_rows: what its history may have; `OWN_ROWS` there.
        keeps_id: False where a stranger brings it in, who could else stand in the place to which another's link leads.

    Returns:
        the run's id here.

    Raises:
        AlreadyHereError: the same run with the same content is this owner's already.
        BundleError: the bundle cannot be used; nothing of it is kept.
        OSError: the folder cannot be written or the disk is full; nothing is left behind.
    """
    folder = folder.absolute()
    with open_archive(source) as archive:
        manifest = _read_manifest(archive, most_bytes)
        folder.mkdir(parents=True, exist_ok=True)
        incoming.remove_leftovers(folder)
        incoming.require_room(folder, sum(member.size for member in manifest.members))
        with incoming.making(folder) as made:
            unpacked = _Unpacked(manifest, archive, made, most_parameters, most_rows)
            unpacked.extract(progress or (lambda done, total: None))
            return unpacked.place(folder, owner, keeps_id)


def _read_manifest(archive: Archive, most_bytes: int) -> Manifest:
    """The list of a bundle, which is that of its members and within all limits."""
    content = archive.read_whole(MANIFEST)
    manifest = screening.read_model(MANIFEST, content, Manifest)
    if manifest.format != FORMAT:
        raise BundleError("bundle-format", member=MANIFEST, found=manifest.format, known=FORMAT)
    if not RUN_ID.fullmatch(manifest.run):
        raise BundleError("bundle-run-id", found=manifest.run)
    listed = {member.name: member for member in manifest.members}
    if len(listed) < len(manifest.members):
        raise BundleError("bundle-json", member=MANIFEST, field="members", reason="a name stands there twice")
    there = {*archive.sizes} - {MANIFEST}
    for name in sorted({*listed, *ALWAYS_THERE} - {MANIFEST} - there):
        raise BundleError("bundle-missing", member=name)
    for name in sorted(there - {*listed}):
        raise BundleError("bundle-extra", member=name)
    for name, member in listed.items():
        if archive.sizes[name] != member.size:
            raise BundleError("bundle-sum", member=name)
    screening.require_size(manifest.run, sum(archive.sizes.values()), most_bytes)
    for name in sorted(there):
        if (other := _other_half(name)) is not None and other not in there:
            raise BundleError("bundle-missing", member=other)
    return manifest


class _Unpacked:
    """A run that is being unpacked into a folder of its own. Not thread-safe."""

    record: RunRecord
    config: Config
    status: StatusRecord
    labels = Labels()
    best: Best | None = None

    def __init__(
        self, manifest: Manifest, archive: Archive, folder: Path, most_parameters: int, most_rows: int
    ) -> None:
        self.manifest, self.folder = manifest, folder
        self._archive, self._most_parameters, self._most_rows = archive, most_parameters, most_rows

    def extract(self, progress: Progress) -> None:
        """Write and judge all members: first those that say what the others must be."""
        total, done = sum(member.size for member in self.manifest.members), 0
        for name in ("samples", "checkpoints"):
            (self.folder / name).mkdir()
        for member in sorted(self.manifest.members, key=lambda member: (member.name != "run.json", member.name)):
            if member.name.endswith(".safetensors"):
                most = screening.most_checkpoint_bytes(member.name, self.config)
                screening.require_size(member.name, member.size, most)
            self._write(member, lambda size, done=done: progress(done + size, total))  # type: ignore[misc]
            self._judge(member.name)
            done += member.size

    def place(self, folder: Path, owner: str, keeps_id: bool) -> str:
        """Make it one of the runs, under its own id or a new one; returns the id.

        Raises:
            AlreadyHereError: this owner has it already.
        """
        run_id, parent = self.manifest.run, self.record.parent
        beginning = run_id[:-16]  # which a new id keeps, too
        for known in sorted(folder.glob(f"{beginning}*")):
            if _is_same(Run(known), self.manifest, self.config, owner):
                raise AlreadyHereError(known.name)
        if not keeps_id or (folder / run_id).exists() or Trash(folder).find(run_id) is not None:
            run_id, parent = f"{beginning}{secrets.token_hex(8)}", run_id
        self._settle(owner, parent)
        for path in (self.folder / "samples", self.folder / "checkpoints", self.folder):
            files.sync_folder(path)
        try:
            self.folder.rename(folder / run_id)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            return self.place(folder, owner, keeps_id)  # another import of this id was faster
        files.sync_folder(folder)
        return run_id

    def _settle(self, owner: str, parent: str | None) -> None:
        """Write what is said of the run here; unknown keys stay outside."""
        run, config, thin = Run(self.folder), self.config, self.manifest.thin
        record = self.record.model_copy(update={"owner": owner, "parent": parent, "thin": thin})
        files.write_json(self.folder / "run.json", record.model_dump(mode="json", exclude_none=True))
        (self.folder / "labels.json").unlink(missing_ok=True)
        if self.labels != Labels():
            run.relabel(**self.labels.model_dump())
        best = None if self.best is None else self.best.model_dump(mode="json")
        if best is not None:
            files.write_json(self.folder / BEST, best)
        run.append_event("imported", step=self.manifest.step, run=self.manifest.run)
        known: dict[str, Any] = {
            "epochs": config.training.epochs,
            "preset": config.preset,
            "dataset": config.data.dataset,
        }
        if (
            thin and self.status.changed(thin=False).can_resume
        ):  # it cannot, and whatever ended it can be mended here by nobody
            known |= {"status": RunStatus.STOPPED, "error": None}
        known |= {"owner": owner, "thin": thin, "best": best, "bytes": run.size()}
        run.write_status(self.status.model_copy(update=known))

    def _write(self, member: Member, tell: Callable[[int], None]) -> None:
        digest, size = hashlib.sha256(), 0
        with (self.folder / member.name).open("xb") as file:
            for chunk in self._archive.read(member.name):
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                tell(size)
            file.flush()
            os.fsync(file.fileno())
        if size != member.size or digest.hexdigest() != member.sha256:
            raise BundleError("bundle-sum", member=member.name)

    def _judge(self, name: str) -> None:
        """Judge what a member holds; `run.json` comes first, since it says what the others must be."""
        path, kind = self.folder / name, kind_of(name)
        assert kind is not None  # the archive has judged the names
        match kind.name:
            case "record":
                self.record, self.config = screening.read_record(name, path.read_bytes(), self._most_parameters)
            case "status":
                self.status = screening.read_status(name, path.read_bytes())
            case "labels":
                self.labels = screening.read_labels(name, path.read_bytes())
            case "metrics":
                screening.check_rows(name, path, self._most_rows)
            case "events":
                screening.check_lines(name, path, values.read_event, "bundle-event")
            case "facts":
                screening.check_facts(name, path.read_bytes(), self.config)
            case "picture":
                screening.check_picture(name, path.read_bytes(), self.config)
            case "state" | "generator":
                screening.check_checkpoint(name, path.read_bytes(), self.config)
            case "best":
                self.best = screening.read_best_file(name, path.read_bytes(), self._archive.sizes)
            case "manifest":
                raise AssertionError("the list is not on the list")


def _other_half(name: str) -> str | None:
    """The file without which a grid is half: its facts for a picture, its picture for facts."""
    if not name.startswith("samples/"):
        return None
    return f"{name[:-4]}.json" if name.endswith(".png") else f"{name[:-5]}.png"


def _is_same(run: Run, manifest: Manifest, config: Config, owner: str) -> bool:
    """Whether a run here is this owner's and holds what a bundle holds; with the same rows it has nothing newer."""
    if not RUN_ID.fullmatch(run.run_id):
        return False
    listed = {member.name: member for member in manifest.members if member.name not in _REWRITTEN}
    try:
        record = run.record()
        if (record.owner, record.thin, run.config()) != (owner, manifest.thin, config):
            return False
        if manifest.run not in (run.run_id, record.parent):
            return False
        return all(_sum(run.run_dir / name) == member.sha256 for name, member in listed.items())
    except (BrokenRunError, OSError):
        return False


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
