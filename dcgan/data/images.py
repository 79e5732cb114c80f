"""Pixels: uint8 outside, float32 in [-1, 1] inside, and pictures made of them.

The only module that converts between the two. Leaves files to whoever reads and writes them: PNG is bytes here.
"""

import io
import math
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MODES = {1: "L", 3: "RGB"}  # channels: Pillow's name
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def to_float(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scale uint8 images of any shape to float32 in [-1, 1]: 0 becomes -1, 255 becomes 1.

    Raises:
        ValueError: the array is not uint8.
    """
    _require_uint8(images)
    scaled = images.astype(np.float32)
    scaled /= np.float32(127.5)
    scaled -= np.float32(1.0)
    return scaled


def to_uint8(images: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Clip images to [-1, 1] and round them to the nearest of 256 levels; the exact inverse of `to_float`.

    NaN becomes black, so that what a diverged network draws can still be shown.

    Raises:
        ValueError: the array does not hold floating-point numbers.
    """
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(f"Images to convert must be floating-point numbers in [-1, 1], not {images.dtype}.")
    levels: NDArray[np.float32] = (np.clip(images, -1.0, 1.0).astype(np.float32) + np.float32(1.0)) * np.float32(127.5)
    levels[np.isnan(levels)] = 0.0
    return np.rint(levels).astype(np.uint8)


def grid(
    images: NDArray[np.uint8], columns: int, padding: int = 2, background: int = 255, inverted: bool = False
) -> NDArray[np.uint8]:
    """Lay images out row by row in one picture.

    The image in row r and column c begins at pixel (r * (height + padding), c * (width + padding)). There is no
    padding around the outside.

    Args:
        images: uint8 (N, height, width, channels), N at least 1.
        columns: images a row; a row that is not full ends in background.
        padding: pixels between neighbours.
        background: level of the padding and of empty places, 0 to 255.
        inverted: show each image as its negative, dark on light for Fashion-MNIST; the background stays.

    Returns:
        uint8 (rows * height + (rows - 1) * padding, columns * width + (columns - 1) * padding, channels).

    Raises:
        ValueError: the array is not uint8 NHWC or holds no image, or a number is outside its range.
    """
    _require_uint8(images)
    if images.ndim != 4 or 0 in images.shape:
        raise ValueError(f"A grid needs at least one image as (N, height, width, channels), not {images.shape}.")
    if columns < 1 or padding < 0 or not 0 <= background <= 255:
        raise ValueError(
            f"columns = {columns}, padding = {padding}, background = {background} cannot be used: "
            "columns is at least 1, padding at least 0, background 0 to 255."
        )
    count, height, width, channels = images.shape
    rows = math.ceil(count / columns)

    # Every cell carries its padding below and to the right; the last of each is cut off.
    cells = np.full((rows * columns, height + padding, width + padding, channels), background, np.uint8)
    cells[:count, :height, :width] = 255 - images if inverted else images
    cells = cells.reshape(rows, columns, height + padding, width + padding, channels)
    picture = cells.transpose(0, 2, 1, 3, 4).reshape(rows * (height + padding), columns * (width + padding), channels)
    return np.ascontiguousarray(picture[: rows * (height + padding) - padding, : columns * (width + padding) - padding])


def cut(
    picture: NDArray[np.uint8], height: int, width: int, padding: int = 2, inverted: bool = False
) -> NDArray[np.uint8]:
    """Return the images that `grid` has laid out, row by row, empty places of the last row included.

    Args:
        picture: uint8 (H, W, channels).
        height: of one image.
        width: of one image.
        padding: as in `grid`.
        inverted: as in `grid`.

    Returns:
        uint8 (N, height, width, channels).

    Raises:
        ValueError: no whole number of such images makes such a picture.
    """
    _require_uint8(picture)
    across, down = (
        (side + padding) / (one + padding) for side, one in zip(picture.shape[1::-1], (width, height), strict=True)
    )
    if across % 1 or down % 1:
        raise ValueError(f"A picture {picture.shape} is no grid of {height} by {width} pixels, {padding} apart.")
    channels, size = picture.shape[2], (height + padding, width + padding)
    cells = np.pad(picture, ((0, padding), (0, padding), (0, 0)))
    cells = cells.reshape(int(down), size[0], int(across), size[1], channels).transpose(0, 2, 1, 3, 4)
    images = np.ascontiguousarray(cells.reshape(-1, *size, channels)[:, :height, :width])
    return 255 - images if inverted else images


def upscale(image: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Repeat each pixel `factor` times both ways (nearest neighbour): (H, W, C) to (factor * H, factor * W, C).

    Raises:
        ValueError: `factor` is below 1.
    """
    if factor < 1:
        raise ValueError(f"factor = {factor} cannot be used: it must be at least 1.")
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """Encode one uint8 image (H, W, 1 or 3) as PNG; grey stays grey.

    Raises:
        ValueError: the array is not uint8 or not of that shape.
    """
    _require_uint8(image)
    if image.ndim != 3 or image.shape[2] not in MODES or 0 in image.shape:
        raise ValueError(f"A PNG needs an image as (height, width, 1 or 3), not {image.shape}.")
    buffer = io.BytesIO()
    pixels = image[:, :, 0] if image.shape[2] == 1 else image
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, format="PNG")
    return buffer.getvalue()


def decode_png(content: bytes) -> NDArray[np.uint8]:
    """Decode an 8-bit grey or RGB PNG to uint8 (H, W, 1 or 3).

    Raises:
        ValueError: the bytes are not such a PNG, are damaged, or hold far too many pixels.
    """
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            mode, pixels = picture.mode, np.array(picture, np.uint8)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"This is not a PNG that can be read: {error}.") from error
    if mode not in MODES.values():
        raise ValueError(f"This PNG has mode {mode}; 8-bit grey (L) and RGB can be read.")
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def png_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a PNG that `encode_png` could have written, without decoding it.

    Raises:
        ValueError: no PNG, or one with more in it than header, pixels and end: no text, no profile, nothing behind it.
    """
    place, names = 8, list[bytes]()
    while content.startswith(PNG_SIGNATURE) and place + 12 <= len(content) and names[-1:] != [b"IEND"]:
        length, name = struct.unpack(">I4s", content[place : place + 8])
        names.append(name)
        place += 12 + length
    parts = len(names) >= 3 and names[0] == b"IHDR" and names[-1] == b"IEND" and {*names[1:-1]} == {b"IDAT"}
    if not parts or place != len(content):
        raise ValueError("This is not a PNG of header, pixels and end.")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _require_uint8(images: NDArray[np.uint8]) -> None:
    if images.dtype != np.uint8:
        raise ValueError(f"Images must be uint8, 0 to 255, not {images.dtype}.")
