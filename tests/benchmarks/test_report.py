import pytest

from benchmarks.report import Claim, claims_table, percentile, table


def test_columns_are_as_wide_as_their_widest_cell_and_numbers_stand_to_the_right() -> None:
    text = table(("loop", "images/s"), [("notebook", "312"), ("bf16", "1,004")])
    assert text.splitlines() == [
        "loop      images/s",
        "--------  --------",
        "notebook       312",
        "bf16         1,004",
    ]


def test_a_table_without_rows_is_its_head() -> None:
    assert table(("figure", "limit"), []).splitlines() == ["figure  limit", "------  -----"]


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="has 1 cells; the head has 2"):
        table(("a", "b"), [("only",)])


@pytest.mark.parametrize(
    ("value", "side", "kept"),
    [(30.0, "at most", True), (30.1, "at most", False), (30.0, "at least", True), (29.9, "at least", False)],
)
def test_a_limit_itself_is_allowed(value: float, side: str, kept: bool) -> None:
    assert Claim("tick", value, "ms", 30.0, side).kept is kept  # type: ignore[arg-type]


def test_what_was_not_measured_misses_its_limit() -> None:
    claim = Claim("start", None, "s", 10.0)
    assert not claim.kept
    assert claim.cells() == ("start", "not measured", "at most 10.0 s", "MISSED")


def test_a_figure_without_a_limit_is_only_told() -> None:
    claim = Claim("CPU, no tab", 0.25, "%", digits=2)
    assert claim.kept
    assert claim.cells() == ("CPU, no tab", "0.25 %", "", "")


def test_claims_stand_beside_their_limits() -> None:
    lines = claims_table([Claim("ratio", 1.45, "x", 1.4, "at least", digits=2)]).splitlines()
    assert lines[-1].split() == ["ratio", "1.45", "x", "at", "least", "1.40", "x", "kept"]


def test_a_percentile_of_nothing_is_nothing() -> None:
    assert percentile([], 50) is None
    assert percentile([3.0, 1.0, 2.0], 50) == pytest.approx(2.0)
