"""What must be in each file of a bundle: hostile until proven.

Owns the judgement of one member, for whoever writes a bundle as for whoever reads one, so that what is written can be
read. Leaves names and limits to `bundle_format`, and the weights in a checkpoint to `inspection`. Builds no network.
"""

import re
from collections.abc import Callable, Container
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from dcgan.architecture import count_parameters, discriminator_layers, generator_layers
from dcgan.config import Config, ConfigError, parse_config
from dcgan.data.images import MODES, decode_png, png_size
from dcgan.runs.best import Best
from dcgan.runs.bundle_format import MAX_COLUMNS, OWN_PARAMETERS, generator_name, step_of
from dcgan.runs.checkpoints import Checkpoint
from dcgan.runs.errors import BundleError, RunError
from dcgan.runs.header import MAX_HEADER_BYTES
from dcgan.runs.inspection import MAX_PARAMETERS, checkpoint_config, read_checkpoint
from dcgan.runs.labels import Labels
from dcgan.runs.run import FORMAT, RunRecord
from dcgan.runs.status import ACTIVE, RunStatus, StatusRecord
from dcgan.runs.store import RUN_ID
from dcgan.runs.values import CODE, LINE_BYTES, is_flat, is_number, is_value, read_object, read_row

LONGEST_SECONDS = 1e9  # of training, thirty years: what is trained on top still fits into a status

Model = TypeVar("Model", bound=BaseModel)


def read_model(member: str, content: bytes, model: type[Model]) -> Model:
    """Return a manifest as its model.

    Raises:
        BundleError: not JSON, or not the JSON of that model.
    """
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])[:80]
        raise BundleError("bundle-json", member=member, field=field or "JSON", reason=first["msg"][:200]) from None


def read_record(member: str, content: bytes, most_parameters: int = MAX_PARAMETERS) -> tuple[RunRecord, Config]:
    """Return `run.json` and its config, whose networks have no more than so many parameters.

    Raises:
        BundleError: it cannot be read, a text is too long, or the networks would be too large.
    """
    record = read_model(member, content, RunRecord)
    if record.format != FORMAT:
        raise BundleError("bundle-format", member=member, found=record.format, known=FORMAT)
    versions = record.versions
    _require(len(versions) <= 20 and all(is_value([*pair]) for pair in versions.items()), member, "versions")
    _require(0 <= record.created <= 1e11, member, "created")
    _require(record.parent is None or RUN_ID.fullmatch(record.parent) is not None, member, "parent")
    _require(record.parent_step is None or 0 <= record.parent_step <= 10**12, member, "parent_step")
    try:
        config = parse_config(record.config)
    except ConfigError as error:
        named = {"field": error.field[:80], "value": _short(error.value), "allowed": error.allowed}
        raise BundleError("bundle-config", member=member, **named) from None
    count = count_parameters(generator_layers(config)) + count_parameters(discriminator_layers(config))
    if count > most_parameters:
        raise BundleError("bundle-networks", member=member, count=count, most=most_parameters)
    return record, config


def read_status(member: str, content: bytes) -> StatusRecord:
    """Return `status.json` as a run from elsewhere has it: it rests, and says nothing of where it was.

    Raises:
        BundleError: it cannot be read, or a text in it is too long.
    """
    status = read_model(member, content, StatusRecord)
    error = status.error
    _require(error is None or (CODE.fullmatch(error.code) is not None and is_flat(error.values)), member, "error")
    _require(is_flat(status.losses), member, "losses")
    _require(status.best is None or is_flat(status.best), member, "best")
    speed = status.images_per_second
    _require(speed is None or is_value(speed), member, "images_per_second")
    sha256 = status.dataset_sha256
    _require(sha256 is None or re.fullmatch("[0-9a-f]{64}", sha256) is not None, member, "dataset_sha256")
    resting = RunStatus.STOPPED if status.status in ACTIVE else status.status
    nowhere = {"phase": "", "position": None, "data_bytes": None, "owner": "", "host": "", "queued": 0.0}
    return status.model_copy(update={"status": resting, **nowhere})


def read_labels(member: str, content: bytes) -> Labels:
    """Return `labels.json`.

    Raises:
        BundleError: it cannot be read, or is longer than a person may write.
    """
    return read_model(member, content, Labels)


def read_best_file(member: str, content: bytes, members: Container[str]) -> Best:
    """Return `checkpoints/best.json`, which names a generator that came with it.

    Args:
        member: its name.
        content: its bytes.
        members: the names of all members.

    Raises:
        BundleError: it cannot be read, or that generator is not there.
    """
    best = read_model(member, content, Best)
    if generator_name(best.step) not in members:
        raise BundleError("bundle-best", member=member, step=best.step)
    return best


def check_lines(member: str, path: Path, read: Callable[[bytes], object], code: str) -> None:
    """Look at a file line by line.

    Raises:
        BundleError: `code`, with the number of the line that is wrong.
    """
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LINE_BYTES + 1), b""), start=1):
            if len(line) > LINE_BYTES or not line.endswith(b"\n") or read(line) is None:
                raise BundleError(code, member=member, line=number, most=LINE_BYTES)


def check_rows(member: str, path: Path, most_rows: int) -> None:
    """Look at `metrics.jsonl` line by line; all its rows together make a table that a page can hold.

    Raises:
        BundleError: a line is no row, or one row or one column too many.
    """
    names, count = set[str](), 0

    def read(line: bytes) -> object:
        nonlocal count
        if (row := read_row(line)) is None:
            return None
        count += 1
        names.update(row)
        if count > most_rows or len(names) > MAX_COLUMNS:
            raise BundleError("bundle-rows", member=member, line=count, rows=most_rows, columns=MAX_COLUMNS)
        return row

    check_lines(member, path, read, "bundle-row")


def check_facts(member: str, content: bytes, _: Config) -> None:
    """Look at what is known of a grid.

    Raises:
        BundleError: not a flat JSON object, or of another step than its name says.
    """
    facts = read_object(content)
    _require(facts is not None and is_flat(facts), member, "JSON")
    assert facts is not None
    _require(facts.get("step", step_of(member)) == step_of(member), member, "step")
    epoch = facts.get("epoch")
    _require(epoch is None or (isinstance(epoch, int | float) and 0 <= epoch <= 1e9), member, "epoch")
    scores = facts.get("scores", [])
    _require(isinstance(scores, list) and all(is_number(score) for score in scores), member, "scores")


def check_picture(member: str, content: bytes, config: Config) -> None:
    """Look at a grid: its size and its parts first, and only then its pixels.

    Raises:
        BundleError: not the PNG that the run's config makes.
    """
    rows, size, channels = config.saving.sample_rows, config.data.image_size, config.data.num_channels
    side = rows * size + (rows - 1) * 2
    named = {"member": member, "side": side, "mode": MODES[channels]}
    try:
        width, height = png_size(content)
        if (width, height) != (side, side):
            raise BundleError("bundle-picture-size", **named, width=width, height=height)
        if decode_png(content).shape != (side, side, channels):
            raise ValueError(member)
    except BundleError:
        raise
    except ValueError:
        raise BundleError("bundle-picture", **named) from None


def check_checkpoint(member: str, content: bytes, config: Config) -> Checkpoint:
    """Return a checkpoint whose header, weights and sum are right for the run's own config, which has been judged.

    Raises:
        BundleError: not a checkpoint of this run at the step that its name says.
    """
    require_size(member, len(content), most_checkpoint_bytes(member, config))
    try:
        checkpoint = read_checkpoint(content, most_parameters=OWN_PARAMETERS)
    except RunError as error:
        raise BundleError("bundle-checkpoint", member=member, reason=str(error), cause=error.problem) from None
    seconds = checkpoint.notes.get("seconds", 0.0)  # by which a run's time is counted when it goes on
    _require(is_number(seconds) and 0 <= seconds <= LONGEST_SECONDS, member, "seconds")
    # Parsed, because a setting that is newer than the checkpoint has its default in both.
    right = checkpoint.step == step_of(member) and checkpoint_config(checkpoint) == config
    if not right or ("step" in checkpoint.arrays) == member.endswith(".generator.safetensors"):
        raise BundleError("bundle-other-checkpoint", member=member, step=step_of(member))
    return checkpoint


def most_checkpoint_bytes(member: str, config: Config) -> int:
    """Return the bytes that a checkpoint of these networks may have: weights, averaged ones, two slots for each."""
    generator = count_parameters(generator_layers(config))
    discriminator = count_parameters(discriminator_layers(config))
    numbers = generator if member.endswith(".generator.safetensors") else 4 * generator + 3 * discriminator
    return 4 * numbers + MAX_HEADER_BYTES


def require_size(member: str, size: int, most: int) -> None:
    """Refuse what is too large.

    Raises:
        BundleError: it is.
    """
    if size > most:
        raise BundleError("bundle-too-large", member=member, size=size, most=most)


def _require(condition: bool, member: str, field: str) -> None:
    if not condition:
        raise BundleError("bundle-json", member=member, field=field, reason="too long, or not what belongs there")


def _short(value: object) -> str | int | float:
    return value if is_number(value) else repr(value)[:80]  # type: ignore[return-value]
