from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dcgan.config import build_config
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from fake_runs import rows
from scenes import decode
from ui import chosen, curves, overlay, text
from ui.chosen import ChosenRun
from ui.watch import RunWatch

Draw = Callable[..., bytes]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (text, curves):
        monkeypatch.setattr(module, "language", lambda: "en")


def as_chosen(place: int, run: Run, name: str) -> ChosenRun:
    letter, colour, dash = chosen.LETTERS[place], chosen.COLOURS[place], chosen.DASHES[place]
    return ChosenRun(letter, run, run.status(), name, run.config(), colour, dash)


@pytest.fixture
def runs(tmp_path: Path) -> list[ChosenRun]:
    """Two runs, of 40 and of 20 steps, and one that has not begun."""
    store, made = RunStore(tmp_path / "runs"), []
    for place, steps in enumerate((40, 20, 0)):
        run = store.create(build_config("stable"))
        run.append_metrics(rows(1, steps))
        made.append(as_chosen(place, run, f"run {place} " + "x" * 500))
    return made


def encode(runs: list[ChosenRun], **changes: object) -> bytes:
    watches = [RunWatch(run.run) for run in runs]
    known = {"series": "losses", "axis": "step", "smooth": 5, "log": False}
    return overlay.encode_overlay(runs, watches, **(known | changes))  # type: ignore[arg-type]


def test_a_panel_is_a_series_and_a_line_a_run(runs: list[ChosenRun]) -> None:
    scene, arrays = decode(encode(runs))
    assert [panel["title"] for panel in scene["panels"]] == ["discriminator’s loss", "generator’s loss"]
    assert [[line["key"] for line in panel["lines"]] for panel in scene["panels"]] == [["A", "B", "C"]] * 2
    assert [len(array) for array in arrays] == [40, 40, 20, 20, 0, 0] * 2
    assert arrays[1][:2] == pytest.approx([1.386 - 1 / 2, 1.386 - 1 / 3])  # d_loss of steps 1 and 2
    assert arrays[7][0] == pytest.approx(5.693)  # g_loss of step 1: 0.693 + 5 / 1


def test_names_stand_above_the_first_panel_alone_and_are_cut_where_they_are_long(runs: list[ChosenRun]) -> None:
    scene, _ = decode(encode(runs))
    assert [panel["names"] for panel in scene["panels"]] == [True, False]
    line = scene["panels"][0]["lines"][1]
    assert (line["mark"], line["dash"], line["colour"]) == ("B", [7, 4], list(chosen.COLOURS[1]))
    assert line["name"].startswith("B · run 1 xxx") and len(line["name"]) == 64
    assert line["short"].startswith("B · run 1 xxx") and len(line["short"]) == 26


@pytest.mark.parametrize(("axis", "last"), [("step", 40), ("epoch", 0.4), ("minutes", 4 / 60)])
def test_every_axis_has_its_unit(runs: list[ChosenRun], axis: str, last: float) -> None:
    scene, arrays = decode(encode(runs, axis=axis))
    assert arrays[0][-1] == pytest.approx(last)  # step 40: 40 / 100 epochs, 40 / 10 seconds
    assert scene["axis"] == axis and scene["least"] < last


def test_chance_is_drawn_where_it_is_the_same_for_all(runs: list[ChosenRun], tmp_path: Path) -> None:
    scene, _ = decode(encode(runs, series="g_loss"))
    assert [level["value"] for level in scene["panels"][0]["levels"]] == [0.693]
    other = RunStore(tmp_path / "runs").create(build_config("stable", {"training.loss": "minimax"}))
    scene, _ = decode(encode([*runs, as_chosen(3, other, "minimax")], series="g_loss"))
    assert scene["panels"][0]["levels"] == []


def test_a_share_between_nought_and_one_has_a_fixed_scale_unless_it_is_logarithmic(runs: list[ChosenRun]) -> None:
    assert [panel["range"] for panel in decode(encode(runs, series="judgement"))[0]["panels"]] == [[0, 1]] * 2
    scene, _ = decode(encode(runs, series="judgement", log=True))
    assert all("range" not in panel and panel["log"] for panel in scene["panels"])


def test_new_rows_of_one_run_are_in_the_next_scene(runs: list[ChosenRun]) -> None:
    watches = [RunWatch(run.run) for run in runs]

    def lengths() -> list[int]:
        _, arrays = decode(overlay.encode_overlay(runs, watches, "d_loss", "step", 0, False))
        return [len(array) for array in arrays[::2]]

    assert lengths() == [40, 20, 0]
    runs[1].run.append_metrics(rows(21, 30))
    assert lengths() == [40, 30, 0]


def test_long_runs_send_no_more_points_than_a_screen_shows(runs: list[ChosenRun]) -> None:
    runs[0].run.append_metrics(rows(41, 5000))
    _, arrays = decode(encode(runs))
    assert max(len(array) for array in arrays) <= overlay.POINTS
    assert np.isclose(arrays[0][-1], 5000, rtol=0.01)
