"""How large a run's bundle will be, and what goes into one that has a limit: by names and sizes.

Owns the choice and the estimate. Only full states are read, until one is whole, as nobody goes on without. Leaves what
is chosen to `snapshot`, and its bytes to `bundle`.
"""

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from dcgan.config import Config
from dcgan.runs.bundle_format import MAX_GENERATORS, MAX_SAMPLES, KindName, generator_name, kind_of, step_of
from dcgan.runs.errors import BundleError
from dcgan.runs.run import Run
from dcgan.runs.screening import check_checkpoint
from dcgan.runs.thinning import spread

ROWS_SHARE = 0.25  # of rows once packed: those of the gallery's runs become 4.4 times smaller
MEMBER_BYTES = 250  # of each member beside its content: two headers with its name, and its line in the list

_STEPPED = ("state", "generator", "facts", "picture")  # there may be many of them


@dataclass(frozen=True)
class Plan:
    """What a bundle of a run will be.

    Attributes:
        bytes: about how many it will have.
        whole_bytes: about how many one of the whole run has.
        generators: how many go into it.
        all_generators: how many the whole run has.
        fits: whether what always goes into one is within the limit; else there can be none.
        has_state: whether it can go on: a full state is there, and whole.
    """

    bytes: int
    whole_bytes: int
    generators: int
    all_generators: int
    fits: bool = True
    has_state: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out for the sake of the limit."""
        return self.bytes == self.whole_bytes


def plan_bundle(run: Run, config: Config, limit: int) -> Plan:
    """Tell what a bundle of at most so many bytes will be, of a run that rests.

    Some milliseconds for 1,000 files, and those of reading a full state.
    """
    state = read_state(run, config)
    sizes = dict(_list_sizes(run, None if state is None else state[0]))
    best = run.checkpoints.best()
    whole = sum(_pack(name, size) for name, size in sizes.items())
    count = len(_group(sizes, "generator"))
    try:
        chosen = choose_within(sizes, None if best is None else best.step, limit)
    except BundleError:
        return Plan(whole, whole, count, count, fits=False, has_state=state is not None)
    part = {name: sizes[name] for name in chosen}
    return Plan(
        sum(_pack(name, size) for name, size in part.items()), whole, len(_group(part, "generator")), count,
        has_state=state is not None,
    )  # fmt: skip


def read_state(run: Run, config: Config) -> tuple[str, bytes] | None:
    """Return the newest full state that is whole, as a member's name and content; None where there is none."""
    for step in reversed(run.checkpoints.steps()):
        name = f"checkpoints/{step:06d}.safetensors"
        with contextlib.suppress(OSError, BundleError):
            content = (run.run_dir / name).read_bytes()
            check_checkpoint(name, content, config)
            return name, content
    return None


def choose_within(sizes: Mapping[str, int], best: int | None, limit: int) -> frozenset[str]:
    """Return the members that go into a bundle of at most so many bytes.

    All of them, where they fit. Else what the run needs to go on, its curves and its best generator; of grids, which
    may take half of what is then left, and of the other generators as many as fit, evenly spread.

    Args:
        sizes: in bytes, of all members but the list, by name.
        best: the step of the best generator.
        limit: bytes of the bundle.

    Raises:
        BundleError: what always goes is too large alone; its largest file is named.
    """
    packed = {name: _pack(name, size) for name, size in sizes.items()}
    if sum(packed.values()) <= limit:
        return frozenset(packed)
    grids, generators = _group(packed, "facts", "picture"), _group(packed, "generator")
    if best is not None:
        generators.pop(best, None)
    always = packed.keys() - {name for names in (*grids.values(), *generators.values()) for name in names}
    room = limit - sum(packed[name] for name in always)
    if room < 0:
        largest = max(always, key=lambda name: packed[name])
        raise BundleError("bundle-too-large", member=largest, size=packed[largest], most=limit)
    chosen = set(always)
    for groups, share in ((grids, room // 2), (generators, None)):
        costs = {step: sum(packed[name] for name in names) for step, names in sorted(groups.items())}
        kept = _spread_within(costs, room if share is None else share)
        room -= sum(costs[step] for step in kept)
        chosen |= {name for step in kept for name in groups[step]}
    return frozenset(chosen)


def _spread_within(costs: Mapping[int, int], room: int) -> list[int]:
    """As many steps as there is room for, evenly spread, the first and the last among them; the last where one fits."""
    steps, few, many = list(costs), 0, len(costs)
    while few < many:  # more cost more, or nearly so: files of a kind have nearly one size
        count = (few + many + 1) // 2
        few, many = (count, many) if sum(costs[step] for step in _spread(steps, count)) <= room else (few, count - 1)
    return _spread(steps, few)


def _spread(steps: list[int], count: int) -> list[int]:
    return spread(steps, count) if count > 1 else steps[len(steps) - count :]


def _group(names: Collection[str], *kinds: KindName) -> dict[int, list[str]]:
    """The names of some kinds, by step."""
    found: dict[int, list[str]] = {}
    for name in names:
        kind = kind_of(name)
        if kind is not None and kind.name in kinds:
            found.setdefault(step_of(name), []).append(name)
    return found


def _pack(name: str, size: int) -> int:
    """About how many bytes a bundle has of a member."""
    return MEMBER_BYTES + (int(size * ROWS_SHARE) if name.endswith(".jsonl") else size)


def _list_sizes(run: Run, state: str | None) -> Iterator[tuple[str, int]]:
    """Names and sizes of what a bundle of the whole run takes along, with this full state of all."""
    there = {name: size for folder in ("", "samples/", "checkpoints/") for name, size in _list_members(run, folder)}
    generators = _group(there, "generator")
    grids = {step: names for step, names in _group(there, "facts", "picture").items() if len(names) == 2}
    best = run.checkpoints.best()
    kept = set() if state is None else {state}
    kept |= {name for step in spread(sorted(grids), MAX_SAMPLES) for name in grids[step]}
    kept |= {name for step in spread(sorted(generators), MAX_GENERATORS) for name in generators[step]}
    kept |= set() if best is None else {generator_name(best.step)}
    for name, size in there.items():
        if name in kept or (kind := kind_of(name)) is None or kind.name not in _STEPPED:
            yield name, size


def _list_members(run: Run, folder: str) -> Iterator[tuple[str, int]]:
    """Names and sizes of the files of a folder that have a member's name."""
    with contextlib.ExitStack() as stack, contextlib.suppress(OSError):  # no such folder, or gone meanwhile
        for entry in stack.enter_context(os.scandir(run.run_dir / folder)):
            name = f"{folder}{entry.name}"
            if kind_of(name) is not None:
                with contextlib.suppress(OSError):
                    yield name, entry.stat().st_size
