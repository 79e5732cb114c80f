"""Facts about files that survive a kill, a full disk and other writers."""

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dcgan.jobs.process import ROOT
from dcgan.runs import files

ROW = {"step": 1, "d_loss": 1.386}


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_atomic_write_makes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    files.write_atomic(path, b"old")
    files.write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert _names(tmp_path) == ["status.json"]


def test_json_is_readable_by_a_person_and_keeps_its_letters(tmp_path: Path) -> None:
    files.write_json(tmp_path / "run.json", {"name": "çizgi", "step": 3})
    text = (tmp_path / "run.json").read_text(encoding="utf-8")
    assert "çizgi" in text
    assert text.count("\n") > 2
    assert json.loads(text) == {"name": "çizgi", "step": 3}


def test_a_path_that_is_no_text_does_not_stop_a_write(tmp_path: Path) -> None:
    """A folder's name can hold bytes that are no UTF-8; Python hands them on as lone surrogates."""
    tree = {"folder": os.fsdecode(b"/disk/\xff")}
    files.write_json(tmp_path / "status.json", tree)
    files.append_rows(tmp_path / "events.jsonl", [tree])
    files.replace_rows(tmp_path / "rows.jsonl", [tree])
    expected = {"folder": "/disk/?"}
    assert json.loads((tmp_path / "status.json").read_bytes()) == expected
    assert files.read_rows(tmp_path / "events.jsonl")[0] == files.read_rows(tmp_path / "rows.jsonl")[0] == [expected]


@pytest.fixture
def limited_files() -> Iterator[int]:
    """No file may grow beyond 64 KiB, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, before[1]))
    yield 64 * 1024
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _fill(path: Path, size: int, reason: str) -> None:
    """Fail to write a file; the old one must stand alone."""
    files.write_atomic(path, b"old")
    with pytest.raises(OSError, match=reason):
        files.write_atomic(path, bytes(size))
    assert path.read_bytes() == b"old"
    assert _names(path.parent) == [path.name]


def test_a_write_without_room_leaves_the_old_file_and_nothing_else(tmp_path: Path, limited_files: int) -> None:
    _fill(tmp_path / "000500.safetensors", limited_files + 1, "File too large")


def test_a_write_on_a_full_disk_leaves_the_old_file_and_nothing_else(small_disk: Path) -> None:
    _fill(small_disk / "000500.safetensors", 1_000_000, "No space left on device")
    files.write_atomic(small_disk / "000500.safetensors", bytes(100_000))


def test_rows_without_room_are_an_error_and_the_next_ones_are_read_again(tmp_path: Path, limited_files: int) -> None:
    path = tmp_path / "metrics.jsonl"
    files.append_rows(path, [ROW])
    with pytest.raises(OSError, match="File too large"):
        files.append_rows(path, [{"text": "x" * limited_files}])
    assert files.read_rows(path)[0] == [ROW]
    os.truncate(path, path.stat().st_size - 100)  # room again, after a torn line
    files.append_rows(path, [ROW])
    assert files.read_rows(path)[0] == [ROW, ROW]


@pytest.mark.parametrize("broken", ["write", "rename"])
def test_a_write_that_fails_at_any_moment_leaves_nothing(
    tmp_path: Path, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "status.json"
    files.write_atomic(path, b"old")

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        if broken == "write":
            patch.setattr(os, "fsync", fail)
        else:
            patch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="Input/output"):
            files.write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert _names(tmp_path) == ["status.json"]


@pytest.mark.parametrize("code", files._CANNOT_SYNC)
def test_a_disk_that_cannot_sync_folders_is_good_enough(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def refuse_folders(handle: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{handle}"):
            raise OSError(code, "no")
        sync(handle)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    files.write_atomic(tmp_path / "status.json", b"new")
    assert (tmp_path / "status.json").read_bytes() == b"new"


def test_a_reader_meets_the_old_file_or_the_new_one_and_nothing_between(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    contents = [bytes([letter]) * 100_000 for letter in b"ab"]
    files.write_atomic(path, contents[0])
    writing = threading.Event()
    seen: set[bytes] = set()

    def read() -> None:
        while not writing.is_set():
            seen.add(path.read_bytes())

    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            pool.submit(read)
        for number in range(60):
            files.write_atomic(path, contents[number % 2])
        writing.set()
    assert seen <= set(contents)
    assert seen


def test_rows_are_read_as_they_were_appended(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    files.append_rows(path, [ROW, {"text": "a\nb\u2028c"}], durable=True)
    files.append_rows(path, [{"empty": None}])
    rows, offset = files.read_rows(path)
    assert rows == [ROW, {"text": "a\nb\u2028c"}, {"empty": None}]
    assert offset == path.stat().st_size
    files.append_rows(path, [ROW])
    assert files.read_rows(path, offset) == ([ROW], path.stat().st_size)


def test_a_missing_file_has_no_rows(tmp_path: Path) -> None:
    assert files.read_rows(tmp_path / "none.jsonl", 99) == ([], 0)


def test_no_rows_make_no_lines(tmp_path: Path) -> None:
    files.append_rows(tmp_path / "metrics.jsonl", [])
    assert (tmp_path / "metrics.jsonl").read_bytes() == b""


def test_a_torn_last_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"step":1}\n{"step":2')
    rows, offset = files.read_rows(path)
    assert rows == [{"step": 1}]
    with path.open("ab") as file:
        file.write(b"}\n")
    assert files.read_rows(path, offset)[0] == [{"step": 2}]


def test_a_line_that_a_kill_has_torn_costs_no_other_line(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"step":1}\n{"ste')
    files.append_rows(path, [{"step": 2}])
    assert files.read_rows(path)[0] == [{"step": 1}, {"step": 2}]


def test_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    garbage = [b"", b"null", b"[1]", b'"text"', b"\xff\xfe", b"{", b"[" * 100_000, b'{"step":1}\r', b"\0" * 50]
    path.write_bytes(b"\n".join([b'{"step":0}', *garbage, b'{"step":2}', b""]))
    assert [row["step"] for row in files.read_rows(path)[0]] == [0, 1, 2]


def test_processes_and_threads_that_append_at_once_lose_no_row(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    code = (
        "import sys; from pathlib import Path; from dcgan.runs import files\n"
        "for number in range(200): files.append_rows(Path(sys.argv[1]), [{'who': 'other', 'number': number}])"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(path)], env={**os.environ, "PYTHONPATH": str(ROOT)})

    def append(who: int) -> None:
        for number in range(200):
            files.append_rows(path, [{"who": who, "number": number}])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append, range(4)))
    assert other.wait(30) == 0
    rows = files.read_rows(path)[0]
    for who in (0, 1, 2, 3, "other"):
        assert [row["number"] for row in rows if row["who"] == who] == list(range(200))


def test_replaced_rows_stand_alone(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    files.append_rows(path, [{"step": step} for step in range(5)])
    files.replace_rows(path, [{"step": 0}])
    assert files.read_rows(path)[0] == [{"step": 0}]
    files.replace_rows(path, [])
    assert path.read_bytes() == b""


def test_leftovers_of_a_killed_writer_are_swept_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / f"{files.TEMPORARY}status.json-1a2b3c4d").write_text("half")
    (tmp_path / "status.json").write_text("{}")
    files.remove_leftovers(tmp_path)
    files.remove_leftovers(tmp_path / "missing")
    assert _names(tmp_path) == ["status.json"]


def test_whole_lines_are_read_with_their_ends_and_a_torn_one_is_left(tmp_path: Path) -> None:
    (tmp_path / "rows").write_bytes(b"a\n\nb\ntorn")
    assert list(files.read_lines(tmp_path / "rows")) == [b"a\n", b"\n", b"b\n"]
    assert list(files.read_lines(tmp_path / "missing")) == []
