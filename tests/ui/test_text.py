import ast
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from dcgan.config import field_paths, field_schema
from dcgan.presets import DEFAULT_PRESET, PRESETS
from dcgan.runs.status import RunStatus
from ui import text

ROOT = Path(text.__file__).parents[1]
SOURCES = [*(ROOT / "ui").glob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "streamlit_app.py"]
# Streamlit's functions whose first argument a person reads.
SHOWING = {
    "title", "header", "subheader", "markdown", "caption", "write", "text", "error", "warning", "info", "success",
    "button", "download_button", "link_button", "toggle", "checkbox", "radio", "selectbox", "number_input",
    "text_input", "slider", "select_slider", "expander", "popover", "toast", "metric", "dialog", "spinner",
}  # fmt: skip


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))


def called_name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def as_pattern(key: ast.expr) -> str | None:
    """The keys that an argument of `t` can stand for, as a regular expression; None where only running tells."""
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return re.escape(key.value)
    if isinstance(key, ast.JoinedStr):
        parts = [re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in key.values]
        return "".join(parts)
    return None


def test_both_languages_have_the_same_keys() -> None:
    english, turkish = (set(text.load_words(language)) for language in ("en", "tr"))
    assert english == turkish


def test_both_languages_put_in_the_same_values() -> None:
    for key, words in text.load_words("en").items():
        places = {language: sorted(re.findall(r"{(\w+)}", text.load_words(language)[key])) for language in ("en", "tr")}
        assert places["en"] == places["tr"], (key, words)


def test_a_per_cent_sign_never_stands_alone_in_a_line() -> None:
    assert [key for key, words in text.load_words("en").items() if "} %" in words] == []


def test_a_number_below_zero_has_a_minus_that_is_no_hyphen() -> None:
    assert [text.number(-0.588, 2), text.number(-1234.5, 1), text.number(-3), text.number(2e-05)] == [
        "−0.59", "−1,234.5", "−3", "2e-05",
    ]  # fmt: skip


def test_no_words_are_empty_and_no_turkish_is_left_in_english() -> None:
    english, turkish = text.load_words("en"), text.load_words("tr")
    assert all(words.strip() for words in [*english.values(), *turkish.values()])
    words = {key: re.findall(r"[a-z]{2,}", re.sub(r"{\w+}", "", said.lower())) for key, said in english.items()}
    long_and_equal = [key for key in english if english[key] == turkish[key] and len(words[key]) > 2]
    assert long_and_equal == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_key_in_the_code_has_words(path: Path) -> None:
    known = list(text.load_words("en"))
    patterns = [as_pattern(call.args[0]) for call in calls(path) if called_name(call) == "t" and call.args]
    for pattern in filter(None, patterns):
        assert any(re.fullmatch(pattern, key) for key in known), f"{path.name}: no words for {pattern}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_page_says_words_of_its_own(path: Path) -> None:
    for call in calls(path):
        if getattr(getattr(call.func, "value", None), "id", "") == "log":  # which no visitor reads
            continue
        if called_name(call) in SHOWING and call.args and isinstance(call.args[0], ast.Constant):
            assert not isinstance(call.args[0].value, str), f"{path.name}:{call.lineno} says {call.args[0].value!r}"


@pytest.mark.parametrize(
    ("english", "turkish"),
    [
        ("generator", "üretici"), ("discriminator", "ayırt edici"), ("latent", "saklı"), ("batch", "yığın"),
        ("checkpoint", "kontrol nokta"), ("epoch", "tur"), ("the log", "günlü"), ("notebook", "not defter"),
    ],
)  # fmt: skip
def test_a_term_has_one_turkish_word(english: str, turkish: str) -> None:
    words = {key: said for key, said in text.load_words("en").items() if english in said.lower()}
    assert words
    for key, said in words.items():
        assert re.search(turkish, text.load_words("tr")[key].lower()), (key, said)


def test_every_field_choice_preset_and_state_has_words() -> None:
    keys = {f"config.{path}.{part}" for path in field_paths() for part in ("label", "help")}
    keys |= {f"choice.{option}" for path in field_paths() for option in field_schema(path).get("enum", [])}
    keys |= {f"section.{path.partition('.')[0]}" for path in field_paths()}
    keys |= {f"preset.{preset}.{part}" for preset in (*PRESETS, DEFAULT_PRESET) for part in ("name", "line")}
    keys |= {f"status.{status.value}" for status in RunStatus}
    assert keys - set(text.load_words("en")) == set()


def test_every_code_of_a_problem_in_the_backend_has_words() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "dcgan").rglob("*.py"))
    naming = r'(?:Problem\(code=|TrainingProblem\(|Wish\.INTERRUPT, |code = )"([a-z-]+)"'
    codes = set(re.findall(naming, sources))
    assert {"worker-died", "disk-full", "server-ended"} <= codes
    for code in codes:
        assert text.has_words(f"problem.{code}.what") and text.has_words(f"problem.{code}.do"), code


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", ["18,750", "0.0002", "1,234.5", "60,000"]), ("tr", ["18.750", "0,0002", "1.234,5", "60.000"])],
)
def test_numbers_are_written_in_the_readers_way(
    language: str, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "language", lambda: language)
    assert [text.number(18750), text.number(0.0002), text.number(1234.5, 1), text.number(60000.0)] == written


@pytest.mark.parametrize(
    ("seconds", "english", "turkish"),
    [
        (0.2, "1 s", "1 sn"),
        (59, "59 s", "59 sn"),
        (95, "2 min", "2 dk"),  # 1.58 minutes
        (3600 + 5 * 60, "1 h 5 min", "1 sa 5 dk"),
        (3 * 24 * 3600, "3 days", "3 gün"),
    ],
)
def test_a_duration_reads_as_a_person_says_it(
    seconds: float, english: str, turkish: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for language, words in (("en", english), ("tr", turkish)):
        monkeypatch.setattr(text, "language", lambda language=language: language)
        assert text.duration(seconds) == words


def test_plain_text_cannot_format_a_page() -> None:
    assert text.plain("**[x](http://y)**") == r"\*\*\[x\]\(http\://y\)\*\*"
    assert text.plain("&lt; a@b.c") == r"\&lt; a\@b\.c"


@pytest.mark.parametrize(
    ("zone", "language", "written"),
    [
        ("Europe/Istanbul", "tr", "15 Kas 2023 01:13"),
        ("America/New_York", "en", "14 Nov 2023 17:13"),
        ("No/Such", "en", "14 Nov 2023 22:13"),
        ("../../etc/passwd", "en", "14 Nov 2023 22:13"),
        (None, "en", "14 Nov 2023 22:13"),
    ],
)
def test_a_moment_is_written_in_the_readers_time_zone(
    zone: str | None, language: str, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "language", lambda: language)
    monkeypatch.setattr(text, "st", SimpleNamespace(context=SimpleNamespace(timezone=zone)))
    assert text.moment(1_700_000_000) == written


def test_a_moment_of_this_year_is_written_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")
    assert re.fullmatch(r"[0-9]{1,2} [A-Z][a-z]{2} [0-9]{2}:[0-9]{2}", text.moment(time.time()))


def test_an_unknown_key_is_an_error_and_not_an_empty_label() -> None:
    with pytest.raises(KeyError):
        text.t("no.such.key")


@pytest.mark.parametrize(
    ("value", "english", "turkish"),
    [
        (1e300, "1.000e+300", "1,000e+300"),
        (10**400, "1.000e+400", "1,000e+400"),
        (-(10**15), "−1.000e+15", "−1,000e+15"),
    ],
)
def test_a_number_that_nobody_reads_is_written_with_its_exponent(
    value: float, english: str, turkish: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for spoken, words in (("en", english), ("tr", turkish)):
        monkeypatch.setattr(text, "language", lambda spoken=spoken: spoken)
        assert text.number(value) == words


def test_text_from_outside_is_cut_where_it_would_not_fit() -> None:
    assert text.cut("x" * 80) == "x" * 80
    assert text.cut("half of \ud83d") == "half of ?"  # as JSON may name an array; no message can carry it
    assert text.cut("x" * 81) == "x" * 80 + "…"
