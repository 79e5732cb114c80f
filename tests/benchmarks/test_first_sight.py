"""Facts about the verdicts on how soon a page stands."""

from benchmarks.first_sight import Figures, claims


def test_the_median_of_the_rounds_is_judged() -> None:
    figures = Figures(first=[2.0, 9.0, 2.5], switches={"Learn": [0.2, 0.9, 0.4], "Data": [0.6, 0.7, 0.1]})
    told = {claim.name: (claim.value, claim.kept) for claim in claims(figures)}
    assert told == {
        "first sight of Home, with the gallery": (2.5, True), "switch to Learn": (400.0, True),
        "switch to Data": (600.0, False),
    }  # fmt: skip
    assert not claims(Figures(first=[3.1], switches={}))[0].kept
