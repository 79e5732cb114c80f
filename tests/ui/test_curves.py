import tomllib
from pathlib import Path

import numpy as np
import pytest

from dcgan.runs import files
from dcgan.runs.history import History
from fake_runs import rows
from scenes import decode
from ui import curves, text

ROOT = Path(__file__).parents[2]


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    for module in (text, curves):
        monkeypatch.setattr(module, "language", lambda: "en")
    files.append_rows(tmp_path / "metrics.jsonl", rows(1, 40))
    made = History(tmp_path / "metrics.jsonl")
    made.refresh()
    return made


def test_every_point_arrives(history: History) -> None:
    scene, arrays = decode(curves.encode_curves(history))
    assert [line["key"] for panel in scene["panels"] for line in panel["lines"]] == [
        "g_loss",
        "d_loss",
        "d_real",
        "d_fake",
    ]
    assert arrays[0].tolist() == list(range(1, 41))
    assert arrays[1][0] == pytest.approx(5.693)  # 0.693 + 5 / 1


def test_the_chance_lines_are_where_a_guessing_discriminator_would_be(history: History) -> None:
    scene, _ = decode(curves.encode_curves(history))
    values = [[level["value"] for level in panel["levels"]] for panel in scene["panels"]]
    assert values == [[pytest.approx(2 * np.log(2), abs=1e-3), pytest.approx(np.log(2), abs=1e-3)], [0.5]]


def test_a_generator_of_the_minimax_loss_has_its_chance_below_zero(history: History) -> None:
    scene, _ = decode(curves.encode_curves(history, "minimax"))
    level = scene["panels"][0]["levels"][1]
    assert level["value"] == pytest.approx(-np.log(2), abs=1e-3)  # log(1 - 1/2)
    assert "−0.693" in level["name"]


def test_a_colour_means_the_same_as_everywhere(history: History) -> None:
    scene, _ = decode(curves.encode_curves(history))
    colours = {line["key"]: tuple(line["colour"]) for panel in scene["panels"] for line in panel["lines"]}
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    named = {"g_loss": "greenColor", "d_loss": "orangeColor", "d_real": "blueColor", "d_fake": "violetColor"}
    assert colours == {key: (theme["light"][name], theme["dark"][name]) for key, name in named.items()}


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_line_is_known_by_a_mark_that_its_name_holds_and_no_other_line_has(
    history: History, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (text, curves):
        monkeypatch.setattr(module, "language", lambda: language)
    scene, _ = decode(curves.encode_curves(history))
    lines = [line for panel in scene["panels"] for line in panel["lines"]]
    assert all(line["name"].endswith(f", {line['mark']}") for line in lines)
    assert len({line["mark"] for line in lines}) == len(lines) == 4


def test_a_long_run_sends_no_more_points_than_a_screen_shows(history: History, tmp_path: Path) -> None:
    files.append_rows(tmp_path / "metrics.jsonl", rows(41, 5000))
    history.refresh()
    scene, _ = decode(curves.encode_curves(history))
    assert max(line["count"] for panel in scene["panels"] for line in panel["lines"]) <= curves.POINTS


def test_an_empty_run_is_encoded_too(tmp_path: Path, history: History) -> None:
    scene, _ = decode(curves.encode_curves(History(tmp_path / "none.jsonl")))
    assert all(line["count"] == 0 for panel in scene["panels"] for line in panel["lines"])
