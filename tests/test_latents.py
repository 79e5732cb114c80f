import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcgan.latents import latents, purpose_seed, truncate

seeds = st.integers(0, 2**32 - 1)


def test_the_stream_is_the_one_that_old_links_were_made_with() -> None:
    # RandomState(7).standard_normal, frozen by NEP 19. Changing these numbers changes every shared picture.
    expected = [[1.6905257, -0.46593738, 0.032820165], [0.40751627, -0.788923, 0.002065573]]
    np.testing.assert_array_equal(latents(7, 2, 3), np.array(expected, np.float32))


@pytest.mark.parametrize(
    ("seed", "sha256"),
    [
        (0, "f143ba0f8970f5e8b7420195beff166b429cdb54bd3287f21a5edd2adb6be1f3"),
        (2**32 - 1, "6e594909948974e26cb7b6b9558f35a5f63e92f74bf64a67a146aefb8784afc0"),
    ],
)
def test_whole_streams_are_pinned_by_their_sum(seed: int, sha256: str) -> None:
    assert hashlib.sha256(latents(seed, 64, 100).astype("<f4").tobytes()).hexdigest() == sha256


@given(seeds, st.integers(1, 9), st.integers(1, 9), st.integers(1, 7))
def test_fewer_latents_are_a_prefix_of_more(seed: int, count: int, more: int, dim: int) -> None:
    many = latents(seed, count + more, dim)
    assert many.shape == (count + more, dim) and many.dtype == np.float32
    np.testing.assert_array_equal(latents(seed, count, dim), many[:count])


def test_drawing_latents_leaves_numpys_own_random_state_alone() -> None:
    before = np.random.get_state()[1].copy()  # type: ignore[union-attr,index]
    latents(1, 10, 10)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # type: ignore[index]


def test_latents_are_standard_normal() -> None:
    # 1,000,000 draws: the mean's standard error is 0.001, the deviation's 0.0007.
    many = latents(3, 10_000, 100)
    assert abs(many.mean()) < 0.005
    assert many.std() == pytest.approx(1.0, abs=0.005)


def test_purpose_seeds_are_the_ones_that_old_runs_trained_with() -> None:
    # sha256("0:d_latents") begins 3d7467a3; 0x3d7467a3 >> 1 = 515,519,441.
    assert purpose_seed(0, "d_latents") == 515_519_441
    assert purpose_seed(0, "g_latents") == 2_104_343_135
    assert purpose_seed(2**32 - 1, "d_latents") == 1_954_007_046


@given(seeds, st.text(max_size=30))
def test_a_purpose_seed_is_a_31_bit_integer(seed: int, purpose: str) -> None:
    derived = purpose_seed(seed, purpose)
    assert type(derived) is int and 0 <= derived < 2**31


def test_seeds_and_purposes_do_not_share_streams() -> None:
    derived = {purpose_seed(seed, purpose) for seed in range(500) for purpose in ("d_latents", "g_latents", "fixed")}
    assert len(derived) == 1_500


@pytest.mark.parametrize("seed", [-1, 2**32, True, 1.0, "7", None])
def test_a_seed_outside_its_range_is_refused_by_name_and_range(seed: object) -> None:
    sentence = r"seed = .* a whole number from 0 to 2\*\*32 - 1"
    with pytest.raises(ValueError, match=sentence):
        latents(seed, 1, 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=sentence):
        purpose_seed(seed, "d_latents")  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [0, -3, 2.0, False])
def test_counts_and_dimensions_begin_at_one(wrong: object) -> None:
    with pytest.raises(ValueError, match="count = "):
        latents(0, wrong, 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="dim = "):
        latents(0, 1, wrong)  # type: ignore[arg-type]


def test_numpys_integers_are_as_good_as_pythons() -> None:
    np.testing.assert_array_equal(latents(np.uint32(7), np.int64(2), np.int16(3)), latents(7, 2, 3))  # type: ignore[arg-type]
    assert purpose_seed(np.uint32(7), "fixed") == purpose_seed(7, "fixed")  # type: ignore[arg-type]


@given(seeds, st.floats(0.01, 1.0))
def test_truncation_moves_each_latent_towards_the_mean_by_itself(seed: int, truncation: float) -> None:
    many = latents(seed, 5, 4)
    truncated = truncate(many, truncation)
    assert truncated.dtype == np.float32
    np.testing.assert_array_equal(truncated, many * np.float32(truncation))
    np.testing.assert_array_equal(truncate(many[:2], truncation), truncated[:2])


def test_a_truncation_of_one_is_none() -> None:
    many = latents(7, 5, 100)
    assert truncate(many, 1.0).tobytes() == many.tobytes()
    assert truncate(many, 0.5).std() == pytest.approx(many.std() / 2)


@pytest.mark.parametrize("truncation", [0.0, -0.5, 1.01, float("nan"), float("inf")])
def test_a_truncation_outside_its_range_is_refused(truncation: float) -> None:
    with pytest.raises(ValueError, match=r"truncation = .* above 0, at most 1"):
        truncate(latents(0, 1, 1), truncation)
