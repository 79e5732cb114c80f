"""How the Inception network of FID is built: 94 convolutions in a stem and eleven blocks, as data.

Owns which step follows which, with which sizes, and the names and shapes of its kernels. It is Inception v3 (Szegedy et
al. 2015, 1512.00567) as TensorFlow published it on 2015-12-05, the one that FID is defined by (Heusel et al. 2017,
1706.08500): without auxiliary classifier, and with a **max** pool in its very last block, where the paper has an
average. Leaves numbers to `inception_weights` and running to `inception`.
"""

from dataclasses import dataclass
from typing import Literal

Shape = tuple[int, int, int, int]  # of a kernel: height, width, channels in, channels out


@dataclass(frozen=True)
class Conv:
    """A convolution with batch normalization (no gamma) and a ReLU.

    Attributes:
        height: of the kernel.
        width: of the kernel.
        filters: channels out.
        stride: 1 or 2.
        is_padded: whether the border is filled up with zeros ("same"), or lost ("valid").
    """

    height: int
    width: int
    filters: int
    stride: int = 1
    is_padded: bool = True


@dataclass(frozen=True)
class Pool:
    """A 3 x 3 pool: padded at stride 1, where its padding does not count, and unpadded at stride 2."""

    kind: Literal["average", "max"]
    stride: int = 1


@dataclass(frozen=True)
class Split:
    """Convolutions of the same input, one beside the other."""

    convs: tuple[Conv, ...]


Step = Conv | Pool | Split
Branch = tuple[Step, ...]
Block = tuple[Branch, ...]  # its branches take the same input, and their outputs are joined in this order


def _square(size: int, filters: int) -> Conv:
    return Conv(size, size, filters)


def _shrinking(filters: int) -> Conv:
    return Conv(3, 3, filters, stride=2, is_padded=False)


def _block_a(pool_filters: int) -> Block:
    return (
        (_square(1, 64),),
        (_square(1, 48), _square(5, 64)),
        (_square(1, 64), _square(3, 96), _square(3, 96)),
        (Pool("average"), _square(1, pool_filters)),
    )


def _block_c(width: int) -> Block:
    return (
        (_square(1, 192),),
        (_square(1, width), Conv(1, 7, width), Conv(7, 1, 192)),
        (_square(1, width), Conv(7, 1, width), Conv(1, 7, width), Conv(7, 1, width), Conv(1, 7, 192)),
        (Pool("average"), _square(1, 192)),
    )


def _block_e(kind: Literal["average", "max"]) -> Block:
    split = Split((Conv(1, 3, 384), Conv(3, 1, 384)))
    return (
        (_square(1, 320),),
        (_square(1, 384), split),
        (_square(1, 448), _square(3, 384), split),
        (Pool(kind), _square(1, 192)),
    )


STEM: Branch = (
    _shrinking(32),
    Conv(3, 3, 32, is_padded=False),
    _square(3, 64),
    Pool("max", stride=2),
    _square(1, 80),
    Conv(3, 3, 192, is_padded=False),
    Pool("max", stride=2),
)
BLOCK_B: Block = (
    (_shrinking(384),),
    (_square(1, 64), _square(3, 96), _shrinking(96)),
    (Pool("max", stride=2),),
)
BLOCK_D: Block = (
    (_square(1, 192), _shrinking(320)),
    (_square(1, 192), Conv(1, 7, 192), Conv(7, 1, 192), _shrinking(192)),
    (Pool("max", stride=2),),
)
BLOCKS: tuple[Block, ...] = (
    (STEM,),
    *(_block_a(pool_filters) for pool_filters in (32, 64, 64)),
    BLOCK_B,
    *(_block_c(width) for width in (128, 160, 160, 192)),
    BLOCK_D,
    _block_e("average"),
    _block_e("max"),
)
NUM_FEATURES = 2_048  # channels after the last block


def conv_name(block: int, branch: int, step: int, part: int = 0) -> str:
    """Return what a convolution is called: where it stands, each number from 0; `part` is its place in a split."""
    return f"conv_{block}_{branch}_{step}_{part}"


def convs_of(step: Step) -> tuple[Conv, ...]:
    """Return the convolutions of a step; none for a pool."""
    if isinstance(step, Split):
        return step.convs
    return (step,) if isinstance(step, Conv) else ()


def kernel_shapes() -> dict[str, Shape]:
    """Return the shape of each kernel by its name, in the order of the published graph."""
    shapes: dict[str, Shape] = {}
    channels = 3
    for number, block in enumerate(BLOCKS):
        joined = 0
        for place, branch in enumerate(block):
            found, width = _branch_shapes(number, place, branch, channels)
            shapes |= found
            joined += width
        channels = joined
    return shapes


def _branch_shapes(block: int, branch: int, steps: Branch, channels: int) -> tuple[dict[str, Shape], int]:
    """The kernels of one branch, and the channels that come out of it."""
    shapes: dict[str, Shape] = {}
    for number, step in enumerate(steps):
        convs = convs_of(step)
        for part, conv in enumerate(convs):
            name = conv_name(block, branch, number, part)
            shapes[name] = (conv.height, conv.width, channels, conv.filters)
        if convs:
            channels = sum(conv.filters for conv in convs)
    return shapes, channels
