"""Images placed by likeness."""

import numpy as np
import pytest

from dcgan.data.mapping import place_images


def test_images_that_vary_in_one_pixel_stand_in_a_line() -> None:
    images = np.zeros((5, 2, 2, 1), np.uint8)
    images[:, 0, 1, 0] = [0, 255, 51, 102, 204]
    images[0, 1, 0, 0] = 1  # a little of a second direction
    placed = place_images(images, 5)
    assert placed.rows.tolist() == [0, 1, 2, 3, 4]
    # The first direction is that pixel: its value / 127.5 - 1, less the mean of 122.4 / 127.5 - 1
    expected = (np.array([0, 255, 51, 102, 204]) - 122.4) / 127.5
    assert placed.places[:, 0] == pytest.approx(expected, abs=1e-2)
    assert abs(placed.places[:, 1]).max() < 0.01


def test_the_images_are_taken_at_even_distances_and_stay_where_they_are() -> None:
    images = np.random.default_rng(0).integers(0, 256, (101, 3, 3, 1), dtype=np.uint8)
    first, second = place_images(images, 11), place_images(images, 11)
    assert first.rows.tolist() == list(range(0, 101, 10))
    assert np.array_equal(first.places, second.places)
    assert len(place_images(images, 500).rows) == 101


@pytest.mark.parametrize(("images", "count"), [(2, 10), (10, 2)])
def test_fewer_than_three_are_no_map(images: int, count: int) -> None:
    with pytest.raises(ValueError, match=f"at least 3 images; there are {images}, and {count} are asked for"):
        place_images(np.zeros((images, 2, 2, 1), np.uint8), count)
