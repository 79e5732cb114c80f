"""Facts about the generator that draws without TensorFlow."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest

from dcgan.config import Config, build_config
from dcgan.data.images import to_uint8
from dcgan.latent import generator as module
from dcgan.latent.generator import BATCH_SIZE, MOST_PARAMETERS, Generator, list_steps, open_generator, to_onnx
from dcgan.latents import latents
from dcgan.models.gan import GAN
from dcgan.runs.checkpoints import to_bytes
from dcgan.runs.errors import RefusedCheckpointError
from dcgan.runs.inspection import MAX_PARAMETERS, read_checkpoint
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from dcgan.training.state import get_sampler_state, get_state
from fake_checkpoints import notes_of, random_generator, random_state, small_config

ROOT = Path(__file__).parents[2]


def make_generator(config: Config, seed: int = 0, dtype: type = np.float32) -> Generator:
    arrays = {name: array.astype(dtype) for name, array in random_generator(config, seed).items()}
    return Generator(read_checkpoint(to_bytes(7, arrays, notes_of(config))))


@pytest.fixture(scope="module")
def generator() -> Generator:
    return make_generator(small_config())


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return RunStore(tmp_path / "runs").create(small_config())


def test_it_says_what_it_is(generator: Generator) -> None:
    assert (generator.step, generator.latent_dim, generator.image_shape) == (7, 8, (28, 28, 1))
    assert generator.config == small_config()
    assert len(generator.sha256) == 64


@pytest.mark.parametrize("preset", ["stable", "notebook", "tutorial"])
def test_an_image_is_the_same_whatever_is_drawn_beside_it(preset: str) -> None:
    generator = make_generator(small_config(preset))
    many = generator.samples(7, 64)
    assert many.shape == (64, 28, 28, 1) and many.dtype == np.uint8 and len(np.unique(many, axis=0)) == 64
    for count in (1, 8, BATCH_SIZE, BATCH_SIZE + 1, 63):
        np.testing.assert_array_equal(generator.samples(7, count), many[:count])
    np.testing.assert_array_equal(generator.samples(7, 100)[:64], many)

    # Alone, at another place of a batch, and among others' latents.
    drawn = generator.latents(7, 64)
    np.testing.assert_array_equal(generator.generate(drawn[13:14]), many[13:14])
    np.testing.assert_array_equal(generator.generate(drawn[::-1]), many[::-1])


def test_every_call_draws_a_batch_of_one_size(generator: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    class Spy:
        def run(self, names: list[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
            sizes.append(len(inputs["latents"]))
            return list(session.run(names, inputs))

    session = generator._session
    monkeypatch.setattr(generator, "_session", Spy())
    for count in (1, BATCH_SIZE, BATCH_SIZE + 1):
        generator.samples(0, count)
    assert sizes == [BATCH_SIZE] * 4


def test_the_seed_and_the_truncation_decide_the_images(generator: Generator) -> None:
    images = generator.samples(7, 20)
    np.testing.assert_array_equal(generator.samples(7, 20, truncation=1.0), images)
    assert (generator.samples(8, 20) != images).any(axis=(1, 2, 3)).all()
    truncated = generator.samples(7, 20, truncation=0.5)
    np.testing.assert_array_equal(truncated, generator.generate(latents(7, 20, 8) / 2))
    np.testing.assert_array_equal(generator.samples(7, 3, truncation=0.5), truncated[:3])


def test_a_batch_is_told_of_when_it_is_drawn(generator: Generator) -> None:
    told: list[tuple[int, int]] = []
    generator.samples(0, BATCH_SIZE * 2 + 3, progress=lambda done, count: told.append((done, count)))
    assert told == [(16, 35), (32, 35), (35, 35)]


@pytest.mark.parametrize("count", [0, -1, 10_001, 2.0, True, "8"])
def test_counts_outside_their_range_are_refused(generator: Generator, count: object) -> None:
    with pytest.raises(ValueError, match=r"count = .* cannot be used: it must be a whole number from 1 to 10,000"):
        generator.samples(0, count)  # type: ignore[arg-type]


def test_seeds_and_truncations_outside_their_range_are_refused(generator: Generator) -> None:
    with pytest.raises(ValueError, match=r"seed = 4294967296 cannot be used: .* from 0 to 2\*\*32 - 1"):
        generator.samples(2**32, 1)
    with pytest.raises(ValueError, match=r"truncation = 1.5 cannot be used: .* above 0, at most 1"):
        generator.samples(0, 1, truncation=1.5)


@pytest.mark.parametrize("wrong", [np.zeros((3, 7)), np.zeros(8), np.zeros((0, 8)), np.zeros((10_001, 8))])
def test_latents_of_another_shape_are_refused(generator: Generator, wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"must be \(1 to 10,000, 8\)"):
        generator.generate(wrong)


def test_latents_that_are_not_finite_are_refused(generator: Generator) -> None:
    with pytest.raises(ValueError, match="infinite"):
        generator.generate(np.full((1, 8), np.nan, np.float32))


def test_half_precision_draws_nearly_the_same(generator: Generator) -> None:
    halved = make_generator(small_config(), dtype=np.float16)
    difference = halved.samples(7, 64).astype(int) - generator.samples(7, 64)
    assert 0 < np.abs(difference).max() <= 2


def test_many_threads_draw_as_one_does(generator: Generator) -> None:
    alone = {seed: generator.samples(seed, 20) for seed in range(4)}
    drawn: dict[int, np.ndarray] = {}

    def draw(seed: int) -> None:
        for _ in range(5):
            drawn[seed] = generator.samples(seed, 20)

    threads = [threading.Thread(target=draw, args=(seed,)) for seed in alone]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(drawn[seed], images) for seed, images in alone.items())


def test_the_export_is_the_network_that_draws(generator: Generator) -> None:
    model = onnx.load_from_string(to_onnx(generator))
    onnx.checker.check_model(model, full_check=True)
    assert {prop.key: prop.value for prop in model.metadata_props}["step"] == "7"


@pytest.fixture(scope="module")
def gan() -> Iterator[GAN]:
    made = GAN(small_config(**{"training.batch_size": 8, "g_optimizer.learning_rate": 0.03}))
    images = np.random.default_rng(0).uniform(-1, 1, (1, 8, 28, 28, 1)).astype(np.float32)
    for _ in range(3):
        made.train(images)
    yield made


@pytest.mark.parametrize("kept", ["generator", "state"])
def test_a_run_draws_what_training_draws_from_its_averaged_generator(gan: GAN, kept: str, run: Run) -> None:
    notes = notes_of(gan.config)
    if kept == "generator":
        run.checkpoints.save_generator(3, get_sampler_state(gan), notes)
    else:
        run.checkpoints.save(3, get_state(gan), notes)
    z = latents(7, 20, 8)
    drawn = open_generator(run).generate(z).astype(int)
    assert np.abs(drawn - to_uint8(gan.generate(z))).max() <= 1  # where a level ends
    plain = to_uint8(gan.generator(z, training=False).numpy())
    assert np.abs(drawn - plain).max() > 1  # the average is another network


def test_steps_of_both_kinds_can_be_drawn_from(run: Run) -> None:
    config = small_config()
    for step in (100, 200):
        run.checkpoints.save_generator(step, random_generator(config, step), notes_of(config))
    state = random_state(config) | {"step": np.array(250)}
    run.checkpoints.save(250, state, notes_of(config))
    assert list_steps(run) == [100, 200, 250]
    assert open_generator(run).step == open_generator(run, "last").step == 250
    assert open_generator(run, 100).step == 100
    assert open_generator(run, 100).sha256 != open_generator(run, 200).sha256


def test_a_kept_generator_goes_before_the_full_state_of_its_step(run: Run) -> None:
    config = small_config()
    run.checkpoints.save(7, random_state(config), notes_of(config))
    run.checkpoints.save_generator(7, random_generator(config, 1), notes_of(config))
    assert list_steps(run) == [7]
    assert open_generator(run).sha256 == make_generator(config, 1).sha256


def test_a_file_of_another_run_or_step_in_the_place_of_the_runs_own_is_refused(run: Run) -> None:
    run.checkpoints.save_generator(100, random_generator(small_config()), notes_of(small_config()))
    own = run.checkpoints.samplers()[100]
    open_generator(run, 100)
    other = build_config("stable", {"training.seed": 4})
    for step, config in ((100, other), (99, small_config())):
        own.write_bytes(to_bytes(step, random_generator(config), notes_of(config)))
        with pytest.raises(RefusedCheckpointError, match="is of another step, or of another run"):
            open_generator(run, 100)


def test_a_run_without_checkpoints_and_a_step_that_is_not_kept_are_sentences(run: Run) -> None:
    assert list_steps(run) == []
    with pytest.raises(RefusedCheckpointError, match="has no checkpoint yet"):
        open_generator(run)
    run.checkpoints.save_generator(100, random_generator(small_config()), notes_of(small_config()))
    with pytest.raises(RefusedCheckpointError, match=r"no checkpoint of step 7; it has 100\."):
        open_generator(run, 7)


def test_a_state_that_training_has_just_pruned_is_looked_for_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    config = small_config()
    for step in (100, 200):
        run.checkpoints.save_generator(step, random_generator(config), notes_of(config))
    read = read_checkpoint

    def prune_first(path: Path, **options: int) -> object:
        if path.name.startswith("000200"):
            path.unlink()
        return read(path, **options)

    monkeypatch.setattr(module, "read_checkpoint", prune_first)
    assert open_generator(run).step == 100


def test_a_run_may_have_larger_networks_than_a_stranger_may_bring(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays, notes = random_generator(small_config()), notes_of(small_config())
    run.checkpoints.save_generator(7, arrays, notes)
    monkeypatch.setattr(module, "MOST_PARAMETERS", 4_741)
    with pytest.raises(RefusedCheckpointError, match="have 4,742 parameters; at most 4,741"):
        open_generator(run)
    assert MAX_PARAMETERS < MOST_PARAMETERS


def test_a_damaged_file_of_a_run_is_a_sentence(run: Run) -> None:
    run.checkpoints.save_generator(7, random_generator(small_config()), notes_of(small_config()))
    path = run.checkpoints.samplers()[7]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(RefusedCheckpointError, match="do not match their sum"):
        open_generator(run)


def test_drawing_imports_nothing_heavy() -> None:
    script = """
import sys
from dcgan.latent.generator import Generator
from dcgan.runs.checkpoints import to_bytes
from dcgan.runs.inspection import read_checkpoint
from fake_checkpoints import notes_of, random_generator, small_config
config = small_config()
Generator(read_checkpoint(to_bytes(7, random_generator(config), notes_of(config)))).samples(7, 8)
print([name for name in ("tensorflow", "keras", "pandas", "pyarrow", "streamlit") if name in sys.modules])
"""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
