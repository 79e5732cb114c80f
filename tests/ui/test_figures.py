"""Figures of the Data page: their numbers, and that strange words stay words."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from dcgan.config import build_config
from dcgan.data.batches import real_batch
from dcgan.data.datasets import Dataset
from dcgan.data.statistics import measure
from ui import dataset, text
from ui.batch import draw_facts, draw_scale
from ui.brightness import BINS, draw_brightness
from ui.classes import draw_classes
from ui.drawing import escape

IMAGES = np.zeros((8, 2, 2, 1), np.uint8)
IMAGES[4:] = np.arange(16, dtype=np.uint8).reshape(4, 2, 2, 1) * 17
LABELS = np.array([0, 0, 0, 0, 0, 0, 1, 1], np.uint8)


def bars(svg: str) -> list[float]:
    (path,) = ElementTree.fromstring(svg).findall("{http://www.w3.org/2000/svg}path[@class='bars']")
    return [float(height) for height in re.findall(r"v-([0-9.]+)", path.get("d", ""))]


def test_bars_are_as_high_as_their_counts() -> None:
    pixels = np.array([0, 8, 8, 255], np.uint8).reshape(1, 2, 2, 1)
    heights = bars(draw_brightness(measure(pixels, LABELS[:1], 1)))
    assert len(heights) == BINS
    assert heights[0] == heights[1] / 2 == heights[31]


def test_a_background_that_would_dwarf_the_rest_is_cut_off_and_says_its_share() -> None:
    svg = draw_brightness(measure(IMAGES, LABELS, 2))
    # 17 of 32 pixels are below 8: 16 of the black images, and the first of the others
    assert "53\u00a0% of all pixels" in svg and 'class="break"' in svg
    assert max(bars(svg)[1:]) == 100


def test_a_table_of_classes_has_counts_and_escaped_names() -> None:
    table = draw_classes(measure(IMAGES, LABELS, 2), ["<b>shoe</b>", 'bag "x"'])
    assert "<b>shoe" not in table and 'bag "x"' not in table.replace("&quot;", "")
    assert ">6</td>" in table and "width:33.3%" in table
    assert table.count("data:image/png;base64,") == 2


def test_facts_of_a_batch_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.zeros((32, 28, 28, 1), np.uint8)
    pixels[:8] = 255
    found = Dataset("x", pixels, np.zeros(32, np.uint8), ("a",), "0", "sample", True)
    batch = real_batch(found, build_config("notebook"))
    # A quarter is 1, the rest -1: mean -0.5, deviation sqrt(1 - 0.25)
    for language, mean, share in (("en", "−0.5", "75\u00a0%"), ("tr", "−0,5", "%75")):
        monkeypatch.setattr(text, "language", lambda language=language: language)
        facts = draw_facts(batch)
        assert f"<b>{mean}</b>" in facts and f"<b>{share}</b>" in facts and "32 × 28 × 28 × 1" in facts
    assert "127,5" in draw_scale()


def test_a_class_has_a_name_in_both_languages_or_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in dataset.datasets.CLASS_NAMES["fashion-mnist"]:
        assert dataset.name_class(name) == name
    monkeypatch.setattr(text, "language", lambda: "tr")
    assert dataset.name_class("Ankle boot") == "Bot"
    assert dataset.name_class("Tentacle") == "Tentacle"


def test_words_in_a_drawing_are_words() -> None:
    assert escape('<a href="x">&') == "&lt;a href=&quot;x&quot;&gt;&amp;"
