"""Bundles that nobody should import, each with the code of the error that it must get.

`make_all(folder)` writes them; `python tests/hostile_bundles.py FOLDER`, with the project and `tests` on Python's path,
writes them for whoever wants to try them on a page. Each differs from a right bundle in one thing, and none is large.
"""

import hashlib
import io
import json
import pickle
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from bundle_runs import make_trained_run
from dcgan.data import images
from dcgan.runs.bundle import export_run
from dcgan.runs.checkpoints import from_bytes, to_bytes
from dcgan.runs.store import RunStore
from fake_runs import judge_run

Members = dict[str, bytes]
LONG = b"9" * 4000  # an integer that Python reads, and that fits into no float
GENERATOR, STATE = "checkpoints/000020.generator.safetensors", "checkpoints/000040.safetensors"
BEST = "checkpoints/best.json"
PICTURE, FACTS = "samples/000020.png", "samples/000020.json"


def right_members(folder: Path) -> tuple[Members, dict[str, Any]]:
    """The members of a right bundle, and its list."""
    buffer = io.BytesIO()
    run = make_trained_run(RunStore(folder))
    judge_run(run, {20: 12.5, 40: 30.0})
    export_run(run, buffer)
    with zipfile.ZipFile(buffer) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return members, json.loads(members.pop("bundle.json"))


def pack(members: Mapping[str, bytes], manifest: Mapping[str, Any] | bytes, listed: bool = True) -> bytes:
    """A zip of members; the list is made of them, unless it is to stay as it is given."""
    if listed and isinstance(manifest, Mapping):
        rows = [
            {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in members.items()
        ]
        manifest = {**manifest, "members": rows}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        text = manifest if isinstance(manifest, bytes) else json.dumps(manifest)
        archive.writestr("bundle.json", text, zipfile.ZIP_STORED)
    return buffer.getvalue()


def make_all(folder: Path) -> dict[str, tuple[Path, str]]:
    """Write all of them; returns file and error code by name."""
    made = {}
    with tempfile.TemporaryDirectory() as runs:
        members, manifest = right_members(Path(runs))
    for name, code, content in list_all(members, manifest):
        assert name not in made, name
        path = folder / f"{name}.dcgan"
        path.write_bytes(content)
        made[name] = (path, code)
    return made


def list_all(members: Members, manifest: dict[str, Any]) -> Iterator[tuple[str, str, bytes]]:
    """Name, code and bytes of each."""
    yield from _other_files(members)
    yield from _broken_zips(pack(members, manifest))
    yield from _bombs(members, manifest)
    yield from _strange_members(members, manifest)
    yield from _strange_lists(members, manifest)
    for name, code, member, content in _strange_contents(members):
        yield name, code, pack({**members, member: content}, manifest)


def _other_files(members: Members) -> Iterator[tuple[str, str, bytes]]:
    """What people take for a bundle."""
    yield "empty", "bundle-not-one", b""
    yield "keras-h5", "bundle-not-one", b"\x89HDF\r\n\x1a\n" + bytes(100)
    yield "pickle", "bundle-not-one", pickle.dumps({"weights": [1.0] * 100})
    yield "picture", "bundle-not-one", members[PICTURE]
    yield "text", "bundle-not-one", b"a run, I promise\n" * 10
    yield "checkpoint", "bundle-not-one", members[GENERATOR]
    yield "numpy", "bundle-not-one", b"\x93NUMPY\x01\x00" + bytes(100)
    yield "noise", "bundle-not-one", bytes(range(256))[::-1] * 4
    for name, inside in (("keras", "model.weights.h5"), ("pytorch", "archive/data.pkl"), ("other-zip", "holiday.txt")):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(inside, b"x")
        yield name, "bundle-not-one", buffer.getvalue()


def _broken_zips(right: bytes) -> Iterator[tuple[str, str, bytes]]:
    yield "cut-off", "bundle-damaged", right[: len(right) // 2]
    yield "beginning-alone", "bundle-damaged", b"PK\x03\x04"
    yield "something-behind", "bundle-damaged", right + b"#!/bin/sh\n"
    yield "something-before", "bundle-not-one", b"#!/bin/sh\n" + right
    at = right.index(b"d_loss") if b"d_loss" in right else 200
    yield "a-byte-changed", "bundle-damaged", right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :]
    yield "encrypted", "bundle-encrypted", _patch(right, 6, 8, lambda flags: flags | 0x1)
    yield "unknown-packing", "bundle-not-plain", _patch(right, 8, 10, lambda _: 99)
    # A longer end record that says where another list stands.
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, 0, 1)
    yield "second-list", "bundle-damaged", right[:-22] + locator + right[-22:]
    yield "list-outside", "bundle-damaged", right[:-6] + struct.pack("<I", 2**31) + right[-2:]


def _patch(content: bytes, local: int, central: int, change: Callable[[int], int]) -> bytes:
    """Change a number of two bytes in the header of every member."""
    changed = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        place = changed.find(mark)
        while place >= 0:
            (number,) = struct.unpack_from("<H", changed, place + offset)
            struct.pack_into("<H", changed, place + offset, change(number))
            place = changed.find(mark, place + 4)
    return bytes(changed)


def _bombs(members: Members, manifest: dict[str, Any]) -> Iterator[tuple[str, str, bytes]]:
    """Much out of little."""
    zeros = bytes(48 * 2**20)
    yield "bomb-of-rows", "bundle-ratio", pack({**members, "metrics.jsonl": zeros}, manifest)
    yield "bomb-of-weights", "bundle-ratio", pack({**members, STATE: zeros}, manifest)
    yield "bomb-of-settings", "bundle-too-large", pack({**members, "run.json": zeros}, manifest)
    inner = pack({"a": zeros}, b"")
    yield "bomb-in-a-bomb", "bundle-row", pack({**members, "metrics.jsonl": inner}, manifest)
    lie = _lie_about_size(pack({**members, "metrics.jsonl": zeros}, manifest), 400_000)
    yield "bomb-that-lies", "bundle-sum", lie
    rows = [{**row, "size": 400_000} if row["name"] == "metrics.jsonl" else row for row in manifest["members"]]
    lie = pack({**members, "metrics.jsonl": zeros}, {**manifest, "members": rows}, listed=False)
    yield "bomb-that-lies-twice", "bundle-damaged", _lie_about_size(lie, 400_000)
    yield "members-that-overlap", "bundle-damaged", _overlap(500, manifest)
    yield "100000-entries", "bundle-members", _many_entries(100_000)
    row = b'{"step":1,"d_loss":' + b"1" * 9000 + b"}\n"
    yield "an-endless-line", "bundle-row", pack({**members, "metrics.jsonl": row * 20}, manifest)


def _lie_about_size(content: bytes, size: int) -> bytes:
    """Say of the largest member that it is smaller."""
    changed = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = changed.find(mark)
        while place >= 0:
            if struct.unpack_from("<I", changed, place + offset)[0] > 2**24:
                struct.pack_into("<I", changed, place + offset, size)
            place = changed.find(mark, place + 4)
    return bytes(changed)


def _overlap(count: int, manifest: dict[str, Any]) -> bytes:
    """Many names for one piece of the file: each unpacks to a megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(bytes(2**20)) + packer.flush()
    names = [f"samples/{step:06d}.png".encode() for step in range(count)] + [b"bundle.json"]
    facts = (0, 0, 0, zlib.crc32(bytes(2**20)), len(data), 2**20)
    local = struct.pack("<4s3H2H3I2H", b"PK\x03\x04", 20, 0, 8, *facts[:2], *facts[3:], len(names[0]), 0)
    content = local + names[0] + data
    entries = b"".join(
        struct.pack("<4s4H2H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, *facts[:2], *facts[3:], len(name), 0, 0, 0, 0, 0, 0)
        + name
        for name in names
    )
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(names), len(names), len(entries), len(content), 0)
    return content + entries + end


def _many_entries(count: int) -> bytes:
    """Entries without content; the form for so many of them says 65,535 in its short record."""
    entry = struct.pack("<4s4H2H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0) + b"run.json"
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 65_535, 65_535, len(entry) * count, 4, 0)
    return b"PK\x03\x04" + entry * count + end


def _strange_members(members: Members, manifest: dict[str, Any]) -> Iterator[tuple[str, str, bytes]]:
    """Names and kinds that no member has."""
    for name, member in {
        "parent-folder": "../outside.json",
        "parent-folder-within": "samples/../../outside.json",
        "absolute": "/tmp/outside.json",
        "backslashes": "..\\outside.json",
        "drive": "C:\\outside.json",
        "control-characters": "samples/0000\x1b[2J20.png",
        "line-end": "run.json\n",
        "other-case": "Run.json",
        "script": "evil.py",
        "dot-file": ".bashrc",
        "lock": "lock",
        "step-twice": "samples/0000020.png",
        "best-elsewhere": "best.json",
        "best-of-another": "checkpoints/best.json.bak",
        "turned-text": "samples/000020\u202egnp.png",
        "long-name": "x" * 5000,
    }.items():
        yield f"name-{name}", "bundle-name", pack({**members, member: b"x"}, manifest)
    yield "extra", "bundle-extra", _append(pack(members, manifest), "samples/000030.png", b"x")
    yield "twice", "bundle-twice", _append(pack(members, manifest), "status.json", b"{}")
    link = zipfile.ZipInfo("samples/000030.png")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    yield "link", "bundle-not-plain", _append(pack(members, manifest), link, b"/etc/passwd")
    device = zipfile.ZipInfo("samples/000030.png")
    device.create_system, device.external_attr = 3, 0o060666 << 16
    yield "device", "bundle-not-plain", _append(pack(members, manifest), device, b"")
    yield "folder", "bundle-name", _append(pack(members, manifest), "samples/", b"")
    null = pack({**members, "samples/000030.pngXevil": b"x"}, manifest).replace(b".pngXevil", b".png\x00evil")
    yield "name-null", "bundle-name", null
    for missing in ("run.json", "status.json", "metrics.jsonl", FACTS, PICTURE):
        rest = {name: content for name, content in members.items() if name != missing}
        yield f"missing-{missing.replace('/', '-')}", "bundle-missing", pack(rest, manifest)
    rest = {name: content for name, content in members.items() if name != GENERATOR}
    yield "listed-but-missing", "bundle-missing", pack(rest, manifest, listed=False)


def _append(content: bytes, member: str | zipfile.ZipInfo, data: bytes) -> bytes:
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive._didModify = True  # type: ignore[attr-defined]
        archive.NameToInfo.clear()  # a name that is there already is no reason to warn
        archive.writestr(member, data)
    return buffer.getvalue()


def _strange_lists(members: Members, manifest: dict[str, Any]) -> Iterator[tuple[str, str, bytes]]:
    """Lists of members that are none, or not those of their bundle."""
    right = [dict(member) for member in manifest["members"]]

    def changed(place: int, **values: Any) -> bytes:
        rows = [row | values if index == place else row for index, row in enumerate(right)]
        return pack(members, {**manifest, "members": rows}, listed=False)

    yield "wrong-sum", "bundle-sum", changed(3, sha256="0" * 64)
    yield "wrong-size", "bundle-sum", changed(3, size=right[3]["size"] + 1)
    yield "negative-size", "bundle-json", changed(3, size=-1)
    yield "listed-twice", "bundle-json", pack(members, {**manifest, "members": [*right, right[0]]}, listed=False)
    yield "list-no-json", "bundle-json", pack(members, b"{torn")
    yield "list-deep", "bundle-json", pack(members, b"[" * 1_000_000)
    yield "list-deep-object", "bundle-json", pack(members, b'{"a":' * 300_000)
    yield "list-huge", "bundle-too-large", pack(members, b" " * (3 * 2**20))
    yield "list-of-empty-lists", "bundle-json", pack(members, b"[" + b"[]," * 650_000 + b"[]]")
    yield "list-of-texts", "bundle-json", pack(members, {**manifest, "members": ["run.json"]}, listed=False)
    many = [{"name": f"samples/{step:06d}.png", "size": 0, "sha256": "0" * 64} for step in range(14_000)]
    yield "list-long", "bundle-json", pack(members, {**manifest, "members": many}, listed=False)
    yield "list-format", "bundle-format", pack(members, {**manifest, "format": 2})
    for name, run in {
        "path": "../../x",
        "empty": "",
        "upper": manifest["run"].upper(),
        "end": manifest["run"] + "\n",
    }.items():
        yield f"run-id-{name}", "bundle-run-id", pack(members, {**manifest, "run": run})


def _strange_contents(members: Members) -> Iterator[tuple[str, str, str, bytes]]:
    """Members with right names and sums, and wrong inside: name, code, member, bytes."""
    yield from _strange_json(members)
    yield from _strange_bests(members)
    yield from _strange_pictures(members)
    yield from _strange_checkpoints(members)


def _strange_json(members: Members) -> Iterator[tuple[str, str, str, bytes]]:
    record, status = json.loads(members["run.json"]), json.loads(members["status.json"])

    def config(**sections: Any) -> bytes:
        return json.dumps({**record, "config": {**record["config"], **sections}}).encode()

    largest = {"latent_dim": 1024, "base_filters": 512, "stem_blocks": 2, "kernel_size": 7}
    yield (
        "billion-parameters",
        "bundle-networks",
        "run.json",
        config(
            generator=record["config"]["generator"] | largest,
            discriminator=record["config"]["discriminator"] | {"base_filters": 512, "kernel_size": 7},
        ),
    )
    yield "config-unknown-key", "bundle-config", "run.json", config(surprise={"__class__": "os.system"})
    yield (
        "config-beyond-limits",
        "bundle-config",
        "run.json",
        config(training=record["config"]["training"] | {"epochs": 10**9}),
    )
    yield (
        "config-beyond-floats",
        "bundle-config",
        "run.json",
        members["run.json"].replace(b'"seed": 0', b'"seed": ' + LONG),
    )
    yield "config-no-object", "bundle-json", "run.json", json.dumps({**record, "config": []}).encode()
    yield "record-deep", "bundle-json", "run.json", b'{"config":' * 5000
    yield "record-format", "bundle-format", "run.json", json.dumps({**record, "format": 2}).encode()
    yield "record-parent", "bundle-json", "run.json", json.dumps({**record, "parent": "../../x"}).encode()
    yield "record-versions", "bundle-json", "run.json", json.dumps({**record, "versions": {"a": "x" * 9999}}).encode()
    yield (
        "status-nan",
        "bundle-json",
        "status.json",
        members["status.json"].replace(b'"seconds": 4.0', b'"seconds": NaN'),
    )
    yield "status-unknown", "bundle-json", "status.json", json.dumps({**status, "status": "root"}).encode()
    long = json.dumps({**status, "best": {"kid": int(LONG)}}).encode()
    yield "status-beyond-floats", "bundle-json", "status.json", long
    problem = {"code": "<script>", "values": {}}
    yield "status-code", "bundle-json", "status.json", json.dumps({**status, "error": problem}).encode()
    problem = {"code": "unexpected", "values": {"detail": "x" * 9999}}
    yield "status-long", "bundle-json", "status.json", json.dumps({**status, "error": problem}).encode()
    yield "labels-long", "bundle-json", "labels.json", json.dumps({"notes": "x" * 10_001}).encode()
    yield "labels-huge", "bundle-too-large", "labels.json", json.dumps({"notes": "xy" * 40_000}).encode()
    rows = members["metrics.jsonl"]
    for name, row in {
        "nan": b'{"step":41,"d_loss":NaN}', "infinite": b'{"step":41,"d_loss":1e999}', "text": b'{"step":41,"a":"x"}',
        "no-step": b'{"d_loss":1.0}', "half-step": b'{"step":41.5}', "list": b"[41]", "torn": b'{"step":', "empty": b"",
        "shares-no-list": b'{"step":41,"fcd":9.0,"class_shares":0.5}',
        "shares-text": b'{"step":41,"class_shares":["0.5"]}', "shares-nan": b'{"step":41,"class_shares":[NaN]}',
        "shares-nested": b'{"step":41,"class_shares":[[0.5]]}', "shares-beyond": b'{"step":41,"class_shares":[1.5]}',
        "shares-many": b'{"step":41,"class_shares":[' + b"0," * 200 + b"0]}",
        "shares-endless": b'{"step":41,"class_shares":[' + b"0," * 40_000 + b"0]}",
        "score-list": b'{"step":41,"fcd":[9.0]}', "score-none": b'{"step":41,"fcd":null}',
        "score-infinite": b'{"step":41,"kid":1e999}', "score-huge": b'{"step":41,"fcd":1e300}',
        "long-number": b'{"step":41,"a":' + b"9" * 5000 + b"}", "long-step": b'{"step":' + LONG + b"}",
        "beyond-floats": b'{"step":41,"a":' + LONG + b"}", "deep": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    }.items():  # fmt: skip
        yield f"row-{name}", "bundle-row", "metrics.jsonl", rows + row + b"\n"
    names = b"".join(b'{"step":41,"name-%d":1}\n' % number for number in range(50))
    yield "rows-of-many-names", "bundle-rows", "metrics.jsonl", rows + names
    yield "row-without-end", "bundle-row", "metrics.jsonl", rows[:-1]
    yield (
        "event-long",
        "bundle-event",
        "events.jsonl",
        json.dumps({"time": 1, "event": "x", "y": "z" * 999}).encode() + b"\n",
    )
    yield "event-time", "bundle-event", "events.jsonl", b'{"event":"x","time":' + LONG + b"}\n"
    yield "event-name", "bundle-event", "events.jsonl", b'{"time":1,"event":"<b>"}\n'
    yield "facts-other-step", "bundle-json", FACTS, b'{"step":21}'
    yield "facts-epoch", "bundle-json", FACTS, b'{"step":20,"epoch":"<b>"}'
    yield "facts-beyond-floats", "bundle-json", FACTS, b'{"step":20,"scores":[' + LONG + b"]}"
    yield "facts-no-object", "bundle-json", FACTS, b"[]"


def _strange_bests(members: Members) -> Iterator[tuple[str, str, str, bytes]]:
    """What could be said to be the best and is not."""
    right = json.loads(members[BEST])
    for name, values in {
        "other-step": {"step": 21}, "step-without-generator": {"step": 0}, "step-huge": {"step": 10**12},
    }.items():  # fmt: skip
        yield f"best-{name}", "bundle-best", BEST, json.dumps(right | values).encode()
    for name, values in {
        "step-path": {"step": "../../x"}, "step-negative": {"step": -20}, "step-half": {"step": 20.5},
        "step-none": {"step": None}, "step-beyond": {"step": 10**400}, "metric": {"metric": "<script>"},
        "value-text": {"value": "low"}, "value-infinite": {"value": float("inf")}, "value-nan": {"value": float("nan")},
        "value-negative": {"value": -1.0}, "value-huge": {"value": 1e300}, "epoch-nan": {"epoch": float("nan")},
        "epoch-negative": {"epoch": -1}, "samples": {"samples": 0}, "format": {"format": 2},
    }.items():  # fmt: skip
        yield f"best-{name}", "bundle-json", BEST, json.dumps(right | values).encode()
    yield "best-no-json", "bundle-json", BEST, b"{torn"
    yield "best-list", "bundle-json", BEST, b"[20]"
    yield "best-deep", "bundle-json", BEST, b'{"a":' * 700
    yield "best-empty", "bundle-json", BEST, b""
    yield "best-large", "bundle-too-large", BEST, json.dumps(right | {"x": "xy" * 3000}).encode()


def _strange_pictures(members: Members) -> Iterator[tuple[str, str, str, bytes]]:
    right = members[PICTURE]
    size = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    yield "picture-bomb", "bundle-picture-size", PICTURE, right[:8] + _chunk(b"IHDR", size) + right[33:]
    yield "picture-other-size", "bundle-picture-size", PICTURE, images.encode_png(np.zeros((60, 60, 1), np.uint8))
    yield "picture-colour", "bundle-picture", PICTURE, images.encode_png(np.zeros((58, 58, 3), np.uint8))
    yield "picture-text", "bundle-picture", PICTURE, b"no picture at all"
    yield "picture-jpeg", "bundle-picture", PICTURE, b"\xff\xd8\xff\xe0" + bytes(200)
    yield "picture-cut", "bundle-picture", PICTURE, right[:-20]
    yield "picture-behind", "bundle-picture", PICTURE, right + b"<script>"
    text = _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**20), 9))
    yield "picture-text-bomb", "bundle-picture", PICTURE, right[:-12] + text + right[-12:]
    yield "picture-pixel-bomb", "bundle-picture", PICTURE, right[:33] + _chunk(b"IDAT", b"\x78\x9c\xff") + right[-12:]


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _strange_checkpoints(members: Members) -> Iterator[tuple[str, str, str, bytes]]:
    right, state = from_bytes(members[GENERATOR]), from_bytes(members[STATE])
    notes, first = dict(right.notes), sorted(right.arrays)[0]

    def changed(**arrays: Any) -> bytes:
        return to_bytes(20, {**right.arrays, **arrays}, notes)

    named = {"shape": np.zeros((3, 3), np.float32), "type": right.arrays[first].astype(np.float64)}
    named["not-finite"] = np.full_like(right.arrays[first], np.nan)
    named["empty"] = np.zeros((0,), np.float32)
    for name, array in named.items():
        yield f"weights-{name}", "bundle-checkpoint", GENERATOR, changed(**{first: array})
    yield "weights-extra", "bundle-checkpoint", GENERATOR, changed(evil=np.zeros(3, np.float32))
    rest = {name: array for name, array in right.arrays.items() if name != first}
    yield "weights-missing", "bundle-checkpoint", GENERATOR, to_bytes(20, rest, notes)
    yield "weights-of-none", "bundle-checkpoint", GENERATOR, to_bytes(20, {}, notes)
    yield "weights-changed", "bundle-checkpoint", GENERATOR, members[GENERATOR][:-8] + b"\0\0\x80?\0\0\x80?"
    yield "weights-cut", "bundle-checkpoint", GENERATOR, members[GENERATOR][:-100]
    yield "weights-other-step", "bundle-other-checkpoint", GENERATOR, to_bytes(21, right.arrays, notes)
    config = {**notes["config"], "training": {**notes["config"]["training"], "seed": 5}}
    yield "weights-other-config", "bundle-other-checkpoint", GENERATOR, to_bytes(20, right.arrays, {"config": config})
    yield "weights-no-config", "bundle-checkpoint", GENERATOR, to_bytes(20, right.arrays, {})
    yield "weights-huge-config", "bundle-too-large", GENERATOR, to_bytes(20, right.arrays, {"config": "x" * 2**20})
    yield "state-as-generator", "bundle-too-large", GENERATOR, b"".join([members[STATE]] * 60)
    for name, seconds in (("beyond-floats", int(LONG)), ("negative", -1e9), ("infinite", float("inf")), ("text", "x")):
        forged = to_bytes(40, state.arrays, {**state.notes, "seconds": seconds})
        yield f"state-seconds-{name}", "bundle-json", STATE, forged
    yield "generator-as-state", "bundle-other-checkpoint", STATE, to_bytes(40, right.arrays, notes)
    slot = {"g_optimizer/999/huge": np.zeros(10**6, np.float32)}
    yield "state-too-large", "bundle-too-large", STATE, to_bytes(40, {**state.arrays, **slot}, state.notes)
    yield "header-of-200-megabytes", "bundle-checkpoint", GENERATOR, struct.pack("<Q", 200 * 2**20) + b"{" + bytes(999)
    yield "header-of-everything", "bundle-checkpoint", GENERATOR, b"\xff" * 8 + b"{" + bytes(999)
    yield "header-deep", "bundle-checkpoint", GENERATOR, _header(b'{"a":' * 20_000)
    huge = b'{"generator/000/kernel":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4000000000000]}}'
    yield "header-huge-shape", "bundle-checkpoint", GENERATOR, _header(huge)
    yield "header-beside", "bundle-checkpoint", GENERATOR, save({"a": np.zeros(3, np.float32)})
    yield "checkpoint-pickle", "bundle-checkpoint", GENERATOR, pickle.dumps({"weights": [1.0] * 100})


def _header(header: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header + bytes(64)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    print(f"{len(make_all(target))} bundles in {target}")
