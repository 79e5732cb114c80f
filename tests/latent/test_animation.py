import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageSequence

from dcgan.data.images import upscale
from dcgan.latent.animation import encode_gif, encode_mp4, visible_scale, write_gif
from decoded import decode_mp4


def decode(path: Path) -> tuple[list[np.ndarray], list[int]]:
    with Image.open(path) as picture:
        frames = [frame.copy() for frame in ImageSequence.Iterator(picture)]
    return [np.asarray(frame.convert("RGB")) for frame in frames], [frame.info["duration"] for frame in frames]


def grey_frames(count: int, height: int = 12, width: int = 20) -> list[np.ndarray]:
    draws = np.random.default_rng(5).integers(0, 256, (count, height, width, 1), dtype=np.uint8)
    return list(draws)


def test_grey_frames_come_back_with_every_level(tmp_path: Path) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    frames = [ramp, ramp[::-1], *grey_frames(3, 16, 16)]
    write_gif(frames, tmp_path / "a.gif")
    decoded, _ = decode(tmp_path / "a.gif")
    np.testing.assert_array_equal(np.stack(decoded), np.repeat(np.stack(frames), 3, axis=3))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(
    hnp.arrays(
        np.uint8,
        st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.just(1)),
        elements=st.sampled_from((0, 1, 127, 255)),
    )
)
def test_what_is_shown_at_any_time_is_the_frame_that_was_given(tmp_path: Path, frames: np.ndarray) -> None:
    # Few levels make frames that agree in places or altogether, which the encoder stores as differences.
    write_gif(list(frames), tmp_path / "a.gif", seconds_per_frame=0.1, hold_last=0.1)
    with Image.open(tmp_path / "a.gif") as picture:
        shown = [
            np.asarray(frame.convert("L"))
            for frame in ImageSequence.Iterator(picture)
            for _ in range(frame.info["duration"] // 100)
        ]
    np.testing.assert_array_equal(np.stack(shown), frames[..., 0])


def test_durations_and_endless_looping_are_written(tmp_path: Path) -> None:
    write_gif(grey_frames(4), tmp_path / "a.gif", seconds_per_frame=0.25, hold_last=3.0)
    _, durations = decode(tmp_path / "a.gif")
    assert durations == [250, 250, 250, 3000]
    with Image.open(tmp_path / "a.gif") as picture:
        assert picture.info["loop"] == 0


def test_half_a_second_a_frame_and_two_for_the_last_unless_told(tmp_path: Path) -> None:
    write_gif(grey_frames(2), tmp_path / "a.gif")
    assert decode(tmp_path / "a.gif")[1] == [500, 2000]


def test_scale_repeats_pixels(tmp_path: Path) -> None:
    frames = grey_frames(2)
    write_gif(frames, tmp_path / "a.gif", scale=3)
    decoded, _ = decode(tmp_path / "a.gif")
    np.testing.assert_array_equal(decoded[1][:, :, :1], upscale(frames[1], 3))


def test_few_colours_are_kept_exactly(tmp_path: Path) -> None:
    first = np.zeros((4, 4, 3), np.uint8)
    second = first.copy()
    second[1:3, 1:3] = (200, 30, 90)
    write_gif([first, second], tmp_path / "a.gif")
    np.testing.assert_array_equal(np.stack(decode(tmp_path / "a.gif")[0]), np.stack([first, second]))


def test_one_frame_is_an_animation_too(tmp_path: Path) -> None:
    frames = grey_frames(1)
    write_gif(frames, tmp_path / "a.gif")
    decoded, _ = decode(tmp_path / "a.gif")
    assert len(decoded) == 1
    np.testing.assert_array_equal(decoded[0][:, :, :1], frames[0])


@pytest.mark.parametrize(
    ("frames", "sentence"),
    [
        ([], "at least one frame"),
        ([np.zeros((2, 2, 1), np.uint8), np.zeros((2, 3, 1), np.uint8)], "must have one shape"),
        ([np.zeros((2, 2, 1), np.uint8), np.zeros((2, 2, 3), np.uint8)], "must have one shape"),
        ([np.zeros((2, 2), np.uint8)], "Frames must be uint8"),
        ([np.zeros((2, 2, 1), np.float32)], "Frames must be uint8"),
    ],
)
def test_frames_that_do_not_go_together_are_refused(tmp_path: Path, frames: list[np.ndarray], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        write_gif(frames, tmp_path / "a.gif")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seconds", [0.0, 0.01, -1.0, 601.0, float("nan")])
def test_times_that_no_viewer_keeps_are_refused_by_name(tmp_path: Path, seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds_per_frame = "):
        write_gif(grey_frames(2), tmp_path / "a.gif", seconds_per_frame=seconds)
    with pytest.raises(ValueError, match="hold_last = "):
        write_gif(grey_frames(2), tmp_path / "a.gif", hold_last=seconds)


def test_an_old_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")
    write_gif(grey_frames(2), path)
    assert path.read_bytes().startswith(b"GIF8")
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dcgan.runs.files.os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_gif(grey_frames(2), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_mp4_has_every_frame_at_its_size_and_speed_and_keeps_the_levels(tmp_path: Path) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    frames = [np.roll(ramp, shift, axis=0) for shift in range(12)]
    said, decoded = decode_mp4(encode_mp4(frames, frames_per_second=24, scale=10), tmp_path)
    assert decoded.shape == (12, 160, 160, 3)
    for part in ("Video: h264", "yuv420p(tv, bt709", "24 fps", "Duration: 00:00:00.50"):
        assert part in said
    for frame, shown in zip(frames, decoded, strict=True):
        difference = np.abs(shown.astype(int) - upscale(frame, 10))
        assert difference.max() <= 6 and difference.mean() < 1  # 219 levels instead of 256, and some compression


def test_an_mp4_keeps_colours(tmp_path: Path) -> None:
    frame = np.zeros((32, 32, 3), np.uint8)
    frame[:16], frame[16:] = (200, 30, 90), (0, 180, 255)
    _, (shown,) = decode_mp4(encode_mp4([frame]), tmp_path)
    np.testing.assert_allclose(shown[[4, 28], 16], [(200, 30, 90), (0, 180, 255)], atol=6)


def test_odd_sides_of_an_mp4_are_made_even(tmp_path: Path) -> None:
    frame = np.tile(np.arange(29, dtype=np.uint8)[None, :, None] * 8, (27, 1, 1))
    _, (shown, _) = decode_mp4(encode_mp4([frame] * 2), tmp_path)
    assert shown.shape == (28, 30, 3)
    np.testing.assert_allclose(shown[:, 29, 0], 28 * 8, atol=6)  # the last column again


def test_the_same_frames_are_the_same_file() -> None:
    frames = grey_frames(5)
    assert encode_mp4(frames, 15, 3) == encode_mp4(frames, 15, 3)
    assert encode_gif(frames) == encode_gif(frames)


ENCODE_WHILE_MULTIPLYING = """
import threading

import numpy as np

from dcgan.latent.animation import encode_mp4

def multiply():
    matrix = np.ones((1024, 1024), np.float32)
    while True:
        matrix @ matrix

threading.Thread(target=multiply, daemon=True).start()
print(sum(len(encode_mp4([np.zeros((8, 8, 1), np.uint8)])) > 0 for _ in range(20)))
"""


def test_an_mp4_is_made_while_another_thread_multiplies_matrices() -> None:
    # Forked in the middle of a product, the encoder's process would not begin and neither side go on.
    command = [sys.executable, "-c", ENCODE_WHILE_MULTIPLYING]
    assert subprocess.run(command, capture_output=True, timeout=120, check=True, text=True).stdout.strip() == "20"


@pytest.mark.parametrize("fps", [0, 61, -5])
def test_a_speed_that_no_video_has_is_refused_by_name(fps: int) -> None:
    with pytest.raises(
        ValueError, match=f"frames_per_second = {fps} cannot be used: it must be a whole number from 1 to 60"
    ):
        encode_mp4(grey_frames(2), fps)


def test_frames_of_two_shapes_are_no_mp4() -> None:
    with pytest.raises(ValueError, match="must have one shape"):
        encode_mp4([np.zeros((2, 2, 1), np.uint8), np.zeros((2, 3, 1), np.uint8)])


@pytest.mark.parametrize(("side", "scale"), [(28, 10), (64, 4), (128, 2), (256, 1), (300, 1)])
def test_small_frames_are_shown_at_256_pixels_or_a_little_more(side: int, scale: int) -> None:
    assert visible_scale(np.zeros((side, side, 1), np.uint8)) == scale
