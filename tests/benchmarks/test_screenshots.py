"""Facts about which pictures are taken, and of what."""

from pathlib import Path

import pytest

from benchmarks import screenshots
from benchmarks.process import ROOT
from benchmarks.screenshots import SIZES, THEMES, list_shots, make_runs
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore

KNOWN = {"finished": "a", "stopped": "b", "failed": "c", "broken": "d"}


def test_every_page_is_seen_full_in_both_sizes_themes_and_languages() -> None:
    shots = list(list_shots(KNOWN))
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")} | {"live"}
    for page in pages:
        seen = {(shot.size, shot.theme, shot.language) for shot in shots if (shot.page, shot.scene) == (page, "full")}
        assert len(seen) == len(SIZES) * len(THEMES) * 2, page
    assert {shot.scene for shot in shots} == {"full", "empty", "failing"}
    assert len({shot.name for shot in shots}) == len(shots)


def test_runs_are_made_of_the_gallery_in_several_states(tmp_path: Path) -> None:
    known = make_runs(tmp_path, ROOT / "gallery")
    listed = {run.run_id: run for run in RunStore(tmp_path / "runs").list_runs()}
    assert set(listed) == set(known.values()) and len(listed) == 4
    assert listed[known["broken"]].status is None
    assert listed[known["failed"]].status.status == RunStatus.FAILED  # type: ignore[union-attr]
    assert listed[known["stopped"]].labels.star


def test_an_empty_gallery_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no bundle"):
        screenshots.make_runs(tmp_path, tmp_path)
