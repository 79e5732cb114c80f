import re
import tomllib
from pathlib import Path

import pytest
from streamlit import config

STYLE = (Path(__file__).parents[1] / "ui" / "style.css").read_text("utf-8")
SETTINGS = tomllib.loads((Path(__file__).parents[1] / ".streamlit" / "config.toml").read_text("utf-8"))


def luminance(color: str) -> float:
    """Relative luminance of "#rrggbb" as WCAG 2.2 defines it."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def names(settings: dict[str, object], prefix: str = "") -> list[str]:
    """Dotted names of all settings."""
    found = []
    for key, value in settings.items():
        found += names(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key]
    return found


def test_streamlit_knows_every_setting() -> None:
    assert set(names(SETTINGS)) <= set(config.get_config_options())


def test_the_server_is_safe_and_quiet() -> None:
    server = SETTINGS["server"]
    assert server["enableXsrfProtection"] and server["enableCORS"]
    assert not server["showEmailPrompt"] and not SETTINGS["browser"]["gatherUsageStats"]
    assert SETTINGS["client"]["toolbarMode"] == "viewer"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_can_be_read(scheme: str) -> None:
    theme = SETTINGS["theme"][scheme]
    for key in [key for key in theme if key.endswith(("TextColor", "textColor", "linkColor"))]:
        for background in ("backgroundColor", "secondaryBackgroundColor"):
            assert contrast(theme[key], theme[background]) >= 4.5, (key, background)
    # Streamlit writes white on the primary colour.
    assert contrast("#ffffff", theme["primaryColor"]) >= 4.5
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= 3


def mix(color: str, share: float, background: str) -> str:
    """A colour over another, as `color-mix` and `opacity` do it."""
    pairs = [(int(color[start : start + 2], 16), int(background[start : start + 2], 16)) for start in (1, 3, 5)]
    return "#" + "".join(f"{round(share * over + (1 - share) * under):02x}" for over, under in pairs)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_our_own_colours_can_be_read(scheme: str) -> None:
    theme = SETTINGS["theme"][scheme]
    found = re.findall(r"--(\w+): light-dark\((#\w+), (#\w+)\)", STYLE)
    ours = {name: light if scheme == "light" else dark for name, light, dark in found}
    assert {"good", "wait", "warn", "bad", "picked"} <= set(ours)
    for background in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(mix(theme["textColor"], 0.75, theme[background]), theme[background]) >= 4.5  # captions, asides
    assert contrast(ours["picked"], mix(theme["primaryColor"], 0.1, theme["backgroundColor"])) >= 4.5
    for name in ("good", "wait", "warn", "bad"):  # a badge: the word on 12 % of its own colour
        assert contrast(ours[name], mix(ours[name], 0.12, theme["backgroundColor"])) >= 4.5, name


def test_contrast_has_its_known_ends() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)  # (1 + 0.05) / (0 + 0.05)
    assert contrast("#777777", "#777777") == pytest.approx(1)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # the lightest grey that passes


def test_both_themes_define_the_same_colours() -> None:
    assert set(SETTINGS["theme"]) == {"light", "dark"}  # anything in [theme] itself would lock the person's choice
    assert set(SETTINGS["theme"]["light"]) == set(SETTINGS["theme"]["dark"])
