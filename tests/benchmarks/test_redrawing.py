"""Facts about the verdict on what one more set of samples costs."""

from benchmarks.redrawing import Figures, claims


def test_the_median_of_the_clicks_is_judged_and_the_worst_is_told() -> None:
    told = {claim.name: (claim.value, claim.kept) for claim in claims(Figures((90.0, 300.0, 80.0), (200.0, 150.0)))}
    assert told == {
        "64 samples redrawn: CPU time of the server": (90.0, True), "the same, the worst": (300.0, True),
        "from the click to the settled page": (175.0, True),
    }  # fmt: skip
    assert not claims(Figures((101.0,), (1.0,)))[0].kept
