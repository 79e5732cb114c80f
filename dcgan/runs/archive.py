"""The zip of a bundle, before anything in it is believed.

Owns what a zip may be: which kind of file, how many members, their names, kinds and sizes, and that no more bytes come
out of one than it says. Leaves what the members hold to `unpacking`.
"""

import contextlib
import errno
import io
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from dcgan.runs.bundle_format import CHUNK_BYTES, MANIFEST, MAX_MEMBERS, MAX_RATIO, MIB, kind_of
from dcgan.runs.errors import FILE_KINDS, BundleError
from dcgan.runs.header import recognise
from dcgan.runs.screening import require_size

Source = Path | bytes | BinaryIO

_ENTRY_BYTES = 160  # of a member in the zip's own list: 46, and a name
_LOCATOR_BYTES, _END_BYTES = 20, 22
_ENCRYPTED, _TYPE, _PLAIN_FILE = 0x1, 0o170000, 0o100000
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, RuntimeError, ValueError,
    OverflowError,
)  # fmt: skip


class Archive:
    """An open bundle whose members have right names and sizes. Not thread-safe.

    Attributes:
        sizes: bytes of each member, unpacked, as the zip says; what is read is held to it.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Take a zip whose members have been judged."""
        self._archive = archive
        self.sizes: Mapping[str, int] = {info.filename: info.file_size for info in archive.infolist()}

    def read(self, name: str) -> Iterator[bytes]:
        """Yield a member's bytes in chunks, and never more of them than the zip says.

        Raises:
            BundleError: it is damaged, or has more bytes than it says.
        """
        left = self.sizes[name]
        try:
            with self._archive.open(name) as member:
                while chunk := member.read(min(CHUNK_BYTES, left + 1)):
                    left -= len(chunk)
                    if left < 0:
                        raise BundleError("bundle-sum", member=name)
                    yield chunk
        except BundleError:
            raise
        except _DAMAGED:
            raise BundleError("bundle-damaged", member=name) from None

    def read_whole(self, name: str) -> bytes:
        """Return a small member.

        Raises:
            BundleError: as `read`, or it is missing.
        """
        if name not in self.sizes:
            raise BundleError("bundle-missing", member=name)
        return b"".join(self.read(name))


@contextlib.contextmanager
def open_archive(source: Source) -> Iterator[Archive]:
    """Open a bundle, of which nothing is unpacked yet.

    Raises:
        BundleError: not a zip, too many members, or one with a name, kind or size that no bundle has.
        OSError: the file cannot be read.
    """
    with contextlib.ExitStack() as stack:
        file, shown = _open(source, stack)
        beginning = _require_bundle(file, shown)
        try:
            archive = stack.enter_context(zipfile.ZipFile(file))
            names = {member.orig_filename for member in archive.infolist()}
        except (*_DAMAGED, OSError) as error:
            if isinstance(error, OSError) and error.errno != errno.EINVAL:  # a place before the file's beginning
                raise
            raise BundleError("bundle-damaged", member=shown) from None
        if MANIFEST not in names:
            raise _foreign(shown, beginning)
        _judge_members(archive.infolist(), shown, file.seek(0, io.SEEK_END))
        yield Archive(archive)


def _open(source: Source, stack: contextlib.ExitStack) -> tuple[BinaryIO, str]:
    """The source as an open file, and what it is called."""
    if isinstance(source, Path):
        return stack.enter_context(source.open("rb")), source.name[:80]
    if isinstance(source, bytes):
        return io.BytesIO(source), "the file"
    return source, Path(str(getattr(source, "name", "the file"))).name[:80]


def _require_bundle(file: BinaryIO, shown: str) -> bytes:
    """Refuse what is no zip, or one with a list so long that reading it would be the attack; returns its beginning."""
    file.seek(0)
    beginning = file.read(64)
    if not beginning.startswith(b"PK"):
        raise _foreign(shown, beginning)
    end = file.seek(0, io.SEEK_END)
    file.seek(max(0, end - _LOCATOR_BYTES - _END_BYTES))
    locator, record = file.read(_LOCATOR_BYTES), file.read(_END_BYTES)
    # The last record of a zip without a comment, as bundles are; before it nothing that says where a longer one stands.
    if len(record) < _END_BYTES or not record.startswith(b"PK\x05\x06") or locator.startswith(b"PK\x06\x07"):
        raise BundleError("bundle-damaged", member=shown)
    count, list_bytes = struct.unpack("<HI", record[10:16])
    if count > MAX_MEMBERS or list_bytes > MAX_MEMBERS * _ENTRY_BYTES:
        raise BundleError("bundle-members", count=max(count, list_bytes // _ENTRY_BYTES), most=MAX_MEMBERS)
    return beginning


def _judge_members(members: Sequence[zipfile.ZipInfo], shown: str, file_bytes: int) -> None:
    """Refuse a zip that says of a member what no bundle says; first what it is, by the names in it."""
    if len(members) > MAX_MEMBERS:
        raise BundleError("bundle-members", count=len(members), most=MAX_MEMBERS)
    names = [member.orig_filename for member in members]
    for member in members:
        _judge_member(member)
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise BundleError("bundle-twice", member=twice)
    outside = any(not 0 <= member.header_offset < file_bytes for member in members)
    if outside or sum(member.compress_size for member in members) > file_bytes:  # one piece would be many members
        raise BundleError("bundle-damaged", member=shown)


def _judge_member(member: zipfile.ZipInfo) -> None:
    name = member.orig_filename  # as it stands there: `filename` is cut and turned to fit this system
    kind = kind_of(name)
    if kind is None or name != member.filename:
        raise BundleError("bundle-name", member=name[:80])
    if member.flag_bits & _ENCRYPTED:
        raise BundleError("bundle-encrypted", member=name)
    plain = (member.external_attr >> 16) & _TYPE in (0, _PLAIN_FILE)
    if not plain or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BundleError("bundle-not-plain", member=name)
    require_size(name, member.file_size, kind.most_bytes)
    if member.file_size > max(MIB, MAX_RATIO * member.compress_size):
        ratio = member.file_size // max(1, member.compress_size)
        raise BundleError("bundle-ratio", member=name, ratio=ratio, most=MAX_RATIO)


def _foreign(shown: str, beginning: bytes) -> BundleError:
    """The error for a file that is something else."""
    kind = recognise(beginning)
    if not kind and beginning[8:9] == b"{" and beginning[5:8] == bytes(3):  # a length, and a header of JSON
        kind = "checkpoint"
    if not kind and all(byte >= 32 or byte in b"\t\r\n" for byte in beginning):
        kind = "text"
    kind = kind or "unknown"
    return BundleError("bundle-not-one", file=shown, kind=kind, found=FILE_KINDS[kind])
