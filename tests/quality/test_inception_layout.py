import math

from dcgan.quality.inception_layout import BLOCKS, NUM_FEATURES, conv_name, kernel_shapes


def test_there_are_94_convolutions_in_12_blocks() -> None:
    assert len(BLOCKS) == 12
    assert len(kernel_shapes()) == 94


def test_the_kernels_have_the_numbers_of_the_published_network() -> None:
    # The file it is read from has 87,211,136 bytes of float32: kernels, and three numbers a filter.
    shapes = kernel_shapes().values()
    assert 4 * sum(math.prod(shape) + 3 * shape[3] for shape in shapes) == 87_211_136


def test_every_block_takes_what_the_one_before_it_gives() -> None:
    shapes = kernel_shapes()
    # Szegedy et al. 2015, table 1: 192, 256, 288, 288, 768 (five times), 1280, 2048 channels.
    expected = [3, 192, 256, 288, 288, 768, 768, 768, 768, 768, 1280, 2048]
    assert [shapes[conv_name(block, 0, 0)][2] for block in range(12)] == expected


def test_the_last_block_gives_the_features() -> None:
    ends = [conv_name(11, 0, 0)]
    ends += [conv_name(11, 1, 1, part) for part in (0, 1)] + [conv_name(11, 2, 2, part) for part in (0, 1)]
    ends += [conv_name(11, 3, 1)]
    assert sum(kernel_shapes()[name][3] for name in ends) == NUM_FEATURES  # 320 + 4 * 384 + 192


def test_kernels_are_named_by_where_they_stand_in_the_order_of_the_graph() -> None:
    shapes = list(kernel_shapes().items())
    assert shapes[0] == ("conv_0_0_0_0", (3, 3, 3, 32))
    assert shapes[3] == ("conv_0_0_4_0", (1, 1, 64, 80))  # after a pool, which has no kernel
    assert shapes[78:80] == [("conv_10_1_1_0", (1, 3, 384, 384)), ("conv_10_1_1_1", (3, 1, 384, 384))]
    assert shapes[93] == ("conv_11_3_1_0", (1, 1, 2048, 192))
