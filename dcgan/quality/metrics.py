"""How far one set of images is from another, in numbers: pure functions on features.

Owns the arithmetic of each metric. Leaves where features come from, and what a number is called when they come from
another network, to whoever calls: the same Fréchet distance is FCD on a classifier's features and FID on Inception's.
Features are (N, D) arrays, of real images as `reference`, of those to be judged as `features`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

NEIGHBOURS = 5  # k of precision, recall, density and coverage: the value of Naeem et al. 2020
SUBSETS, SUBSET_SIZE = 100, 1_000  # of KID: Binkowski et al. 2018
DEGREE = 3  # of KID's polynomial kernel


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean and covariance of features: all that a Fréchet distance looks at.

    Attributes:
        mu: float64 (D,).
        sigma: float64 (D, D), divided by N - 1.
        count: N.
    """

    mu: NDArray[np.float64]
    sigma: NDArray[np.float64]
    count: int


@dataclass(frozen=True)
class Kid:
    """Kernel inception distance: the mean of its subsets, and their standard deviation.

    Attributes:
        mean: 0 for the same distribution, and as often below as above; unbiased at any count.
        deviation: between the subsets.
        subset_size: images of each set in each subset.
    """

    mean: float
    deviation: float
    subset_size: int


@dataclass(frozen=True)
class Prdc:
    """Kynkäänniemi et al. 2019 (1904.06991), precision and recall; Naeem et al. 2020 (2002.09797), the other two.

    Attributes:
        precision: share of the images that lie among real ones, 0 to 1.
        recall: share of the real ones that lie among the images, 0 to 1.
        density: how crowded with real ones the places of the images are; about 1 for the same distribution.
        coverage: share of the real ones with an image nearer than their own neighbours, 0 to 1.
    """

    precision: float
    recall: float
    density: float
    coverage: float


@dataclass(frozen=True)
class Classes:
    """What a classifier takes images for.

    Attributes:
        shares: float64 (num_classes,), adding up to 1.
        entropy: of the shares in nats; log(num_classes) where all are equal.
        missing: the classes with less than a tenth of an equal share.
    """

    shares: NDArray[np.float64]
    entropy: float
    missing: tuple[int, ...]


def measure_moments(features: Floats) -> Moments:
    """Return mean and covariance.

    Raises:
        ValueError: fewer than two rows, or a number that is not finite.
    """
    values = _checked(features, least=2)
    mu = values.mean(axis=0)
    centred = values - mu
    return Moments(mu, centred.T @ centred / (len(values) - 1), len(values))


def frechet_distance(first: Moments, second: Moments) -> float:
    """Return |mu - mu'|² + tr(sigma + sigma' - 2 (sigma sigma')^½) (Heusel et al. 2017, 1706.08500); at least 0.

    The trace of the root of a product of two covariances is the sum of the roots of the eigenvalues of S sigma' S, S
    being the symmetric root of the first: two symmetric problems in place of a general one.

    Raises:
        ValueError: the features have different lengths.
    """
    if first.mu.shape != second.mu.shape:
        raise ValueError(f"Features of {len(first.mu)} and {len(second.mu)} numbers cannot be compared.")
    values, vectors = np.linalg.eigh(first.sigma)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    product = np.linalg.eigvalsh(root @ second.sigma @ root)
    distance = np.sum((first.mu - second.mu) ** 2) + np.trace(first.sigma) + np.trace(second.sigma)
    return max(0.0, float(distance - 2 * np.sqrt(np.clip(product, 0, None)).sum()))


def measure_kid(
    features: Floats, reference: Floats, seed: int = 0, subsets: int = SUBSETS, subset_size: int = SUBSET_SIZE
) -> Kid:
    """Return the squared maximum mean discrepancy with the kernel (x·y / D + 1)³ (Binkowski et al. 2018, 1801.01401).

    Args:
        features: (N, D).
        reference: (M, D).
        seed: of the choice of the subsets.
        subsets: how many.
        subset_size: images of each set in one; all of the smaller set where that has fewer.

    Raises:
        ValueError: fewer than two rows, or a number that is not finite.
    """
    fake, real = _checked(features, least=2), _checked(reference, least=2)
    size = min(subset_size, len(fake), len(real))
    draw = np.random.default_rng(seed)
    values = [
        _mmd(fake[draw.choice(len(fake), size, replace=False)], real[draw.choice(len(real), size, replace=False)])
        for _ in range(subsets)
    ]
    return Kid(float(np.mean(values)), float(np.std(values)), size)


def _mmd(fake: NDArray[np.float64], real: NDArray[np.float64]) -> float:
    """The unbiased estimate: no image is compared with itself."""
    count, dimensions = fake.shape

    def kernel(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
        products: NDArray[np.float64] = (left @ right.T / dimensions + 1) ** DEGREE
        return products

    within = sum(kernel(one, one).sum() - np.trace(kernel(one, one)) for one in (fake, real))
    return float(within / (count * (count - 1)) - 2 * kernel(fake, real).mean())


def measure_prdc(features: Floats, reference: Floats, neighbours: int = NEIGHBOURS) -> Prdc:
    """Return precision, recall, density and coverage with balls to the k-th neighbour.

    Raises:
        ValueError: a set has no more rows than `neighbours`, or a number is not finite.
    """
    fake, real = _checked(features, least=neighbours + 1), _checked(reference, least=neighbours + 1)
    fake_radii, real_radii = _radii(fake, neighbours), _radii(real, neighbours)
    precise = covered = crowd = 0
    recalled = np.zeros(len(real), bool)
    nearest = np.full(len(real), np.inf)
    for start in range(0, len(fake), 500):
        distances = _distances(real, fake[start : start + 500])  # (M, up to 500)
        inside = distances < real_radii[:, None]
        precise += int(inside.any(axis=0).sum())
        crowd += int(inside.sum())
        recalled |= (distances < fake_radii[None, start : start + 500]).any(axis=1)
        nearest = np.minimum(nearest, distances.min(axis=1))
    covered = int((nearest < real_radii).sum())
    return Prdc(
        precise / len(fake), float(recalled.mean()), crowd / (neighbours * len(fake)), covered / len(real)
    )  # fmt: skip


def neighbour_ratio(features: Floats, train: Floats, test: Floats) -> float:
    """Return how near the training images the images lie, to how near the test images lie: 1 as new ones, 0 copies.

    The median distance from an image to its nearest training image, over that of a test image.

    Raises:
        ValueError: an empty set, a number that is not finite, or test images that are all training images.
    """
    new, known, held_out = (_checked(one, least=1) for one in (features, train, test))
    index = _index(known, 1)
    ours, theirs = (float(np.median(index.kneighbors(one)[0])) for one in (new, held_out))
    if theirs == 0:
        raise ValueError("More than half of the test images are training images: they cannot tell what copying is.")
    return ours / theirs


def one_neighbour_accuracy(features: Floats, reference: Floats) -> float:
    """Return how often the nearest other image of both sets is of the same set (Lopez-Paz and Oquab 2017, 1610.06545).

    0.5: not to be told apart; 1: quite different, or each set in clumps; towards 0: copies of single real images.

    Raises:
        ValueError: sets of different sizes, fewer than two rows, or a number that is not finite.
    """
    fake, real = _checked(features, least=2), _checked(reference, least=2)
    if len(fake) != len(real):
        raise ValueError(f"Both sets must have as many images, not {len(fake):,} and {len(real):,}.")
    both = np.concatenate([fake, real])
    is_fake = np.arange(len(both)) < len(fake)
    # The nearest of two is the image itself, or a copy of it: then the one that is not itself.
    found = _index(both, 2).kneighbors(both, return_distance=False)
    other = np.where(found[:, 0] == np.arange(len(both)), found[:, 1], found[:, 0])
    return float((is_fake[other] == is_fake).mean())


def count_classes(probabilities: Floats) -> Classes:
    """Return which classes images are of, by a classifier's probabilities (N, num_classes).

    Raises:
        ValueError: no rows, or a number that is not finite.
    """
    values = _checked(probabilities, least=1)
    num_classes = values.shape[1]
    shares = np.bincount(values.argmax(axis=1), minlength=num_classes) / len(values)
    present = shares[shares > 0]
    missing = tuple(int(label) for label in np.flatnonzero(shares < 0.1 / num_classes))
    return Classes(shares, float(-(present * np.log(present)).sum()), missing)


def _checked(features: Floats, least: int) -> NDArray[np.float64]:
    """Features in float64.

    Raises:
        ValueError: they are not (N, D), too few, or not finite.
    """
    if features.ndim != 2 or len(features) < least:
        raise ValueError(f"Features must be (N, D) with N at least {least}, not {features.shape}.")
    if not np.isfinite(features).all():
        raise ValueError("Features must be finite; some are not.")
    return features.astype(np.float64)


def _radii(points: NDArray[np.float64], neighbours: int) -> NDArray[np.float64]:
    """Distance of each to its k-th neighbour, itself not counted."""
    radii: NDArray[np.float64] = _index(points, neighbours + 1).kneighbors(points)[0][:, -1]
    return radii


def _index(points: NDArray[np.float64], neighbours: int) -> Any:
    """What finds the nearest of the points."""
    # Here: a server that shows the distance of one image has no need of scikit-learn, which is 80 MB in memory.
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=neighbours).fit(points)


def _distances(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Euclidean distances (N, M)."""
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None, :] - 2 * left @ right.T
    distances: NDArray[np.float64] = np.sqrt(np.clip(squares, 0, None))
    return distances
