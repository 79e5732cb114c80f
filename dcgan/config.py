"""One description of a run, from which the form, the command line and `run.json` are made.

Owns every setting with its default, limits and one-line description, and the errors that a bad value gets. Leaves the
recipes to `presets` and the words for limits to `limits`. Knows nothing of TensorFlow, of files or of screens.
"""

import difflib
import json
import reprlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dcgan.limits import describe_limits
from dcgan.presets import DEFAULT_PRESET, PRESETS, PresetName

SHOWN_CHARACTERS = 80  # of a value that cannot be used

Loss = Literal["non-saturating", "minimax"]
Precision = Literal["float32", "bfloat16"]


class ConfigError(ValueError):
    """A setting that cannot be used: names the field, the value and what is allowed.

    Attributes:
        field: dotted path of the field, such as `training.epochs`.
        value: what was given.
        allowed: what may be given, in words.
        most: the number of images that the value must not exceed, where that is what is wrong.
    """

    def __init__(self, field: str, value: object, allowed: str, most: int | None = None) -> None:
        """Keep the parts; the message joins the first three."""
        super().__init__(f"{field} = {_shorten(value)} cannot be used: {allowed}.")
        self.field, self.value, self.allowed, self.most = field, value, allowed, most


class _Section(BaseModel):
    """A frozen group of fields; unknown keys and silent conversions are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class DataConfig(_Section):
    """Which images are learned from."""

    dataset: str = Field("fashion-mnist", pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="Name of the data set.")
    limit: int | None = Field(None, ge=1, le=10_000_000, description="Use only the first images; empty means all.")
    image_size: Literal[28] = Field(28, description="Height and width in pixels.")
    num_channels: Literal[1] = Field(1, description="1 for grey, 3 for colour.")


class GeneratorConfig(_Section):
    """The network that draws."""

    latent_dim: int = Field(100, ge=1, le=1024, description="Numbers in one latent vector, drawn from N(0, 1).")
    base_filters: int = Field(
        64, ge=4, le=512, description="Filters of the last hidden layer; doubled at each one before it."
    )
    kernel_size: int = Field(5, ge=2, le=7, description="Side of each transposed convolution.")
    stem_blocks: int = Field(0, ge=0, le=2, description="Stride-1 blocks at 7 × 7 before the image begins to grow.")
    block_order: Literal["norm-first", "activation-first"] = Field(
        "norm-first",
        description="Normalise, then activate (DCGAN), or a linear stem and activate, then normalise (the notebook).",
    )
    activation: Literal["relu", "leaky_relu", "selu"] = Field("relu", description="Activation of the hidden layers.")
    batch_norm: bool = Field(True, description="Normalise each hidden layer over the batch.")


class DiscriminatorConfig(_Section):
    """The network that judges."""

    base_filters: int = Field(64, ge=4, le=512, description="Filters of the first layer; doubled at each one after it.")
    kernel_size: int = Field(5, ge=2, le=7, description="Side of each convolution.")
    leaky_slope: float = Field(0.2, ge=0.0, le=1.0, description="Slope of the leaky ReLU below zero.")
    dropout: float = Field(0.3, ge=0.0, lt=1.0, description="Share of activations dropped in training.")
    batch_norm: bool = Field(False, description="Normalise the hidden layers but the first over the batch.")


class OptimizerConfig(_Section):
    """How one network's weights move."""

    name: Literal["adam", "rmsprop"] = Field("adam", description="Adam, or RMSprop as in the notebook.")
    learning_rate: float = Field(2e-4, gt=0.0, le=1.0, description="Size of a step.")
    beta_1: float = Field(
        0.5, ge=0.0, lt=1.0, description="Adam's memory of gradients; 0.5, not 0.9: DCGAN, section 4."
    )
    beta_2: float = Field(0.999, ge=0.0, lt=1.0, description="Adam's memory of squared gradients.")
    rho: float = Field(0.9, ge=0.0, lt=1.0, description="RMSprop's memory of squared gradients.")
    epsilon: float = Field(1e-7, gt=0.0, le=1.0, description="Added to the denominator; Keras's default.")


class TrainingConfig(_Section):
    """How long, in what portions, by which loss."""

    epochs: int = Field(10, ge=1, le=10_000, description="Times that every image is seen.")
    batch_size: int = Field(64, ge=2, le=8192, description="Images in one step.")
    loss: Loss = Field("non-saturating", description="What the generator minimises: -log D(G(z)), or log(1 - D(G(z))).")
    joined_batch: bool = Field(False, description="Fakes and reals pass the discriminator as one batch (the notebook).")
    frozen_fakes: bool = Field(
        False, description="The fakes shown to the discriminator come from batch norm in inference mode (the notebook)."
    )
    ema_decay: float = Field(0.0, ge=0.0, lt=1.0, description="Memory of the averaged generator; 0 means none.")
    precision: Precision = Field("float32", description="Number format inside the networks; weights stay float32.")
    steps_per_call: int = Field(
        1, ge=1, le=1000, description="Steps in one compiled call on a GPU; a CPU takes one a call."
    )
    # The largest that `dcgan.latents` takes, of which the config knows nothing; a test holds them together.
    seed: int = Field(0, ge=0, le=2**32 - 1, description="Decides every random draw of the run.")


class SavingConfig(_Section):
    """What is kept, how often."""

    checkpoint_seconds: float = Field(
        30.0, ge=0.5, le=3600.0, description="A full state at least this often, in seconds."
    )
    sample_every: int = Field(200, ge=1, le=1_000_000, description="Steps between two grids of samples.")
    sample_rows: int = Field(5, ge=1, le=10, description="Rows and columns of the sample grid.")
    live_quality: bool = Field(
        True, description="Judge the generator while it trains; a twentieth of the time at most."
    )
    inverted: bool = Field(False, description="Show samples dark on light, as the notebook's figures do.")


class Config(_Section):
    """A whole run."""

    preset: PresetName = Field(DEFAULT_PRESET, description="The recipe that this run began from.")
    data: DataConfig = DataConfig()
    generator: GeneratorConfig = GeneratorConfig()
    discriminator: DiscriminatorConfig = DiscriminatorConfig()
    g_optimizer: OptimizerConfig = OptimizerConfig()
    d_optimizer: OptimizerConfig = OptimizerConfig()
    training: TrainingConfig = TrainingConfig()
    saving: SavingConfig = SavingConfig()

    @model_validator(mode="after")
    def _batch_fits_the_limit(self) -> Self:
        if self.data.limit is not None and self.training.batch_size > self.data.limit:
            raise batch_error(self.training.batch_size, self.data.limit)
        return self


def batch_error(batch_size: int, num_images: int) -> ConfigError:
    """The error for a batch that is larger than the data; `num_images` is what there is."""
    allowed = f"it may be at most the number of images, {num_images:,}"
    return ConfigError("training.batch_size", batch_size, allowed, num_images)


def limit_error(limit: object, dataset: str, num_images: int) -> ConfigError:
    """The error for more images than a data set has; `num_images` is what there is."""
    return ConfigError(
        "data.limit", limit, f"{dataset} has {num_images:,} images, so it is 1 to {num_images:,}", num_images
    )


def build_config(preset: str = DEFAULT_PRESET, changes: Mapping[str, Any] | None = None) -> Config:
    """Return a preset's config with changes laid over it.

    Args:
        preset: one of `PRESETS`.
        changes: dotted paths to values, such as `{"training.epochs": 3}`; strings are read as JSON where they
            can be, so that a command line and a form say the same.

    Raises:
        ConfigError: unknown preset or field, or a value outside its limits.
    """
    if preset not in PRESETS:
        raise ConfigError("preset", preset, f"choose one of {', '.join(PRESETS)}")
    tree: dict[str, Any] = {section: dict(fields) for section, fields in PRESETS[cast(PresetName, preset)].items()}
    tree["preset"] = preset
    for path, value in (changes or {}).items():
        section, _, field = path.partition(".")
        if path not in field_paths():
            raise ConfigError(path, value, _unknown_field_advice(path))
        tree.setdefault(section, {})[field] = _read_value(value)
    return parse_config(tree)


def parse_config(tree: object) -> Config:
    """Return the config that a JSON tree describes.

    Raises:
        ConfigError: the first field that is unknown or outside its limits.
    """
    try:
        return Config.model_validate_json(json.dumps(tree))
    except ValidationError as error:
        raise _config_error(error) from None


def field_paths() -> Sequence[str]:
    """Dotted paths of all fields that a person may set, in the order in which they stand here."""
    sections = {name: field.annotation for name, field in Config.model_fields.items() if name != "preset"}
    return [
        f"{section}.{field}"
        for section, model in sections.items()
        if isinstance(model, type) and issubclass(model, BaseModel)
        for field in model.model_fields
    ]


def get_value(config: Config, path: str) -> Any:
    """Return the value at a dotted path of `field_paths`."""
    section, _, field = path.partition(".")
    return getattr(getattr(config, section), field)


def list_changes(before: Config, after: Config) -> Sequence[str]:
    """Return the dotted paths of the fields in which two configs differ, in the order in which they stand here."""
    return [path for path in field_paths() if get_value(before, path) != get_value(after, path)]


def field_schema(path: str) -> Mapping[str, Any]:
    """Return the JSON schema of one field: its type and its limits."""
    section, _, field = path.partition(".")
    schema: Mapping[str, Any] = _section_schema(section)["properties"][field]
    return schema


@cache
def _section_schema(section: str) -> Mapping[str, Any]:
    """The JSON schema of a section: milliseconds to make, and a form asks for each field's twice."""
    model = Config.model_fields[section].annotation
    assert isinstance(model, type) and issubclass(model, BaseModel)
    return model.model_json_schema()


def _shorten(value: object) -> str:
    """A value as text that fits into a sentence: a thousand brackets do not."""
    try:
        text = repr(value) if not isinstance(value, list | dict) else reprlib.repr(value)
    except ValueError:  # thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _read_value(value: Any) -> Any:
    """A string from a command line as the JSON that it is, or as itself."""
    if not isinstance(value, str):
        return value
    value = value.encode(errors="replace").decode()  # a terminal may give bytes that are no text
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):  # a thousand brackets
        return value
    return value if isinstance(read, list | dict) else read  # no field is either


def _unknown_field_advice(path: str) -> str:
    """Name the fields that look like a misspelt one, or else the sections."""
    close = difflib.get_close_matches(path, field_paths(), n=3)
    if close:
        return f"there is no such field; did you mean {' or '.join(close)}"
    return f"there is no such field; fields are named like {field_paths()[0]}"


def _config_error(error: ValidationError) -> ConfigError:
    """Pydantic's first complaint as ours."""
    first = error.errors(include_url=False)[0]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, ConfigError):
        return cause
    path = ".".join(str(part) for part in first["loc"][:2])
    if first["type"] == "extra_forbidden":
        return ConfigError(path, first["input"], _unknown_field_advice(path))
    if path in field_paths():
        return ConfigError(path, first["input"], f"it must be {describe_limits(field_schema(path))}")
    return ConfigError(path or "config", first["input"], first["msg"])
