"""Facts about the grids that a run has kept: listed in order, and read again only where they are new."""

from pathlib import Path

import pytest

from dcgan.runs import files, samples
from dcgan.runs.samples import Sample, forget_after, list_samples, save_sample


@pytest.fixture
def reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the pictures whose facts were read."""
    names: list[str] = []
    read = samples._read

    def note(path: Path, *rest: samples.Mark) -> Sample:
        names.append(path.name)
        return read(path, *rest)

    monkeypatch.setattr(samples, "_read", note)
    return names


def test_only_what_is_new_is_read(tmp_path: Path, reads: list[str]) -> None:
    save_sample(tmp_path, 10, b"png", {"epoch": 1})
    save_sample(tmp_path, 5, b"png", {"epoch": 0.5})
    known = list_samples(tmp_path)
    reads.clear()
    save_sample(tmp_path, 15, b"png", {"epoch": 1.5})
    again = list_samples(tmp_path, known)
    assert reads == ["000015.png"]
    assert [(sample.step, sample.facts) for sample in again] == [
        (5, {"epoch": 0.5}),
        (10, {"epoch": 1}),
        (15, {"epoch": 1.5}),
    ]


def test_a_grid_that_was_written_anew_at_its_step_is_read_anew(tmp_path: Path, reads: list[str]) -> None:
    for step in (5, 10):
        save_sample(tmp_path, step, b"png", {"epoch_end": False})
    known = list_samples(tmp_path)
    reads.clear()
    save_sample(tmp_path, 10, b"gnp", {"epoch_end": True})  # as many bytes as before
    assert list_samples(tmp_path, known)[-1].facts == {"epoch_end": True}
    assert reads == ["000010.png"]


def test_of_what_a_file_says_only_that_is_kept_which_is_asked_for(tmp_path: Path) -> None:
    """5,000 grids from a stranger may say 30 kB each."""
    save_sample(tmp_path, 10, b"png", {"step": 10, "epoch": 1, "scores": [0.5], "essay": ["x" * 500] * 50})
    save_sample(tmp_path, 20, b"png", {"epoch": ["x"], "epoch_end": ["x" * 500] * 50})
    first, second = list_samples(tmp_path)
    assert (first.facts, second.facts) == ({"epoch": 1, "scores": [0.5]}, {})


def test_what_was_cut_is_known_no_more(tmp_path: Path) -> None:
    for step in (5, 10, 15):
        save_sample(tmp_path, step, b"png", {})
    known = list_samples(tmp_path)
    forget_after(tmp_path, 5)
    assert [sample.step for sample in list_samples(tmp_path, known)] == [5]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000005.json", "000005.png"]
    save_sample(tmp_path, 10, b"png", {"epoch_end": False})
    assert list_samples(tmp_path, known)[-1].facts == {"epoch_end": False}


def test_a_folder_that_is_not_there_has_no_grids(tmp_path: Path) -> None:
    assert list_samples(tmp_path / "none") == []


@pytest.mark.parametrize("content", ["", "torn", "[1]", None])
def test_a_picture_whose_facts_cannot_be_read_is_listed_without(tmp_path: Path, content: str | None) -> None:
    save_sample(tmp_path, 500, b"png", {"step": 500})
    facts = tmp_path / "000500.json"
    facts.unlink() if content is None else facts.write_text(content)
    assert [(sample.step, sample.facts) for sample in list_samples(tmp_path)] == [(500, {})]


@pytest.mark.parametrize("name", ["1 (copy).png", "7x.png", ".tmp-000600.png-1a2b3c4d", "000600.json"])
def test_what_is_no_finished_picture_is_passed_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")  # 000600.json: facts come first, no picture yet
    assert list_samples(tmp_path) == []


def test_facts_are_written_before_their_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = files.write_atomic

    def refuse_pictures(path: Path, content: bytes) -> None:
        if path.suffix == ".png":
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(files, "write_atomic", refuse_pictures)
    with pytest.raises(OSError, match="No space"):
        save_sample(tmp_path, 500, b"png", {"step": 500})
    assert [path.name for path in tmp_path.iterdir()] == ["000500.json"]
    assert list_samples(tmp_path) == []


@pytest.mark.parametrize("epoch", ["x", [1], {"a": 1}, 10**400, -1, None, float("nan")])
def test_an_epoch_that_is_none_is_left_out(tmp_path: Path, epoch: object) -> None:
    save_sample(tmp_path, 5, b"png", {"epoch": epoch, "epoch_end": True})
    assert list_samples(tmp_path)[0].facts == {"epoch_end": True}


def test_a_picture_that_is_a_link_to_nowhere_is_passed_over(tmp_path: Path) -> None:
    save_sample(tmp_path, 5, b"png", {})
    (tmp_path / "000010.png").symlink_to(tmp_path / "000010.png")
    (tmp_path / "000015.png").symlink_to(tmp_path / "nowhere")
    assert [sample.step for sample in list_samples(tmp_path)] == [5]
