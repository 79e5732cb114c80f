import threading
from pathlib import Path

import pytest

from dcgan.runs import evaluations
from dcgan.runs.evaluations import FILE, evaluation_key, find_kept, list_kept, read_evaluations, write_evaluation


@pytest.fixture(autouse=True)
def some_run(tmp_path: Path) -> None:
    """A folder that holds something: one of locks alone is no run's."""
    (tmp_path / "run.json").touch()


def test_what_was_measured_is_found_by_all_that_it_was_measured_with(tmp_path: Path) -> None:
    key = evaluation_key(100, "a" * 64, "b" * 64, "c" * 64, 2_000)
    write_evaluation(tmp_path, key, {"fcd": 3.5})
    assert read_evaluations(tmp_path) == {key: {"fcd": 3.5}}
    others = [(101, "a", "b", "c", 2_000), (100, "x", "b", "c", 2_000), (100, "a", "x", "c", 2_000)]
    others += [(100, "a", "b", "x", 2_000), (100, "a", "b", "c", 10_000)]
    keys = {evaluation_key(step, *(letter * 64 for letter in letters), count) for step, *letters, count in others}
    assert len(keys) == 5 and key not in keys


def test_a_measurement_made_again_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    for value in (1.0, 2.0):
        write_evaluation(tmp_path, "a", {"fcd": value})
    assert read_evaluations(tmp_path) == {"a": {"fcd": 2.0}}


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b'{"a": 1, "b": {"fcd": 1}}', b"\xff", b"[" * 100_000])
def test_a_broken_file_holds_what_can_be_read_of_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert set(read_evaluations(tmp_path)) <= {"b"}
    write_evaluation(tmp_path, "c", {"fcd": 1.0})
    assert "c" in read_evaluations(tmp_path)


def test_only_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluations, "MOST", 2)
    for key in ("a", "b", "a", "c"):
        write_evaluation(tmp_path, key, {})
    assert list(read_evaluations(tmp_path)) == ["a", "c"]


def test_two_writers_do_not_lose_each_others(tmp_path: Path) -> None:
    threads = [threading.Thread(target=write_evaluation, args=(tmp_path, str(number), {})) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(read_evaluations(tmp_path)) == {str(number) for number in range(20)}


def test_a_run_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone"):
        write_evaluation(tmp_path / "gone", "a", {})
    assert not (tmp_path / "gone").exists()


def test_scores_of_a_checkpoint_are_found_whatever_else_stands_there(tmp_path: Path) -> None:
    score = {"value": 12.5, "real": 1.2, "deviation": None, "samples": 100}
    write_evaluation(tmp_path, "7-aaaa-b-c-100", {"scores": {"fcd": score, "kid": {"value": "much"}}, "missing": [2]})
    write_evaluation(tmp_path, "9-bbbb-b-c-100", {"scores": {"fcd": score | {"value": 3}}})
    write_evaluation(tmp_path, "x-bbbb-b-c-100", {"scores": [1]})
    kept = find_kept(tmp_path, 7, "aaaa")
    assert kept is not None and set(kept.scores) == {"fcd"} and kept.missing == (2,)
    assert kept.scores["fcd"].value == 12.5 and kept.scores["fcd"].deviation is None
    assert [(one.step, one.scores["fcd"].value) for one in list_kept(tmp_path)] == [(7, 12.5), (9, 3.0)]
    assert find_kept(tmp_path, 7, "bbbb") is None


def measured(fcd: float, samples: int) -> dict[str, object]:
    return {"scores": {"fcd": {"value": fcd, "real": 1.2, "samples": samples}}, "missing": [samples % 10]}


def test_what_was_measured_on_more_images_is_not_hidden_by_a_later_one_on_fewer(tmp_path: Path) -> None:
    write_evaluation(tmp_path, "7-aaaa-b-c-10000", measured(12.0, 10_000))
    write_evaluation(tmp_path, "7-aaaa-b-c-201", measured(90.0, 201))
    kept = find_kept(tmp_path, 7, "aaaa")
    assert kept is not None and (kept.scores["fcd"].value, kept.missing) == (12.0, (0,))
    assert [one.scores["fcd"].samples for one in list_kept(tmp_path)] == [10_000]
    write_evaluation(tmp_path, "7-aaaa-b-x-10000", measured(13.0, 10_000))  # by another classifier: the newest
    assert [one.scores["fcd"].value for one in list_kept(tmp_path)] == [13.0]


@pytest.mark.parametrize("value", ["1" + "0" * 400, "-1" + "0" * 400, "1e999", "NaN", "true", '"1"', "null"])
def test_a_number_that_is_none_is_passed_over(tmp_path: Path, value: str) -> None:
    score = f'{{"value": {value}, "real": 1.2, "samples": 100}}'
    (tmp_path / FILE).write_text(f'{{"7-aaaa-b-c-100": {{"scores": {{"fcd": {score}}}}}}}')
    assert find_kept(tmp_path, 7, "aaaa") is None and list_kept(tmp_path) == []
