"""What a bundle is: one zip file with a run in it, whose members, limits and manifest are named here.

Owns the names that a member may have and how large it may be. Leaves what must be in one to `screening`, writing to
`bundle` and reading to `unpacking`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dcgan.runs.checkpoints import BEST_FILE

FORMAT = 1
SUFFIX = ".dcgan"
BEST = f"checkpoints/{BEST_FILE}"
MANIFEST = "bundle.json"
CHUNK_BYTES = 2**20  # of what is streamed

KIB, MIB = 2**10, 2**20
MAX_BYTES = 2**31 - 1  # of all members unpacked; beyond it a zip has another form, which is never written
MAX_SAMPLES = 5_000  # grids; a run with more takes so many with it, spread evenly
MAX_GENERATORS = 1_000
MAX_MEMBERS = 2 * MAX_SAMPLES + MAX_GENERATORS + 16
MAX_RATIO = 100  # unpacked to packed, of a member over a mebibyte: rows of numbers come to 10, weights to 1.1
MAX_ROWS = 500_000  # of training, in a stranger's bundle: a page holds 64 bytes of each
OWN_ROWS = 3_000_000  # ours have at least 90 bytes, and all of them 256 MiB
MAX_COLUMNS = 50  # different names in all rows, ours have a dozen: a table has each of them in every row
OWN_PARAMETERS = 60_000_000  # of both networks, where one's own run is moved; a stranger's may have fewer

Progress = Callable[[int, int], None]  # bytes done, and in all
KindName = Literal[
    "manifest", "record", "status", "labels", "metrics", "events", "facts", "picture", "state", "generator", "best"
]


@dataclass(frozen=True)
class Kind:
    """One kind of member: the names that it may have, and how many bytes."""

    name: KindName
    pattern: re.Pattern[str]
    most_bytes: int


_STEP = r"(?P<step>[0-9]{6}|[1-9][0-9]{6,11})"  # as `f"{step:06d}"` writes it: a step has one name

KINDS = (
    Kind("manifest", re.compile(re.escape(MANIFEST)), 2 * MIB),
    Kind("record", re.compile(r"run\.json"), 64 * KIB),
    Kind("status", re.compile(r"status\.json"), 64 * KIB),
    Kind("labels", re.compile(r"labels\.json"), 64 * KIB),
    Kind("metrics", re.compile(r"metrics\.jsonl"), 256 * MIB),  # about two million steps
    Kind("events", re.compile(r"events\.jsonl"), 32 * MIB),
    Kind("facts", re.compile(rf"samples/{_STEP}\.json"), 32 * KIB),
    Kind("picture", re.compile(rf"samples/{_STEP}\.png"), 2 * MIB),
    Kind("state", re.compile(rf"checkpoints/{_STEP}\.safetensors"), 1024 * MIB),
    Kind("generator", re.compile(rf"checkpoints/{_STEP}\.generator\.safetensors"), 512 * MIB),
    Kind("best", re.compile(re.escape(BEST)), 4 * KIB),
)
ALWAYS_THERE = (MANIFEST, "run.json", "status.json", "metrics.jsonl", "events.jsonl")


def kind_of(name: str) -> Kind | None:
    """Return the kind of the member of that name; None for a name that no member has."""
    return next((kind for kind in KINDS if kind.pattern.fullmatch(name)), None)


def generator_name(step: int) -> str:
    """Return the name of the member that holds the generator of a step."""
    return f"checkpoints/{step:06d}.generator.safetensors"


def step_of(name: str) -> int:
    """Return the step in the name of a grid or a checkpoint."""
    kind = kind_of(name)
    found = kind.pattern.fullmatch(name) if kind else None
    assert found is not None, name
    return int(found["step"])


def most_bytes(name: str) -> int:
    """Return how many bytes the member of that name may have."""
    kind = kind_of(name)
    assert kind is not None, name
    return kind.most_bytes


class Member(BaseModel):
    """One file of a bundle, as the manifest names it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(max_length=80)
    size: int = Field(ge=0, le=MAX_BYTES)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """`bundle.json`: whose bundle this is and what is in it. A newer version may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    format: int
    run: str = Field(max_length=80)
    thin: bool = False
    step: int = Field(0, ge=0, le=10**12)
    version: str = Field("", max_length=40)  # of the program that wrote it
    members: tuple[Member, ...] = Field(max_length=MAX_MEMBERS)
