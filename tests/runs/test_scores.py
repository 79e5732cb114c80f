"""Facts about finding judgements among the rows of steps."""

from pathlib import Path

from dcgan.runs.scores import read_scores


def test_only_rows_with_a_score_are_found_and_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(
        '{"step":1,"d_loss":1.0}\n{"step":1,"fcd":40.0,"class_shares":[0.5,0.5]}\n{"step":2,"d_loss":1.0}\n'
        '{"step":2,"fcd":12.5}\n'
    )
    assert [(row["step"], row["fcd"]) for row in read_scores(path)] == [(1, 40.0), (2, 12.5)]


def test_a_missing_file_has_none_and_neither_has_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    assert read_scores(path) == []
    path.write_text(
        '{"step":1,"fcd":40.0}\n{"step":2,"fc\n{"step":3,"fcd":NaN}\n{"step":4,"fcd":[1]}\n{"step":5,"fcd":9.0}'
    )
    assert [row["step"] for row in read_scores(path)] == [1]
