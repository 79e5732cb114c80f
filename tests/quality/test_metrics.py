"""Each metric by numbers worked out by hand, against SciPy or scikit-learn, and against another implementation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from sklearn.metrics.pairwise import polynomial_kernel

from dcgan.quality.metrics import (
    Moments,
    count_classes,
    frechet_distance,
    measure_kid,
    measure_moments,
    measure_prdc,
    neighbour_ratio,
    one_neighbour_accuracy,
)


def column(*values: float) -> np.ndarray:
    """Features of one number an image."""
    return np.array(values, float)[:, None]


def two_sets() -> tuple[np.ndarray, np.ndarray]:
    """Real features and others: shifted, narrower, a fifth of them nearly one point."""
    draw = np.random.default_rng(11)
    real, fake = draw.normal(size=(300, 8)), draw.normal(0.3, 0.8, size=(250, 8))
    fake[:50] = fake[0] + draw.normal(0, 0.01, size=(50, 8))
    return real, fake


def test_moments_of_the_corners_of_a_square() -> None:
    moments = measure_moments(np.array([[0, 0], [2, 0], [0, 2], [2, 2]]))
    assert moments.mu.tolist() == [1, 1] and moments.count == 4
    np.testing.assert_allclose(moments.sigma, [[4 / 3, 0], [0, 4 / 3]])  # 4 * 1² / 3


def test_frechet_distance_of_two_upright_ellipses() -> None:
    first = Moments(np.zeros(2), np.diag([1.0, 4.0]), 10)
    second = Moments(np.array([3.0, 4.0]), np.diag([9.0, 1.0]), 10)
    assert frechet_distance(first, second) == pytest.approx(25 + (1 - 3) ** 2 + (2 - 1) ** 2)


def test_frechet_distance_is_the_one_of_scipys_matrix_root() -> None:
    first, second = (measure_moments(features) for features in two_sets())
    root = sqrtm(first.sigma @ second.sigma).real
    expected = np.sum((first.mu - second.mu) ** 2) + np.trace(first.sigma + second.sigma - 2 * root)
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_where_there_are_fewer_images_than_features() -> None:
    draw = np.random.default_rng(2)
    moments = measure_moments(draw.normal(size=(10, 40)))
    assert frechet_distance(moments, moments) == pytest.approx(0, abs=1e-5)


def test_features_of_two_networks_are_not_compared() -> None:
    with pytest.raises(ValueError, match="2 and 3 numbers cannot be compared"):
        frechet_distance(Moments(np.zeros(2), np.eye(2), 5), Moments(np.zeros(3), np.eye(3), 5))


def test_kid_of_two_pairs_of_numbers() -> None:
    # Kernel (xy + 1)³. Within {0, 1}: 1; within {2, 1}: 27; across: (1 + 1 + 27 + 8) / 4 = 9.25; 1 + 27 - 2 * 9.25.
    kid = measure_kid(column(0, 1), column(2, 1), subsets=3)
    assert kid.mean == pytest.approx(9.5) and kid.deviation == pytest.approx(0) and kid.subset_size == 2


def test_kid_is_the_one_of_scikit_learns_kernel() -> None:
    real, fake = two_sets()
    real = real[:250]  # one subset of everything
    within = [polynomial_kernel(one, degree=3, gamma=1 / 8, coef0=1) for one in (fake, real)]
    across = polynomial_kernel(fake, real, degree=3, gamma=1 / 8, coef0=1)
    expected = sum((one.sum() - np.trace(one)) / (250 * 249) for one in within) - 2 * across.mean()
    assert measure_kid(fake, real, subsets=1).mean == pytest.approx(expected, abs=1e-6)


def test_kid_of_the_same_distribution_is_about_nothing_and_its_seed_decides() -> None:
    draw = np.random.default_rng(3)
    kids = [measure_kid(draw.normal(size=(400, 8)), draw.normal(size=(400, 8)), subsets=20, subset_size=200)]
    kids += [measure_kid(*two_sets(), seed=seed, subsets=5, subset_size=100) for seed in (0, 0, 1)]
    assert abs(kids[0].mean) < 0.02 < kids[1].mean
    assert kids[1] == kids[2] != kids[3]


def test_precision_recall_density_and_coverage_of_points_on_a_line() -> None:
    # Radii to the nearest other: of 0, 1 and 3 they are 1, 1 and 2; of 0.5, 10 and 11 they are 9.5, 1 and 1.
    prdc = measure_prdc(column(0.5, 10, 11), column(0, 1, 3), neighbours=1)
    assert prdc.precision == pytest.approx(1 / 3)  # 0.5 alone lies in a real ball
    assert prdc.recall == 1  # all real ones lie within 9.5 of 0.5
    assert prdc.density == pytest.approx(2 / 3)  # 0.5 lies in two balls
    assert prdc.coverage == pytest.approx(2 / 3)  # 3 is 2.5 from its nearest image, more than its 2


@pytest.mark.parametrize(
    ("neighbours", "expected"),
    [(3, (0.968, 0.6233333333, 1.4666666667, 0.7633333333)), (5, (0.988, 0.7033333333, 1.3784, 0.8866666667))],
)
def test_prdc_is_that_of_its_authors_package(neighbours: int, expected: tuple[float, ...]) -> None:
    real, fake = two_sets()  # recorded from the package prdc 0.2
    measured = measure_prdc(fake, real, neighbours)
    assert (measured.precision, measured.recall, measured.density, measured.coverage) == pytest.approx(expected)


def test_images_nearer_to_the_training_images_than_new_ones_are() -> None:
    # Test images lie 1 and 2 from a training image, median 1.5; these two 0.5.
    assert neighbour_ratio(column(0.5, 10.5), column(0, 10), column(1, 12)) == pytest.approx(1 / 3)
    assert neighbour_ratio(column(0, 10), column(0, 10), column(1, 12)) == 0


def test_test_images_that_are_training_images_tell_nothing_of_copying() -> None:
    with pytest.raises(ValueError, match="cannot tell what copying is"):
        neighbour_ratio(column(1.0), column(0, 10), column(0, 10))


def test_one_neighbour_accuracy_of_sets_apart_together_and_copied() -> None:
    assert one_neighbour_accuracy(column(0, 0.1), column(9, 9.1)) == 1
    assert one_neighbour_accuracy(column(0, 10), column(1, 9)) == 0
    assert one_neighbour_accuracy(column(0, 10), column(0, 10)) == 0
    draw = np.random.default_rng(4)
    same = one_neighbour_accuracy(draw.normal(size=(500, 4)), draw.normal(size=(500, 4)))
    assert same == pytest.approx(0.5, abs=0.06)  # 1,000 draws: a deviation of 0.016, and neighbours are not independent


def test_one_neighbour_accuracy_wants_sets_of_one_size() -> None:
    with pytest.raises(ValueError, match="as many images, not 2 and 3"):
        one_neighbour_accuracy(column(0, 1), column(0, 1, 2))


def test_classes_their_entropy_and_those_that_are_missing() -> None:
    probabilities = np.eye(4)[[0, 0, 1, 1] * 10 + [2]]  # 20, 20 and 1 of 41; a tenth of an equal share is 0.025
    classes = count_classes(probabilities)
    assert classes.shares.tolist() == pytest.approx([20 / 41, 20 / 41, 1 / 41, 0])
    assert classes.missing == (2, 3)
    assert classes.entropy == pytest.approx(-2 * 20 / 41 * math.log(20 / 41) - 1 / 41 * math.log(1 / 41))
    assert count_classes(np.eye(10)).entropy == pytest.approx(math.log(10))


@pytest.mark.parametrize("broken", [np.zeros(3), np.zeros((1, 3)), np.full((4, 2), np.nan), np.full((4, 2), np.inf)])
def test_features_that_are_none_are_refused(broken: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Features must be"):
        measure_moments(broken)


@given(st.integers(2, 30), st.integers(1, 6), st.integers(0, 2**32 - 1), st.floats(0.01, 100))
def test_a_set_is_no_distance_from_itself_and_distances_have_no_direction(
    count: int, dimensions: int, seed: int, scale: float
) -> None:
    draw = np.random.default_rng(seed)
    first, second = (measure_moments(draw.normal(size=(count, dimensions)) * scale) for _ in range(2))
    assert frechet_distance(first, first) == pytest.approx(0, abs=1e-6 * scale**2)
    there, back = frechet_distance(first, second), frechet_distance(second, first)
    assert there == pytest.approx(back, rel=1e-6, abs=1e-6 * scale**2) and there >= 0
