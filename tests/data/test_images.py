import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from dcgan.data.images import cut, decode_png, encode_png, grid, png_size, to_float, to_uint8, upscale

ALL_LEVELS = np.arange(256, dtype=np.uint8)

pictures = hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from((1, 3))))


def test_every_level_survives_the_way_to_float_and_back() -> None:
    np.testing.assert_array_equal(to_uint8(to_float(ALL_LEVELS)), ALL_LEVELS)


def test_black_is_minus_one_and_white_is_one() -> None:
    scaled = to_float(np.array([0, 255], np.uint8))
    assert scaled.dtype == np.float32
    assert scaled.tolist() == [-1.0, 1.0]


def test_levels_are_rounded_to_the_nearest_and_not_cut() -> None:
    # (0.002 + 1) * 127.5 = 127.755 and (0.006 + 1) * 127.5 = 128.265: both are nearest to 128.
    assert to_uint8(np.array([0.002, 0.006], np.float32)).tolist() == [128, 128]


def test_values_outside_the_range_are_clipped_and_nan_is_black() -> None:
    wild = np.array([-7.0, 7.0, -np.inf, np.inf, np.nan], np.float32)
    assert to_uint8(wild).tolist() == [0, 255, 0, 255, 0]


def test_conversions_leave_their_argument_alone() -> None:
    images = np.array([np.nan, 0.5], np.float32)
    to_uint8(images)
    assert np.isnan(images[0]) and images[1] == 0.5


def test_conversions_refuse_the_other_kind_of_image() -> None:
    with pytest.raises(ValueError, match="must be uint8"):
        to_float(np.zeros(3))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must be floating-point"):
        to_uint8(ALL_LEVELS)  # type: ignore[arg-type]


def test_a_grid_places_images_row_by_row_with_padding_between_them() -> None:
    images = np.stack([np.full((1, 2, 1), level, np.uint8) for level in (10, 20, 30)])
    picture = grid(images, columns=2, padding=1, background=99)
    assert picture[:, :, 0].tolist() == [
        [10, 10, 99, 20, 20],
        [99, 99, 99, 99, 99],
        [30, 30, 99, 99, 99],  # the last row is filled up with background
    ]


def test_an_inverted_grid_shows_negatives_on_the_same_background() -> None:
    images = np.array([0, 255, 5], np.uint8).reshape(3, 1, 1, 1)
    assert grid(images, columns=4, padding=0, background=7, inverted=True).ravel().tolist() == [255, 0, 250, 7]


@given(
    hnp.arrays(
        np.uint8,
        st.tuples(st.integers(1, 7), st.integers(1, 4), st.integers(1, 4), st.sampled_from((1, 3))),
    ),
    st.integers(1, 5),
    st.integers(0, 3),
)
def test_every_image_is_found_again_where_the_docstring_says(images: np.ndarray, columns: int, padding: int) -> None:
    picture = grid(images, columns, padding)
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    assert picture.shape == (rows * (height + padding) - padding, columns * (width + padding) - padding, channels)
    for index, image in enumerate(images):
        top, left = (index // columns) * (height + padding), (index % columns) * (width + padding)
        np.testing.assert_array_equal(picture[top : top + height, left : left + width], image)


@pytest.mark.parametrize(
    ("shape", "columns", "padding", "background"),
    [
        ((0, 2, 2, 1), 1, 0, 0),
        ((2, 2, 1), 1, 0, 0),
        ((1, 2, 2, 1), 0, 0, 0),
        ((1, 2, 2, 1), 1, -1, 0),
        ((1, 2, 2, 1), 1, 0, 256),
    ],
)
def test_a_grid_of_nothing_or_with_impossible_numbers_is_refused(
    shape: tuple[int, ...], columns: int, padding: int, background: int
) -> None:
    with pytest.raises(ValueError, match=r"at least one image|cannot be used"):
        grid(np.zeros(shape, np.uint8), columns, padding, background)


def test_upscaling_repeats_pixels_and_keeps_channels() -> None:
    image = np.array([[[1], [2]]], np.uint8)
    assert upscale(image, 2)[:, :, 0].tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]
    np.testing.assert_array_equal(upscale(image, 1), image)
    with pytest.raises(ValueError, match="factor = 0"):
        upscale(image, 0)


@given(pictures)
def test_a_png_gives_back_the_same_pixels(image: np.ndarray) -> None:
    content = encode_png(image)
    decoded = decode_png(content)
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, image)


def test_a_grey_png_is_stored_as_grey() -> None:
    with Image.open(io.BytesIO(encode_png(np.zeros((2, 3, 1), np.uint8)))) as picture:
        assert (picture.mode, picture.size) == ("L", (3, 2))


@pytest.mark.parametrize("shape", [(2, 2), (2, 2, 2), (0, 2, 1)])
def test_only_grey_or_rgb_pictures_become_png(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="A PNG needs an image"):
        encode_png(np.zeros(shape, np.uint8))


def test_a_png_of_another_mode_is_refused_by_name() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (2, 2)).save(buffer, format="PNG")
    with pytest.raises(ValueError, match="mode RGBA"):
        decode_png(buffer.getvalue())


def test_a_png_whose_header_is_cut_short_is_called_one_that_cannot_be_read() -> None:
    content = bytearray(encode_png(np.zeros((2, 2, 1), np.uint8)))
    content[8:12] = bytes(4)  # the header's length, 13
    with pytest.raises(ValueError, match="not a PNG that can be read: Truncated IHDR chunk"):
        decode_png(bytes(content))


@given(st.data())
def test_damaged_png_bytes_never_raise_anything_but_a_value_error(data: st.DataObject) -> None:
    content = bytearray(encode_png(np.arange(192, dtype=np.uint8).reshape(8, 8, 3)))
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[position] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(1, len(content))) :]
    try:
        assert decode_png(bytes(content)).dtype == np.uint8
    except ValueError as error:
        assert "PNG" in str(error)


def test_the_size_of_a_png_is_read_without_decoding_it() -> None:
    content = encode_png(np.zeros((5, 9, 3), np.uint8))
    assert png_size(content) == (9, 5)
    bomb = content[:16] + (30_000).to_bytes(4, "big") * 2 + content[24:]
    assert png_size(bomb) == (30_000, 30_000)


@pytest.mark.parametrize("change", ["text", "behind", "cut", "no-pixels", "jpeg", "empty"])
def test_a_png_with_more_or_less_in_it_than_ours_is_refused(change: str) -> None:
    right = encode_png(np.zeros((5, 9, 1), np.uint8))
    text = b"\0\0\0\1tEXtx" + zlib.crc32(b"tEXtx").to_bytes(4, "big")
    wrong = {
        "text": right[:33] + text + right[33:], "behind": right + b"x", "cut": right[:-1],
        "no-pixels": right[:33] + right[-12:], "jpeg": b"\xff\xd8\xff" + right, "empty": b"",
    }  # fmt: skip
    with pytest.raises(ValueError, match="not a PNG of header, pixels and end"):
        png_size(wrong[change])


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(("columns", "padding"), [(5, 2), (3, 2), (10, 0), (1, 4)])
def test_a_grid_is_cut_into_the_images_that_it_was_made_of(columns: int, padding: int, inverted: bool) -> None:
    made_of = np.random.default_rng(0).integers(0, 256, (10, 6, 4, 3), np.uint8)
    picture = grid(made_of, columns, padding, inverted=inverted)
    pieces = cut(picture, 6, 4, padding, inverted)
    assert np.array_equal(pieces[:10], made_of) and len(pieces) == -(-10 // columns) * columns


@pytest.mark.parametrize("shape", [(57, 58, 1), (58, 57, 1), (27, 58, 1), (0, 28, 1)])
def test_a_picture_that_is_no_grid_is_not_cut(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="is no grid"):
        cut(np.zeros(shape, np.uint8), 28, 28)
