"""The drawing of the networks: what it says is what the specs hold."""

import xml.etree.ElementTree as ElementTree

import pytest

from dcgan.architecture import count_parameters, discriminator_layers, generator_layers
from dcgan.config import build_config
from dcgan.presets import PRESETS
from ui import text
from ui.networks import draw_network, list_stages, name_shape


def read(svg: str) -> list[str]:
    """The lines of text of a drawing that is well-formed."""
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_the_notebooks_generator_in_stages() -> None:
    stages = list_stages(generator_layers(build_config("notebook")))
    assert [stage.shape for stage in stages] == [(6272,), (7, 7, 128), (14, 14, 64), (28, 28, 1)]
    # 100 * 6272 + 6272; 4 * 128; 5 * 5 * 128 * 64 + 64 and 4 * 64; 5 * 5 * 64 * 1 + 1
    assert [stage.parameters for stage in stages] == [633_472, 512, 205_120, 1_601]


def test_the_notebooks_discriminator_in_stages() -> None:
    stages = list_stages(discriminator_layers(build_config("notebook")))
    assert [stage.shape for stage in stages] == [(14, 14, 64), (7, 7, 128), (6272,), (1,)]
    # 5 * 5 * 1 * 64 + 64; 5 * 5 * 64 * 128 + 128; 0; 6272 + 1
    assert [stage.parameters for stage in stages] == [1_664, 204_928, 0, 6_273]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("language", ["en", "tr"])
def test_every_recipes_drawing_is_well_formed_and_adds_up(
    preset: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "language", lambda: language)
    config = build_config(preset)
    for layers, shape in ((generator_layers(config), (100,)), (discriminator_layers(config), (28, 28, 1))):
        stages = list_stages(layers)
        assert sum(stage.parameters for stage in stages) == count_parameters(layers)
        lines = read(draw_network(layers, shape, "<source>", 'a "quoted" & alt'))
        assert "<source>" in lines
        for stage in stages:
            assert name_shape(stage.shape) in lines
            assert not stage.parameters or text.t("learn.net.parameters", count=stage.parameters) in lines


def test_a_line_of_words_fits_a_phone() -> None:
    """About 5.6 units a letter at 11 px, beside a column of 86."""
    for language in ("en", "tr"):
        known = text.load_words(language)
        lines = [words for key, words in known.items() if key.startswith("learn.net.") and not key.endswith("_alt")]
        assert max(map(len, lines)) <= 60, language
