"""Facts about the quality panel of the live chart."""

from pathlib import Path

import numpy as np
import pytest

from dcgan.runs import files
from dcgan.runs.history import History
from fake_runs import judged_rows, rows
from scenes import decode
from ui import curves, text
from ui.quality_panel import needs_log, write_distance


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    for module in (text, curves):
        monkeypatch.setattr(module, "language", lambda: "en")
    files.append_rows(tmp_path / "metrics.jsonl", [*rows(1, 200), *judged_rows([90.0, 12.5, 30.0])])
    made = History(tmp_path / "metrics.jsonl")
    made.refresh()
    return made


def test_every_judgement_is_a_dot_below_the_losses(history: History) -> None:
    scene, arrays = decode(curves.encode_curves(history))
    assert len(scene["panels"]) == 3
    panel = scene["panels"][-1]
    (line,) = panel["lines"]
    assert (line["key"], line["dots"], line["count"]) == ("fcd", True, 3)
    assert [arrays[-2].tolist(), arrays[-1].tolist()] == [[50, 100, 150], [90, 12.5, 30]]
    assert "spread" not in line
    assert "lower is better" in panel["title"]


def test_the_floor_is_a_level_with_its_value_in_words(history: History) -> None:
    (level,) = decode(curves.encode_curves(history))[0]["panels"][-1]["levels"]
    assert level["value"] == 1.41
    assert level["name"].startswith("1.41: real images")


def test_the_star_is_where_fcd_is_lowest_in_both_views(history: History) -> None:
    for metric, value in (("fcd", 12.5), ("kid", 12.5 / 1.5)):
        best = decode(curves.encode_curves(history, metric=metric))[0]["panels"][-1]["best"]
        assert (best["x"], best["y"]) == (100, pytest.approx(value))


def test_kid_comes_with_its_spread(history: History) -> None:
    scene, arrays = decode(curves.encode_curves(history, metric="kid"))
    (line,) = scene["panels"][-1]["lines"]
    assert line["key"] == "kid"
    assert line["spread"] == [3.0, pytest.approx(12.5 / 30, abs=1e-4), 1.0]
    assert arrays[-1].tolist() == pytest.approx([60, 12.5 / 1.5, 20])


def test_a_run_without_judgements_has_no_such_panel(tmp_path: Path, history: History) -> None:
    files.append_rows(tmp_path / "others.jsonl", rows(1, 40))
    other = History(tmp_path / "others.jsonl")
    other.refresh()
    assert len(decode(curves.encode_curves(other))[0]["panels"]) == 2


def test_a_long_run_loses_no_judgement(tmp_path: Path, history: History) -> None:
    files.append_rows(tmp_path / "long.jsonl", judged_rows(np.linspace(300, 10, 3000).tolist(), every=10))
    other = History(tmp_path / "long.jsonl")
    other.refresh()
    assert decode(curves.encode_curves(other))[0]["panels"][-1]["lines"][0]["count"] == 3000


@pytest.mark.parametrize(
    ("values", "log"),
    [([300, 12], True), ([80, 10], True), ([79, 10], False), ([12], False), ([300, 0], False), ([300, -0.01], False)],
)
def test_wide_ranges_of_what_is_above_zero_are_logarithmic(values: list[float], log: bool) -> None:
    assert needs_log(values) is log


def test_a_distance_has_about_three_digits(history: History) -> None:
    written = [write_distance(value) for value in (343.04, 24.06, 1.4096, 0.6833, 0.0234, -0.0004)]
    assert written == ["343", "24.1", "1.41", "0.68", "0.023", "0.000"]
