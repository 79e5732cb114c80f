"""Facts about runs as cards."""

import base64
import re
from pathlib import Path

import pytest

from dcgan.runs.history import History
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run
from ui import cards, text


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")


def drawing(tmp_path: Path, step: int) -> str:
    run = make_run(RunStore(tmp_path / "runs"), RunStatus.STOPPED, step=step)
    history = History(run.metrics_path)
    history.refresh()
    return cards.draw_curve(history)


def test_a_small_curve_has_both_losses_inside_its_box_and_says_what_it_is(tmp_path: Path) -> None:
    picture = drawing(tmp_path, step=200)
    assert 'alt="The losses so far: generator and discriminator"' in picture
    found = re.search(r"base64,([^\"]+)", picture)
    assert found
    lines = re.findall(r'points="([^"]+)"', base64.b64decode(found[1]).decode())
    assert len(lines) == 2
    for line in lines:
        points = [tuple(map(float, point.split(","))) for point in line.split()]
        assert 2 <= len(points) <= cards.POINTS
        assert points[0][0] == 0 and points[-1][0] == 100
        assert all(0 <= y <= 30 for _, y in points)


@pytest.mark.parametrize("step", [0, 1])
def test_there_is_no_curve_before_there_are_two_points(tmp_path: Path, step: int) -> None:
    assert drawing(tmp_path, step) == ""


def test_a_line_that_never_changes_is_a_line() -> None:
    assert cards._place([1.0, 1.0, 1.0], 1.0, 1.0) == "0.0,29.0 50.0,29.0 100.0,29.0"
