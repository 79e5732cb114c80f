import numpy as np
import pytest

from dcgan.latent.drawing import Drawing, columns_of, lay_out, read_keys, write_keys
from dcgan.latents import latents


def test_the_samples_latents_are_the_seeds_and_the_first_are_the_same_whatever_the_count() -> None:
    np.testing.assert_array_equal(Drawing(seed=7, count=8).sample_latents(100), latents(7, 8, 100))
    few, many = (Drawing(seed=7, count=count, truncation=0.7).sample_latents(100) for count in (8, 64))
    np.testing.assert_array_equal(few, many[:8])


def test_truncation_shortens_the_latents() -> None:
    half = Drawing(seed=7, count=2, truncation=0.5).sample_latents(10)
    np.testing.assert_array_equal(half, latents(7, 2, 10) / 2)
    assert half.dtype == np.float32


def test_key_frames_are_the_samples_of_these_numbers_also_beyond_the_count() -> None:
    drawing = Drawing(seed=7, count=4, truncation=0.5, keys=(3, 0, 14), frames=9)
    path = drawing.walk_latents(10)
    np.testing.assert_array_equal(path[[0, 3, 6]], latents(7, 15, 10)[[3, 0, 14]] / 2)
    assert len(path) == 9


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"seed": -1}, r"seed = -1 cannot be used: it must be a whole number from 0 to 4,294,967,295\."),
        ({"seed": 2**32}, "seed = 4294967296"),
        ({"seed": True}, "seed = True"),
        ({"count": 0}, r"count = 0 cannot be used: it must be a whole number from 1 to 10,000\."),
        ({"count": 10_001}, "count = 10001"),
        ({"truncation": 0.0}, r"truncation = 0.0 cannot be used: it must be a number above 0, at most 1\."),
        ({"truncation": 1.01}, "truncation = 1.01"),
        ({"truncation": float("nan")}, "truncation = nan"),
        ({"frames": 1}, "frames = 1 cannot be used"),
        ({"frames_per_second": 0}, "fps = 0 cannot be used"),
        ({"keys": (1, 10_000)}, "walk = 10000 cannot be used"),
        ({"keys": tuple(range(33))}, "33 key frames cannot be used: at most 32"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence(wish: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Drawing(**wish)


def test_a_walk_takes_two_key_frames() -> None:
    assert [Drawing(keys=keys).has_walk for keys in ((), (1,), (1, 2))] == [False, False, True]
    with pytest.raises(ValueError, match="needs at least 2 key latents"):
        Drawing(keys=(3,)).walk_latents(4)


def test_key_frames_are_written_as_they_are_read() -> None:
    assert read_keys(" 3, 0,14") == (3, 0, 14)
    assert read_keys(write_keys((3, 0, 14))) == (3, 0, 14)


@pytest.mark.parametrize("text", ["", "1,,2", "a", "1;2", "-1,2", "1.5,2", "²", "9" * 5000])
def test_key_frames_that_are_no_numbers_are_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="counted from 0, such as 3,0,14") as caught:
        read_keys(text)
    assert len(str(caught.value)) < 200


def test_samples_are_laid_out_as_nearly_square_as_may_be_without_an_empty_place() -> None:
    counts = {1: 1, 2: 2, 4: 2, 8: 4, 9: 3, 12: 4, 16: 4, 25: 5, 36: 6, 64: 8, 100: 10, 256: 16}
    assert {count: columns_of(count) for count in counts} == counts
    assert [columns_of(count) for count in (5, 7, 10, 17)] == [3, 3, 5, 5]  # 5 and 17 would be one long row
    assert lay_out(np.zeros((8, 28, 28, 1), np.uint8)).shape == (58, 118, 1)  # 2 and 4 of 28, with gaps of 2
