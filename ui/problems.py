"""What went wrong, in the reader's language: codes with values, and the system's own errors, as sentences.

Owns how values are put into them. Leaves the words to `locale/`, and their looks to whoever shows it.
"""

import errno
from collections.abc import Callable, Mapping
from typing import Any

from dcgan.runs.errors import RunError
from dcgan.runs.status import Problem, StatusRecord
from ui import visitor
from ui.text import cut, has_words, plain, t

Show = Callable[[object], str]

_REASONS: Mapping[int, str] = {
    errno.ENOSPC: "no_space",
    errno.EDQUOT: "quota",
    errno.EROFS: "read_only",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.ENOENT: "missing",
    errno.ENOTDIR: "no_folder",
    errno.EEXIST: "no_folder",
}
MOST_FIELDS = 8  # named in one sentence
_GAPS = dict.fromkeys(("seconds", "folder", "dataset", "step", "label", "value", "available", "fields"), "–")


def explain_problem(status: StatusRecord) -> str:
    """Return two sentences on why a run rests: what happened; what is safe, and what to do. Safe in Markdown."""
    problem = status.error or Problem(code="unattended")
    code = problem.code if has_words(f"problem.{problem.code}.what") else "unexpected"
    if visitor.is_public() and has_words(f"problem.{code}-public.what"):
        code = f"{code}-public"  # without folders, details and a log, which are nobody's business there
    gaps = _GAPS | {"signal": "", "code": "", "detail": plain(cut(problem.code))}
    safe = "problem.safe" if status.step else "problem.nothing_lost"
    safe = "problem.pictures_safe" if code == "no-checkpoint" else safe
    what = t(f"problem.{code}.what", **(gaps | _values(problem, plain)))
    return f"{what} {t(safe, do=t(f'problem.{code}.do'))}"


def explain_error(error: Exception) -> str:
    """Return a sentence on why something asked for could not be done. Safe in Markdown."""
    if isinstance(error, RunError):
        return explain_cause(error.problem)
    if isinstance(error, OSError):
        return t("error.system", reason=os_reason(error.errno))
    return t("error.unknown", name=plain(type(error).__name__))


def explain_folder(key: str, folder: object, error: OSError) -> str:
    """Return a sentence on a folder that cannot be used; strangers are not told where it is. Safe in Markdown.

    Args:
        key: of `error`, with a sentence of the same key and `_public` beside it.
        folder: where it is.
        error: what the system said of it.
    """
    detail = os_reason(error.errno)
    if visitor.is_public():
        return t(f"error.{key}_public", detail=detail)
    return t(f"error.{key}", folder=plain(folder), detail=detail)


def explain_cause(problem: Problem, show: Show = plain) -> str:
    """Return a sentence on why a run cannot be read or steered; `show` makes a value safe where it will stand."""
    return t(f"error.{problem.code}", **_values(problem, show))


def os_reason(number: int | None) -> str:
    """Return what an error number of the system means, to be put into a sentence."""
    if not number:
        return t("reason.none")
    name = _REASONS.get(number)
    return t(f"reason.{name}") if name else t("reason.other", number=str(number))


def _values(problem: Problem, show: Show) -> dict[str, Any]:
    """A problem's values for a sentence: numbers as they are; fields, error numbers, kinds of file by words."""
    values = {name: value if _is_number(value) else show(cut(value)) for name, value in problem.values.items()}
    if "field" in problem.values:
        values["label"] = _label(cut(problem.values["field"]), show)
    if isinstance(problem.values.get("fields"), str):
        values["fields"] = ", ".join(
            _label(cut(path), show) for path in problem.values["fields"].split(", ")[:MOST_FIELDS]
        )
    if isinstance(problem.values.get("errno"), int):
        values["reason"] = os_reason(problem.values["errno"])
    if isinstance(cause := problem.values.get("cause"), Problem):
        values["cause"] = explain_cause(cause, show)
    if "kind" in problem.values:
        kind = f"file_kind.{problem.values['kind']}"  # a status from a bundle may name any
        values["found"] = t(kind if has_words(kind) else "file_kind.unknown")
    return values


def _label(path: str, show: Show) -> str:
    """What a field is called on the page; its own path where it is none of ours."""
    key = f"config.{path}.label"
    return t(key) if has_words(key) else show(path)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
