"""What a checkpoint of a config holds: every array's name, shape and type.

Owns the two kinds of file: a generator alone, and a full state. Leaves reading them to `checkpoints`, and suspicion to
`inspection`. Names are those of `training.state`; a test compares both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dcgan.architecture import SEED_STATE, LayerSpec, Shape, discriminator_layers, generator_layers, weight_shapes
from dcgan.config import Config, OptimizerConfig

_SLOTS = {"adam": ("momentum", "velocity"), "rmsprop": ("velocity",)}
_NOT_TRAINED = ("moving_mean", "moving_variance", SEED_STATE)


@dataclass(frozen=True)
class Expected:
    """One array as it should be; `types` in NumPy's names, the first being what training writes."""

    shape: Shape
    types: tuple[str, ...] = ("float32",)


Contents = Mapping[str, Expected]


def generator_contents(config: Config) -> Contents:
    """Return what a file of a generator alone holds; a gallery keeps them in float16."""
    weights = weight_shapes(generator_layers(config))
    return {f"generator/{name}": Expected(shape, ("float32", "float16")) for name, shape in weights}


def state_contents(config: Config) -> Contents:
    """Return what a full state holds: networks, the averaged generator where there is one, optimisers, the step."""
    generator, discriminator = generator_layers(config), discriminator_layers(config)
    contents = dict(_network("generator", generator)) | dict(_network("discriminator", discriminator))
    if config.training.ema_decay > 0:
        contents |= _network("ema_generator", generator)
    contents |= _optimizer("g_optimizer", config.g_optimizer, "generator", generator)
    contents |= _optimizer("d_optimizer", config.d_optimizer, "discriminator", discriminator)
    return contents | {"step": Expected((), ("int64",))}


def _network(name: str, layers: Sequence[LayerSpec]) -> Iterator[tuple[str, Expected]]:
    for weight, shape in weight_shapes(layers):
        yield f"{name}/{weight}", Expected(shape, ("int64" if weight.endswith(SEED_STATE) else "float32",))


def _optimizer(
    name: str, settings: OptimizerConfig, network: str, layers: Sequence[LayerSpec]
) -> Iterator[tuple[str, Expected]]:
    """Its counter, its rate, and its slots for each weight that is trained, named as Keras names them."""
    yield f"{name}/000/iteration", Expected((), ("int64",))
    yield f"{name}/001/learning_rate", Expected(())
    slots = (
        (f"{network}_{layer.name}_{weight}_{slot}", shape)
        for layer in layers
        for weight, shape in layer.weights
        if weight not in _NOT_TRAINED
        for slot in _SLOTS[settings.name]
    )
    for index, (slot, shape) in enumerate(slots, start=2):
        yield f"{name}/{index:03d}/{slot}", Expected(shape)
