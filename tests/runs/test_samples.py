"""Facts about the grids of a run in their folder."""

from pathlib import Path

import pytest

from dcgan.runs import files
from dcgan.runs.samples import SampleFolder


@pytest.fixture
def folder(tmp_path: Path) -> SampleFolder:
    return SampleFolder(tmp_path)


def test_samples_are_listed_by_step_with_what_was_known_of_them(folder: SampleFolder) -> None:
    for step in (1_000_000, 500):
        folder.save(step, b"png", {"step": step, "epoch_end": True})
    samples = folder.samples()
    assert [(sample.step, dict(sample.facts)) for sample in samples] == [
        (500, {"step": 500, "epoch_end": True}),
        (1_000_000, {"step": 1_000_000, "epoch_end": True}),
    ]
    assert samples[0].path.read_bytes() == b"png"


@pytest.mark.parametrize("content", ["", "torn", "[1]", None])
def test_a_picture_whose_facts_cannot_be_read_is_listed_without(folder: SampleFolder, content: str | None) -> None:
    folder.save(500, b"png", {"step": 500})
    facts = folder.folder / "000500.json"
    facts.unlink() if content is None else facts.write_text(content)
    assert [(sample.step, sample.facts) for sample in folder.samples()] == [(500, {})]


@pytest.mark.parametrize("name", ["1 (copy).png", "7x.png", ".tmp-000600.png-1a2b3c4d", "000600.json"])
def test_what_is_no_finished_picture_is_passed_over(folder: SampleFolder, name: str) -> None:
    (folder.folder / name).write_text("{}")  # 000600.json: facts come first, no picture yet
    assert folder.samples() == []


def test_a_sample_after_a_step_is_forgotten_with_its_facts(folder: SampleFolder) -> None:
    for step in (0, 5, 6):
        folder.save(step, b"png", {"step": step})
    folder.forget_after(5)
    assert sorted(path.name for path in folder.folder.iterdir()) == [
        "000000.json", "000000.png", "000005.json", "000005.png",
    ]  # fmt: skip


def test_facts_are_written_before_their_picture(folder: SampleFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    write = files.write_atomic

    def refuse_pictures(path: Path, content: bytes) -> None:
        if path.suffix == ".png":
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(files, "write_atomic", refuse_pictures)
    with pytest.raises(OSError, match="No space"):
        folder.save(500, b"png", {"step": 500})
    assert [path.name for path in folder.folder.iterdir()] == ["000500.json"]
    assert folder.samples() == []
