import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcgan.latent.walks import slerp, walk
from dcgan.latents import latents


def lengths(path: np.ndarray) -> np.ndarray:
    return np.linalg.norm(path.astype(float), axis=1)


def test_halfway_between_two_axes_is_the_diagonal() -> None:
    # sin 45° / sin 90° = 0.7071 of each; at a third, sin 60° = 0.8660 and sin 30° = 0.5.
    path = slerp(np.array([1.0, 0.0]), np.array([0.0, 1.0]), [0, 1 / 3, 1 / 2, 1])
    np.testing.assert_allclose(path, [[1, 0], [0.8660254, 0.5], [0.70710678, 0.70710678], [0, 1]], atol=1e-7)
    assert path.dtype == np.float32


def test_the_length_goes_evenly_from_the_one_to_the_other() -> None:
    path = slerp(np.array([3.0, 0.0, 0.0]), np.array([0.0, 5.0, 0.0]), [0, 0.25, 0.5, 1])
    np.testing.assert_allclose(lengths(path), [3, 3.5, 4, 5], rtol=1e-6)  # 3 + 2 * share
    np.testing.assert_allclose(path[2], [4 * math.sqrt(0.5), 4 * math.sqrt(0.5), 0], rtol=1e-6)


def test_the_middle_of_an_arc_is_as_long_as_a_latent_where_a_mean_is_not() -> None:
    keys = latents(7, 2, 100)
    (middle,) = slerp(keys[0], keys[1], [0.5])
    assert np.linalg.norm(middle) == pytest.approx(lengths(keys).mean(), rel=1e-6)
    assert np.linalg.norm(keys.mean(axis=0)) < 0.8 * lengths(keys).mean()


def test_every_step_of_a_leg_turns_by_the_same_angle() -> None:
    path = slerp(*latents(3, 2, 100), np.linspace(0, 1, 11)).astype(float)
    units = path / np.linalg.norm(path, axis=1, keepdims=True)
    turns = np.arccos((units[1:] * units[:-1]).sum(axis=1))
    np.testing.assert_allclose(turns, turns.mean(), rtol=1e-5)


def test_equal_latents_stay_where_they_are() -> None:
    key = latents(1, 1, 100)[0]
    np.testing.assert_allclose(slerp(key, key, [0, 0.3, 1]), [key] * 3, rtol=1e-6)


def test_nearly_equal_latents_go_straight() -> None:
    key = latents(1, 1, 100)[0].astype(float)
    near = key + 1e-7
    np.testing.assert_allclose(slerp(key, near, [0.5])[0], key, rtol=1e-5)


@pytest.mark.parametrize("nudge", [0.0, 1e-9, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2])
def test_opposite_latents_are_reached_without_passing_through_the_middle(nudge: float) -> None:
    start = latents(5, 1, 100)[0].astype(float)
    end = -1.5 * start
    end[0] += nudge * np.linalg.norm(start)
    path = slerp(start, end, np.linspace(0, 1, 101)).astype(float)
    ends = np.linalg.norm([start, end], axis=1)
    assert (lengths(path) >= ends[0] * (1 - 1e-6)).all() and (lengths(path) <= ends[1] * (1 + 1e-6)).all()
    units = path / lengths(path)[:, None]
    turns = np.arccos(np.clip((units[1:] * units[:-1]).sum(axis=1), -1, 1))
    np.testing.assert_allclose(turns, math.pi / 100, rtol=0.02)  # half a turn in 100 even steps


def test_the_way_between_opposites_is_always_the_same() -> None:
    # [3, 4] and its opposite: the shortest axis is the first; at a right angle lies [4, -3] / 5.
    path = slerp(np.array([3.0, 4.0]), np.array([-3.0, -4.0]), [0, 0.5, 1])
    np.testing.assert_allclose(path, [[3, 4], [4, -3], [-3, -4]], atol=1e-6)


def test_a_latent_of_zeros_is_left_in_a_straight_line() -> None:
    np.testing.assert_allclose(slerp(np.zeros(2), np.array([2.0, 0.0]), [0, 0.5, 1]), [[0, 0], [1, 0], [2, 0]])


def test_in_one_dimension_the_way_leads_through_the_middle() -> None:
    path = slerp(np.array([1.0]), np.array([-1.0]), [0, 0.5, 1])
    np.testing.assert_allclose(path, [[1], [0], [-1]], atol=1e-6)


@given(st.integers(2, 7), st.integers(0, 60), st.booleans())
def test_a_walk_has_as_many_frames_as_asked_and_shows_every_key_exactly(count: int, more: int, closed: bool) -> None:
    keys = latents(11, count, 8)
    path = walk(keys, count + more, closed)
    assert path.shape == (count + more, 8) and path.dtype == np.float32
    found = [int(np.flatnonzero((path == key).all(axis=1))[0]) for key in keys]
    assert found == sorted(found) and found[0] == 0
    gaps = np.diff([*found, count + more] if closed else found)
    assert gaps.max() - gaps.min() <= 1
    assert closed or found[-1] == count + more - 1


def test_seven_frames_of_three_legs_are_three_two_and_two() -> None:
    keys = latents(2, 3, 8)
    path = walk(keys, 7)
    np.testing.assert_array_equal(path[[0, 3, 5]], keys)


def test_a_closed_walk_ends_one_frame_before_it_began() -> None:
    path = walk(np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]), 8)
    angles = np.degrees(np.unwrap(np.arctan2(path[:, 1], path[:, 0])))
    np.testing.assert_allclose(angles, np.arange(8) * 45, atol=1e-4)


def test_a_key_may_come_twice() -> None:
    keys = latents(2, 2, 8)[[0, 1, 0]]
    np.testing.assert_array_equal(walk(keys, 5, closed=False)[[0, 2, 4]], keys)


@pytest.mark.parametrize(
    ("keys", "frames", "sentence"),
    [
        (np.ones((1, 4)), 10, "at least 2 key latents; 1 was given"),
        (np.ones((3, 4)), 2, "frames = 2 cannot be used: a walk through 3 keys"),
        (np.full((2, 4), np.nan), 9, "finite numbers"),
        (np.ones(4), 9, "vectors"),
        (np.ones((2, 0)), 9, "at least one number"),
    ],
)
def test_a_walk_that_cannot_be_is_a_sentence(keys: np.ndarray, frames: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        walk(keys, frames)


def test_a_share_beyond_the_ends_and_latents_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shares = \[1.5\]"):
        slerp(np.ones(3), np.ones(3), [1.5])
    with pytest.raises(ValueError, match="all of one length"):
        slerp(np.ones(3), np.ones(4), [0.5])
