"""Facts about the owner's words: kept as text, never lost to another writer, never in a run's way."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from dcgan.runs import labels
from dcgan.runs.errors import BrokenRunError
from dcgan.runs.labels import LabelError, Labels
from dcgan.runs.manager import RunManager
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore

HOSTILE = [
    "<script>alert(1)</script>", "**[x](http://y)** $x^2$ :red[z] :material/star:", "🦊🇹🇷👩‍👩‍👧",
    "שלום \u202eevil", "Z̸̧͓͐a̷̛l̵g̴o̷",
    "x" * 500, "İstanbul’da ığüşöç", "../../etc/passwd", "日本語の名前", '"; DROP TABLE runs; --', "{name} %s {{}}",
]  # fmt: skip


def test_a_run_without_labels_has_none(run: Run) -> None:
    assert run.labels() == Labels(name="", notes="", tags=(), star=False, pinned=())


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_in_any_script_is_kept_letter_by_letter(run: Run, name: str) -> None:
    assert run.relabel(name=name).name == name
    assert run.labels().name == name
    assert json.loads((run.run_dir / "labels.json").read_text(encoding="utf-8"))["name"] == name


def test_a_name_is_one_line_without_control_characters(run: Run) -> None:
    assert run.relabel(name="  two\nlines\t\x00and\x1b \u2028more\ud800 ").name == "two lines and more"


def test_a_name_that_nobody_sees_is_none(run: Run) -> None:
    assert run.relabel(name="\u200b\u202e \ufeff\u0301").name == ""


def test_notes_keep_their_lines(run: Run) -> None:
    assert run.relabel(notes="one\r\ntwo\n\tthree\x07\n").notes == "one\ntwo\n\tthree"


def test_a_tag_stands_once_and_is_never_empty(run: Run) -> None:
    assert run.relabel(tags=["b", " a ", "", "b", " "]).tags == ("b", "a")
    assert run.relabel(tags=["\u200b", "\u202e", "seen"]).tags == ("seen",)  # a tag that nobody sees is none


def test_what_is_not_named_stays_as_it_is(run: Run) -> None:
    run.relabel(name="first", star=True)
    run.relabel(pinned=[300, 100, 300])
    assert run.relabel(notes="why") == Labels(name="first", star=True, pinned=(100, 300), notes="why")
    assert run.relabel(name="", star=False) == Labels(pinned=(100, 300), notes="why")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "x" * 501}, "up to 500 characters; this one has 501"),
        ({"notes": "x" * 10_001}, "up to 10000 characters; these have 10001"),
        ({"tags": [str(number) for number in range(21)]}, "up to 20 tags"),
        ({"tags": ["x" * 41]}, "up to 40 characters each"),
    ],
)
def test_words_beyond_their_limits_are_refused_and_change_nothing(
    run: Run, changes: labels.LabelChanges, sentence: str
) -> None:
    before = run.relabel(name="before", notes="before", tags=["before"])
    with pytest.raises(LabelError, match=sentence):
        run.relabel(**changes)
    assert run.labels() == before


def test_what_no_caller_may_write_is_an_error_and_changes_nothing(run: Run) -> None:
    with pytest.raises(ValidationError):
        run.relabel(pinned=[-1])
    assert not (run.run_dir / "labels.json").exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff" * 100, b"[" * 100_000, b'{"name": "' + b"x" * 1_000_000 + b'"}']
)
def test_a_broken_file_hides_no_run_and_is_put_aside_when_it_is_written_anew(
    store: RunStore, run: Run, content: bytes
) -> None:
    path = run.run_dir / "labels.json"
    path.write_bytes(content)
    (listed,) = store.list_runs()
    assert (listed.labels, listed.problem) == (Labels(), None)
    assert run.relabel(star=True) == run.labels() == Labels(star=True)
    assert (run.run_dir / "labels.json.broken").read_bytes() == content


def test_one_label_that_cannot_be_used_leaves_the_others(run: Run) -> None:
    tree = {"name": ["no", "text"], "star": True, "tags": [1], "notes": "x" * 10_001, "pinned": [5], "later": {"a": 1}}
    (run.run_dir / "labels.json").write_text(json.dumps(tree))
    assert run.labels() == Labels(star=True, pinned=(5,))
    run.relabel(name="mended")
    assert json.loads((run.run_dir / "labels.json").read_text())["later"] == {"a": 1}  # of a later version


def test_a_folder_or_a_link_to_nowhere_in_its_place_hides_no_run(store: RunStore, run: Run) -> None:
    (run.run_dir / "labels.json").symlink_to("labels.json")
    assert store.list_runs()[0].labels == Labels()
    (run.run_dir / "labels.json").unlink()
    (run.run_dir / "labels.json").mkdir()
    assert store.list_runs()[0].labels == Labels()


def test_many_writers_lose_no_word_of_each_other(run: Run) -> None:
    def write(number: int) -> None:
        writer = Run(run.run_dir)
        if number % 3 == 0:
            writer.relabel(star=True)
        elif number % 3 == 1:
            writer.relabel(pinned=[*writer.labels().pinned, number])
        else:
            writer.relabel(notes=f"note {number}")

    run.relabel(name="kept")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(30)))
    seen = run.labels()
    assert (seen.name, seen.star) == ("kept", True)
    assert seen.pinned and seen.notes.startswith("note ")
    assert not list(run.run_dir.glob(".tmp-*"))


def test_labels_are_written_while_a_worker_holds_the_run(run: Run) -> None:
    with run.lock():
        assert Run(run.run_dir).relabel(star=True).star


def test_a_run_that_is_gone_is_not_made_anew_by_its_labels(tmp_path: Path, store: RunStore, run: Run) -> None:
    run.run_dir.rename(tmp_path / "elsewhere")
    with pytest.raises(BrokenRunError, match="the directory is gone"):
        run.relabel(name="x")
    assert not run.run_dir.exists()


def test_the_manager_changes_labels_by_a_runs_id(store: RunStore, run: Run, tmp_path: Path) -> None:
    manager = RunManager(store, tmp_path / "state")
    assert manager.relabel(run.run_id, name="x", star=True) == Labels(name="x", star=True)
    assert store.list_runs()[0].labels == Labels(name="x", star=True)
