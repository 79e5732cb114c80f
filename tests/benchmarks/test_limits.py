"""Facts about limiting memory: the files that are written, and a real process that wants too much."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import limits
from benchmarks.limits import MemoryLimit, NoLimitError

GREEDY = "import sys; size = int(sys.argv[1]); bytearray(size)"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(limits, "ROOT", tmp_path)
    return tmp_path


def test_the_first_version_of_groups_is_told_its_limit(root: Path) -> None:
    (root / "memory").mkdir()
    limit = MemoryLimit(12_345)
    assert limit.folder.parent == root / "memory"
    assert (limit.folder / "memory.limit_in_bytes").read_text() == "12345"
    (limit.folder / "memory.max_usage_in_bytes").write_text("99\n")
    assert limit.highest() == 99


def test_the_second_version_is_told_its_limit_and_that_there_is_no_swap(root: Path) -> None:
    limit = MemoryLimit(12_345)
    assert limit.folder.parent == root
    assert (root / "cgroup.subtree_control").read_text() == "+memory"
    assert (limit.folder / "memory.max").read_text() == "12345"
    assert (limit.folder / "memory.swap.max").read_text() == "0"
    assert limit.highest() is None


def test_where_memory_cannot_be_limited_a_sentence_says_so(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ROOT", root / "not-there")
    with pytest.raises(NoLimitError, match="memory cannot be limited here"):
        MemoryLimit(12_345)


def test_a_process_that_wants_too_much_is_ended_and_a_small_one_is_not() -> None:
    try:
        limit = MemoryLimit(64 * 2**20)
    except NoLimitError as error:
        pytest.skip(str(error))
    try:
        command = [*limit.prefix(), sys.executable, "-c", GREEDY]
        small = subprocess.run([*command, str(2**20)], check=False)
        large = subprocess.run([*command, str(128 * 2**20)], check=False)
        assert (small.returncode, large.returncode) == (0, -9)
        assert limit.highest() is None or limit.highest() <= 64 * 2**20  # type: ignore[operator]
    finally:
        limit.remove()
    assert not limit.folder.exists()
