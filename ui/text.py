"""Every word of the app, in the reader's language.

Owns the choice of language and how numbers, times and dates are written. The words themselves are in `locale/`.
"""

import math
import re
import time
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

LANGUAGES: Mapping[str, str] = {"en": "English", "tr": "Türkçe"}
FALLBACK = "en"
LOCALE = Path(__file__).parent / "locale"

MOST_SHOWN = 1e15  # from here on a number is written with its exponent
MOST_CHARACTERS = 80

_MARKS = {"en": (",", "."), "tr": (".", ",")}  # between thousands, before decimals
_CHOICE = "language"  # the session's key, and the widget's


@lru_cache(maxsize=len(LANGUAGES))
def load_words(language: str) -> Mapping[str, str]:
    """Return a language's words by dotted key."""
    tree = tomllib.loads((LOCALE / f"{language}.toml").read_text(encoding="utf-8"))
    return dict(_flatten(tree))


def language() -> str:
    """Return the language of this session: chosen by hand, else in the address, else the browser's, else English."""
    chosen = st.session_state.get(_CHOICE)  # the first look suffices: this is asked for each word
    if chosen in LANGUAGES:
        return str(chosen)
    named = st.query_params.get("lang")
    if named in LANGUAGES:
        return str(named)
    browser = (st.context.locale or "")[:2]
    return browser if browser in LANGUAGES else FALLBACK


def choose_language() -> None:
    """Draw the switch; the choice stays in the session and in the address."""
    st.session_state.setdefault(_CHOICE, language())
    st.selectbox(
        t("app.language"), list(LANGUAGES), format_func=LANGUAGES.__getitem__, key=_CHOICE,
        label_visibility="collapsed", persist_state="session", on_change=_keep_choice,
    )  # fmt: skip


def _keep_choice() -> None:
    st.query_params["lang"] = st.session_state[_CHOICE]


def t(key: str, /, **values: object) -> str:
    """Return the words for a key, with values put in; numbers are written in the reader's way.

    Raises:
        KeyError: no such key; a test holds both languages to the same keys.
    """
    words = load_words(language())[key]
    return words.format(**{name: _shown(value) for name, value in values.items()}) if values else words


def plain(words: object) -> str:
    """Return text that Markdown shows letter by letter."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~:$&@])", r"\\\1", str(words))


def cut(value: object) -> str:
    """Return a value from outside as text that fits into a sentence, and can be sent: no halves of characters."""
    words = str(value).encode(errors="replace").decode()
    return words if len(words) <= MOST_CHARACTERS else f"{words[:MOST_CHARACTERS]}…"


def has_words(key: str) -> bool:
    """Whether there are words for a key."""
    return key in load_words(FALLBACK)


def number(value: float, digits: int | None = None) -> str:
    """Write a number: thousands apart, a real minus, `digits` decimals (None: its own, at most six significant)."""
    return _write_number(value, digits, language())


def numbers(values: Sequence[int]) -> Mapping[int, str]:
    """Write many whole numbers at once."""
    spoken = language()
    return {value: _write_number(value, 0, spoken) for value in values}


@lru_cache(maxsize=4096)
def _write_number(value: float, digits: int | None, spoken: str) -> str:
    if abs(value) >= MOST_SHOWN:
        plain = f"{Decimal(value):.3e}"  # an integer of hundreds of digits fits into no float
    elif digits is not None or value == int(value):
        plain = f"{value:,.{digits or 0}f}"
    else:
        plain = f"{value:.6g}"
    thousands, decimals = _MARKS[spoken]
    return ("−" if value < 0 else "") + plain.removeprefix("-").translate(str.maketrans(",.", thousands + decimals))


def duration(seconds: float) -> str:
    """Write a length of time as a person says it: "40 s", "16 min", "2 h 5 min"."""
    if seconds < 60:
        return t("time.seconds", seconds=max(1, round(seconds)))
    minutes = round(seconds / 60)
    if minutes < 60:
        return t("time.minutes", minutes=minutes)
    if minutes < 48 * 60:
        return t("time.hours", hours=minutes // 60, minutes=minutes % 60)
    return t("time.days", days=round(minutes / 60 / 24))


def ago(moment: float) -> str:
    """Write how long ago a Unix time was."""
    seconds = time.time() - moment
    return t("time.now") if seconds < 60 else t("time.ago", duration=duration(seconds))


def moment(seconds: float) -> str:
    """Write a Unix time as date and time of day where the reader is: "24 Nov 10:02"; another year is written too."""
    zone = _zone(st.context.timezone or "UTC")
    then, now = datetime.fromtimestamp(seconds, zone), datetime.now(zone)
    month = t("time.months").split()[then.month - 1]
    year = "" if then.year == now.year else f" {then.year}"
    return f"{then.day} {month}{year} {then:%H:%M}"


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    """The time zone that a browser names; UTC where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _shown(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) == math.inf:
        return str(value)
    return number(value)


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in tree.items():
        pairs += _flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, str(value))]
    return pairs
