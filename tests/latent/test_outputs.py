import io
import json
import re
import zipfile
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import onnxruntime
import pytest

from dcgan.data.images import decode_png, grid, to_uint8
from dcgan.latent.drawing import Drawing
from dcgan.latent.generator import Generator
from dcgan.latent.outputs import describe_output, draw_samples, draw_walk, encode_as, require_ending, write_output
from dcgan.latents import latents
from dcgan.runs.checkpoints import from_bytes, to_bytes
from dcgan.runs.store import RunStore
from decoded import decode_mp4
from drawable_runs import make_drawable
from fake_checkpoints import notes_of, random_generator, small_config

DRAWING = Drawing(seed=7, count=8, truncation=0.7)
WALK = Drawing(seed=7, count=8, keys=(3, 0, 14), frames=12)


@pytest.fixture(scope="module")
def generator() -> Generator:
    config = small_config()
    return Generator(from_bytes(to_bytes(100, random_generator(config), notes_of(config))))


def test_samples_are_what_the_generator_draws_for_the_seed(generator: Generator) -> None:
    np.testing.assert_array_equal(draw_samples(generator, DRAWING), generator.samples(7, 8, 0.7))


def test_the_key_frames_of_a_walk_are_the_samples_of_these_numbers(generator: Generator) -> None:
    frames = draw_walk(generator, WALK)
    assert frames.shape == (12, 28, 28, 1)
    np.testing.assert_array_equal(frames[[0, 4, 8]], generator.samples(7, 15)[[3, 0, 14]])


def test_progress_ends_with_all_of_it(generator: Generator) -> None:
    told: list[tuple[int, int]] = []
    encode_as(".png", generator, Drawing(count=40), lambda done, total: told.append((done, total)))
    assert told[-1] == (40, 40)


def test_a_grid_is_the_samples_laid_out(generator: Generator) -> None:
    picture = decode_png(encode_as(".png", generator, DRAWING))
    np.testing.assert_array_equal(picture, grid(generator.samples(7, 8, 0.7), columns=4))


def test_a_zip_names_its_images_by_seed_and_number(generator: Generator) -> None:
    with zipfile.ZipFile(io.BytesIO(encode_as(".zip", generator, DRAWING))) as archive:
        assert archive.namelist() == [f"seed7-{index:04d}.png" for index in range(8)]
        np.testing.assert_array_equal(decode_png(archive.read("seed7-0005.png")), generator.samples(7, 8, 0.7)[5])


def test_an_npz_has_images_latents_and_all_that_is_needed_to_draw_them_again(generator: Generator) -> None:
    with np.load(io.BytesIO(encode_as(".npz", generator, DRAWING)), allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["images"], generator.generate(archive["latents"]))
        np.testing.assert_array_equal(archive["latents"], latents(7, 8, 8) * np.float32(0.7))
        known = {name: archive[name].item() for name in ("seed", "truncation", "step", "sha256")}
        assert known == {"seed": 7, "truncation": 0.7, "step": 100, "sha256": generator.sha256}
        assert json.loads(str(archive["config"])) == generator.config.model_dump(mode="json")


def test_a_gif_plays_the_walk_at_its_speed_and_can_be_seen(generator: Generator) -> None:
    content = encode_as(".gif", generator, WALK)
    shown = iio.imread(content, extension=".gif", index=None)
    assert shown.shape[:3] == (12, 280, 280)
    assert iio.immeta(content, extension=".gif")["duration"] == 50  # milliseconds: 20 a second
    np.testing.assert_array_equal(
        shown.reshape(12, 280, 280, -1)[4, ::10, ::10, 0], generator.samples(7, 1)[0, :, :, 0]
    )


def test_an_mp4_has_all_frames_of_the_walk(generator: Generator, tmp_path: Path) -> None:
    said, frames = decode_mp4(encode_as(".mp4", generator, WALK), tmp_path)
    assert frames.shape == (12, 280, 280, 3) and "20 fps" in said
    difference = np.abs(frames[4, 5::10, 5::10, 0].astype(int) - generator.samples(7, 1)[0, :, :, 0])
    assert difference.max() <= 12


def test_an_onnx_file_draws_the_same_elsewhere(generator: Generator) -> None:
    session = onnxruntime.InferenceSession(encode_as(".onnx", generator, DRAWING))
    (images,) = session.run(["images"], {"latents": DRAWING.sample_latents(8)})
    difference = to_uint8(images).astype(int) - draw_samples(generator, DRAWING)
    assert np.abs(difference).max() <= 1  # another batch size adds in another order


@pytest.mark.parametrize("ending", [".png", ".zip", ".npz", ".onnx"])
def test_the_same_samples_are_the_same_bytes(generator: Generator, ending: str) -> None:
    assert encode_as(ending, generator, DRAWING) == encode_as(ending, generator, DRAWING)


@pytest.mark.parametrize("ending", [".gif", ".mp4"])
def test_the_same_walk_is_the_same_bytes(generator: Generator, ending: str) -> None:
    assert encode_as(ending, generator, WALK) == encode_as(ending, generator, WALK)


@pytest.mark.parametrize(
    ("ending", "drawing", "sentence"),
    [
        (".jpg", DRAWING, "ends in '.jpg' cannot be used for samples: it must be .png, .zip, .npz or .onnx."),
        ("", DRAWING, "A name without an ending cannot be used for samples"),
        (".gif", DRAWING, "A walk (--walk 3,0,14) is what ends in .gif or .mp4."),
        (".png", WALK, "ends in '.png' cannot be used for a walk: it must be .gif, .mp4 or .onnx."),
    ],
)
def test_an_ending_that_does_not_go_with_it_is_a_sentence(ending: str, drawing: Drawing, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        require_ending(ending, drawing)


def test_what_was_written_is_said(tmp_path: Path) -> None:
    run = make_drawable(RunStore(tmp_path / "runs"))
    facts = write_output(RunStore(tmp_path / "runs"), run.run_id, None, DRAWING, tmp_path / "x.PNG")
    assert facts["step"] == 200 and (tmp_path / "x.PNG").read_bytes().startswith(b"\x89PNG")
    described = [describe_output(Path(name), drawing) for name, drawing in (("x.png", DRAWING), ("x.mp4", WALK))]
    assert [*described, describe_output(Path("x.onnx"), DRAWING)] == ["seed 7, 8 images", "12 frames", "the generator"]


def test_what_cannot_be_drawn_leaves_the_old_file(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs")
    run = make_drawable(store, steps=())
    (tmp_path / "x.png").write_bytes(b"old")
    with pytest.raises(ValueError, match="has no checkpoint yet"):
        write_output(store, run.run_id, None, DRAWING, tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes() == b"old"
