"""Facts about the drawing of classes over time."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence

import pytest

from dcgan.runs.judgements import Judged
from fake_runs import judged_rows
from ui import coverage, text
from ui.coverage import draw_coverage, name_missing

NAMES = ["Trouser", "Sandal", "Bag", "<b>Boot</b>"]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (text, coverage):
        monkeypatch.setattr(module, "language", lambda: "en")


def judge(*shares: Sequence[float]) -> list[Judged]:
    """A judgement for each list of shares."""
    return [
        Judged.model_validate(row | {"class_shares": list(one)})
        for row, one in zip(judged_rows([20.0] * len(shares)), shares, strict=True)
    ]


def heights(drawn: str) -> list[list[float]]:
    """The bars of each row."""
    return [
        [float(height) for height in re.findall(r"v-([0-9.]+)h", path)] for path in re.findall(r'path d="(.*?)"', drawn)
    ]


def test_a_bar_is_as_high_as_its_share_and_no_class_dwarfs_the_others() -> None:
    drawn = draw_coverage(judge([0.25, 0.25, 0.25, 0.25], [0.9, 0.05, 0.05, 0.0]), NAMES)
    # A full row of 24 is 2.5 times an even share, 0.625 of four: 0.25 is 9.6, 0.05 is 1.92, 0.9 is cut off.
    assert heights(drawn) == [[9.6, 24.0], [9.6, 1.9], [9.6, 1.9], [9.6, 0.0]]


def test_a_row_says_its_share_now_and_a_name_stays_a_name() -> None:
    drawn = draw_coverage(judge([0.25] * 4, [0.905, 0.05, 0.045, 0.0]), NAMES)
    root = ElementTree.fromstring(drawn)  # whole, and no name became an element
    rows = [row for row in root if row.get("class", "").startswith("row")]
    assert [row.findtext("span") for row in rows] == NAMES
    assert [row.findtext("em") for row in rows] == ["90.5\u00a0%", "5.0\u00a0%", "4.5\u00a0%", "0.0\u00a0%"]
    assert [row.get("class") for row in rows] == ["row", "row", "row", "row missing"]
    assert "epoch 0.5" in drawn and "epoch 1" in drawn


def test_one_judgement_is_one_bar_and_one_epoch() -> None:
    drawn = draw_coverage(judge([0.25] * 4), NAMES)
    assert [len(row) for row in heights(drawn)] == [1, 1, 1, 1]
    assert drawn.count("epoch ") == 1


def test_many_judgements_are_spread_over_few_bars_with_the_first_and_the_last() -> None:
    drawn = draw_coverage(judge(*([[0.25] * 4] * 499), [0.5, 0.5, 0.0, 0.0]), NAMES)
    bars = heights(drawn)
    assert len(bars[0]) == coverage.SHOWN
    assert (bars[0][0], bars[0][-1]) == (9.6, 19.2)
    assert len(drawn) < 10_000  # it travels with every tick


def test_no_line_of_it_is_empty_so_that_markdown_lets_it_through() -> None:
    assert "\n" not in draw_coverage(judge([0.25] * 4), NAMES)


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ([0.25, 0.25, 0.25, 0.25], "The classifier finds all 4 classes."),
        ([0.5, 0.0, 0.0, 0.5], "No samples look like: Sandal, Bag"),
        ([0.5, 0.02, 0.0, 0.48], "Hardly any samples look like: Sandal, Bag"),  # below a tenth of a quarter
        ([0.5, 0.03, 0.0, 0.47], "No samples look like: Bag"),
    ],
)
def test_missing_classes_are_named(shares: list[float], sentence: str) -> None:
    assert name_missing(judge(shares)[0], NAMES) == sentence
