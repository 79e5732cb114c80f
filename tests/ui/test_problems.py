import errno
import re
from pathlib import Path

import pytest

from dcgan.runs.errors import (
    FILE_KINDS,
    TEXTS,
    AlreadyHereError,
    BrokenRunError,
    BundleError,
    LimitError,
    NotResumableError,
    NotYoursError,
    RefusedCheckpointError,
    RunError,
    RunNotFoundError,
    foreign_checkpoint,
    unreadable,
)
from dcgan.runs.status import Problem, RunStatus, StatusRecord
from ui import problems, text


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize(
    "problem",
    [
        Problem(code="worker-died", values={"signal": "SIGSEGV"}),
        Problem(code="worker-killed"),
        Problem(code="worker-died", values={"code": 1}),
        Problem(code="worker-hung", values={"seconds": 120}),
        Problem(code="disk-full", values={"folder": "/runs"}),
        Problem(code="non-finite", values={"step": 12}),
        Problem(code="data-missing", values={"dataset": "fashion-mnist", "detail": "in English"}),
        Problem(code="data-missing", values={"detail": "as an earlier version wrote it"}),
        Problem(
            code="too-few-images", values={"field": "data.limit", "value": 20_000, "available": 10_000, "dataset": "x"}
        ),
        Problem(code="sample-broken", values={"detail": "in English"}),
        Problem(code="data-changed", values={"dataset": "fashion-mnist"}),
        Problem(code="settings-changed", values={"fields": "training.epochs, no.such"}),
        Problem(code="settings-changed", values={}),
        Problem(code="no-checkpoint", values={}),
        Problem(code="a-code-of-a-later-version", values={"what": "ever"}),
        Problem(code="unexpected", values={}),
        Problem(code="unexpected", values={"kind": "no-such-kind", "cause": "none", "errno": True}),
        Problem(code="worker-died", values={"kind": ["no", "text"]}),
        None,
    ],
)
def test_every_problem_is_two_sentences_that_say_what_to_do(
    problem: Problem | None, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "language", lambda: language)
    words = problems.explain_problem(StatusRecord(status=RunStatus.FAILED, step=10, error=problem))
    assert "{" not in words and words.count(": ") >= 1
    assert len(re.findall(r"[.](?= [A-ZÇĞİÖŞÜ]|$)", words)) == 2, words


def test_a_problem_before_the_first_step_says_that_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")
    problem = Problem(code="data-missing", values={"dataset": "fashion-mnist", "detail": "no network"})
    words = problems.explain_problem(StatusRecord(status=RunStatus.FAILED, step=0, error=problem))
    assert words == (
        "The images of fashion\\-mnist could not be loaded. No step was trained yet, so nothing is lost: "
        "check the data set and the connection, then press Resume."
    )


def test_a_field_is_named_as_the_form_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"field": "data.limit", "value": 20_000, "available": 10_000, "dataset": "fashion"}
    status = StatusRecord(status=RunStatus.FAILED, error=Problem(code="too-few-images", values=values))
    for language, words in (
        ("en", "Images used: 20,000 cannot be used, because only 10,000 images of fashion could be fetched."),
        ("tr", "Kullanılan görüntü: 20.000 kullanılamaz; fashion veri kümesinden yalnızca 10.000 görüntü alınabildi."),
    ):
        monkeypatch.setattr(text, "language", lambda language=language: language)
        assert problems.explain_problem(status).startswith(words)


def test_changed_settings_are_named_as_the_form_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"fields": "training.epochs, d_optimizer.learning_rate, <b>"}
    status = StatusRecord(status=RunStatus.FAILED, error=Problem(code="settings-changed", values=fields))
    for language, words in (("en", "(Epochs, Discriminator's learning rate, "), ("tr", "(Tur sayısı, ")):
        monkeypatch.setattr(text, "language", lambda language=language: language)
        assert words in problems.explain_problem(status)
        assert "<b>" not in problems.explain_problem(status)


HUGE = 10**400


@pytest.mark.parametrize("values", [{"seconds": HUGE}, {"step": -HUGE}, {"detail": "x" * 3_000_000}, {"seconds": {}}])
def test_values_of_any_size_fit_into_a_sentence(values: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")
    for code in ("worker-hung", "non-finite", "unexpected"):
        status = StatusRecord(status=RunStatus.FAILED, step=10, error=Problem(code=code, values=values))
        assert len(problems.explain_problem(status)) < 500


def test_a_code_from_a_strange_file_is_text_and_neither_picture_nor_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")
    problem = Problem(code="![x](http://127.0.0.1/pixel.png) [click](http://a.example)")
    words = problems.explain_problem(StatusRecord(status=RunStatus.FAILED, error=problem))
    assert "](" not in words and "\\[click\\]" in words


def test_what_a_broken_file_says_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")
    named = {"run": "x", "file": "run.json", "field": "training.epochs", "allowed": "1 to 10,000"}
    for value in ("x" * 3_000_000, HUGE, list(range(10_000))):
        error = BrokenRunError("run-config", value=value, **named)
        assert len(str(error)) < 500 and len(problems.explain_error(error)) < 500


BROKEN = [
    RunNotFoundError("x", Path("/runs")),
    NotResumableError("run-finished", run="x"),
    NotYoursError("not-yours", run="x"),
    NotYoursError("not-known"),
    NotYoursError("gallery-run", run="x"),
    NotYoursError("not-your-judging"),
    LimitError("limit-runs", running=1, queued=3),
    LimitError("limit-line", most=40),
    LimitError("limit-disk", megabytes=1000),
    LimitError("limit-kept", most=100),
    LimitError("limit-size", needed=1500, megabytes=1000),
    LimitError("limit-minutes", minutes=60),
    LimitError("limit-epochs", epochs=50, most=10),
    LimitError("limit-busy"),
    BrokenRunError("run-gone", run="x"),
    BrokenRunError("run-not-json", run="x", file="status.json"),
    BrokenRunError("run-format", run="x", file="run.json", found=2, known=1),
    BrokenRunError("run-config", run="x", file="run.json", field="training.epochs", value=0, allowed="1 to 10,000"),
    BrokenRunError("run-config", run="x", file="run.json", field="a.b", value="c", allowed="nothing"),
    RunError("run-active", run="x"),
    RunError("run-not-deleted", run="x"),
    RunError("run-id-taken", run="x"),
    RunError("label-name", given=501, most=500),
    RunError("label-notes", given=10_001, most=10_000),
    RunError("label-tags", most=20, longest=40),
    NotResumableError("run-thin", run="x"),
    BundleError("bundle-not-one", file="x", kind="text", found=FILE_KINDS["text"]),
    BundleError("bundle-damaged", member="run.json"),
    BundleError("bundle-members", count=20_000, most=11_000),
    BundleError("bundle-encrypted", member="run.json"),
    BundleError("bundle-name", member="../x"),
    BundleError("bundle-not-plain", member="run.json"),
    BundleError("bundle-twice", member="run.json"),
    BundleError("bundle-too-large", member="run.json", size=2_000_000, most=65_536),
    BundleError("bundle-ratio", member="run.json", ratio=1000, most=100),
    BundleError("bundle-missing", member="run.json"),
    BundleError("bundle-extra", member="run.json"),
    BundleError("bundle-sum", member="run.json"),
    BundleError("bundle-json", member="run.json", field="a.b", reason="it is a text"),
    BundleError("bundle-format", member="run.json", found=2, known=1),
    BundleError("bundle-run-id", found="x"),
    BundleError("bundle-config", member="run.json", field="training.epochs", value=0, allowed="1 to 10,000"),
    BundleError("bundle-networks", member="run.json", count=10**9, most=10**7),
    BundleError("bundle-rows", member="metrics.jsonl", line=7, rows=10, columns=50),
    BundleError("bundle-row", member="run.json", line=7, most=8192),
    BundleError("bundle-event", member="run.json", line=7, most=8192),
    BundleError("bundle-picture", member="run.json", side=58, mode="L"),
    BundleError("bundle-picture-size", member="run.json", side=58, mode="L", width=30_000, height=30_000),
    BundleError("bundle-checkpoint", member="run.json", reason="", cause=Problem(code="checkpoint-sum")),
    BundleError("bundle-best", member="run.json", step=500),
    BundleError("bundle-other-checkpoint", member="run.json", step=500),
    AlreadyHereError("x"),
    unreadable(Path("x/status.json"), PermissionError(errno.EACCES, "Permission denied")),
    *(foreign_checkpoint(kind) for kind in FILE_KINDS),
    RefusedCheckpointError("checkpoint-none", run="x"),
    RefusedCheckpointError("checkpoint-not-judged", run="x"),
    RefusedCheckpointError("checkpoint-gone", run="x", step=5, steps="1, 2"),
    RefusedCheckpointError("checkpoint-size", given=500, allowed=400),
    RefusedCheckpointError("checkpoint-header-length", given=2**63, allowed=1000, size=100),
    RefusedCheckpointError("checkpoint-header-json"),
    RefusedCheckpointError("checkpoint-metadata", name="sha256"),
    RefusedCheckpointError("checkpoint-entry", name="generator/000/kernel"),
    RefusedCheckpointError("checkpoint-places", name="generator/000/kernel"),
    RefusedCheckpointError("checkpoint-torn", given=1, expected=2),
    RefusedCheckpointError("checkpoint-config", field="generator.base_filters", value="x", allowed="1 to 10"),
    RefusedCheckpointError("checkpoint-parameters", given=10**9, allowed=10**7),
    RefusedCheckpointError("checkpoint-extra", name="generator/000/kernel"),
    RefusedCheckpointError("checkpoint-missing", name="generator/000/kernel"),
    RefusedCheckpointError("checkpoint-shape", name="generator/000/kernel", given="2 × 3", expected="3 × 2"),
    RefusedCheckpointError("checkpoint-type", name="generator/000/kernel", given="int64", allowed="float32"),
    RefusedCheckpointError("checkpoint-sum"),
    RefusedCheckpointError("checkpoint-not-finite", name="generator/000/kernel"),
    RefusedCheckpointError("checkpoint-other", run="x", step=100),
    RefusedCheckpointError("checkpoint-negative", name="generator/000/kernel"),
    LimitError("limit-judging"),
    LimitError("limit-judging-all"),
]


def test_every_error_of_a_run_has_an_example_here() -> None:
    assert {error.problem.code for error in BROKEN} == set(TEXTS)


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("error", BROKEN, ids=lambda error: error.problem.code)
def test_an_error_of_a_run_is_a_sentence_in_the_readers_language(
    error: RunError, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "language", lambda: language)
    words = problems.explain_error(error)
    assert words.endswith(".") and "{" not in words
    if language == "tr":
        said = re.sub(r"{\w+}", "", TEXTS[error.problem.code]) + str(error.problem.values.get("found", ""))
        names = {"safetensors", "pickle", "keras", "gzip", "json", "dcgan", "samples"}  # the same in every language
        assert not set(re.findall(r"\b[a-zçğıöşü]{4,}", words)) & set(re.findall(r"\b[a-z]{4,}", said)) - names


def test_a_kind_of_file_is_named_in_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "tr")
    assert problems.explain_error(foreign_checkpoint("png")).startswith("Bu, bir PNG resmi. ")


@pytest.mark.parametrize(
    ("number", "english", "turkish"),
    [
        (errno.ENOSPC, "the disk is full", "disk dolu"),
        (errno.EROFS, "the disk is read-only", "disk salt okunur"),
        (errno.EACCES, "permission denied", "gereken izin yok"),
        (errno.EPERM, "permission denied", "gereken izin yok"),
        (errno.EDQUOT, "your share of the disk is used up", "diskte size ayrılan yer dolmuş"),
        (errno.EIO, f"error {errno.EIO} of the operating system", f"işletim sisteminin {errno.EIO} numaralı hatası"),
        (None, "no reason was given", "bir neden bildirilmedi"),
    ],
)
def test_an_error_of_the_system_is_words_or_at_least_its_number(
    number: int | None, english: str, turkish: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for language, words in (("en", english), ("tr", turkish)):
        monkeypatch.setattr(text, "language", lambda language=language: language)
        assert problems.os_reason(number) == words
        assert words in problems.explain_error(OSError(number, "in English") if number else OSError("in English"))


def test_an_error_that_nobody_knows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")
    assert problems.explain_error(ValueError("x")) == "An unexpected error occurred (ValueError)."


def test_what_a_file_says_cannot_format_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")
    error = BrokenRunError("run-config", run="x", file="run.json", field="**x**", value="[a](b)", allowed="")
    assert r"\*\*x\*\*: \[a\]\(b\)" in problems.explain_error(error)
    assert "**x**: [a](b)" in problems.explain_cause(error.problem, show=str)  # for HTML, which is escaped elsewhere
