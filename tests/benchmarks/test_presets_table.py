"""Facts about the table of the presets: which median, which columns, which order."""

import pytest

from benchmarks.outcomes import Outcome
from benchmarks.presets_table import markdown_table, rank_medians, to_markdown
from benchmarks.scores import Scores

REAL = Scores(fid=None, fcd=1.4, kid=0.02, precision=0.9, recall=0.88, coverage=0.97)


def outcome(preset: str, seed: int, fcd: float, fid: float | None = None, epochs: int = 10) -> Outcome:
    scores = Scores(fid=fid, fcd=fcd, kid=fcd / 1000, precision=0.5 + seed / 10, recall=0.6, coverage=0.4)
    return Outcome(
        preset=preset, seed=seed, epochs=epochs, minutes=20.0 + seed, cpu_minutes=38.0, best_epoch=9.0 - seed,
        machine="", scores=scores,
    )  # fmt: skip


def lines_of(report: str, preset: str) -> list[str]:
    return [line for line in report.splitlines() if line.startswith(f"| {preset} ")]


def test_each_column_has_the_median_of_its_own() -> None:
    runs = [outcome("stable", 0, fcd=30.0), outcome("stable", 1, fcd=90.0), outcome("stable", 2, fcd=20.0)]
    median, *singles = lines_of(to_markdown(runs, REAL, []), "stable")
    # FCD of seed 0, precision and best epoch of seed 1.
    assert median == "| stable | 0.03 | 30.00 | 0.60 | 0.60 | 0.40 | 21.0 | 38.0 | 10 | 8.0 |"
    assert [line.split(" | ")[1] for line in singles] == ["0", "1", "2"]


def test_the_median_of_two_lies_between_them() -> None:
    runs = [outcome("stable", 0, fcd=30.0), outcome("stable", 1, fcd=40.0)]
    report = to_markdown(runs, REAL, [])
    assert "| 35.00 |" in lines_of(report, "stable")[0]
    assert "Median of 2 seeds; each column has its own." in report
    assert "Median of 1 seed;" in to_markdown(runs[:1], REAL, [])


def test_without_fid_there_is_no_column_of_it_and_the_features_are_named() -> None:
    report = to_markdown([outcome("notebook", 0, 30.0)], REAL, ["First.", "Second."])
    assert "FID-10k" not in report and "| KID |" in report and "FID was not measured" in report
    assert "\n\nFirst.\n\nSecond.\n\n" in report
    assert "The lowest median FCD is that of `notebook`: 30.0.\n" in report
    assert lines_of(report, "real images") == ["| real images | 0.02 | 1.40 | 0.90 | 0.88 | 0.97 |  |  |  |  |"]


def test_with_fid_it_stands_first_and_decides() -> None:
    runs = [
        outcome("notebook", 0, 20.0, fid=37.5),
        outcome("tutorial", 0, 25.0, 90.0),
        outcome("stable", 0, 30.0, 32.6),
    ]
    report = to_markdown(runs, REAL.model_copy(update={"fid": 2.5}), [])
    assert "| preset | FID-10k | KID x 1000 | FCD |" in report and "2015-12-05 Inception" in report
    assert lines_of(report, "notebook")[0].startswith("| notebook | 37.5 | 20.0 | 20.00 |")
    assert lines_of(report, "real images")[0].startswith("| real images | 2.5 | 20.0 | 1.40 |")
    assert "The lowest median FID-10k is that of `stable`: 32.6 (`notebook` 37.5; `tutorial` 90.0)." in report


def test_presets_are_ranked_by_their_median_and_one_lucky_seed_is_not_enough() -> None:
    lucky = [outcome("tutorial", seed, 50.0, fid) for seed, fid in enumerate([10.0, 60.0, 70.0])]
    steady = [outcome("stable", seed, 50.0, fid) for seed, fid in enumerate([30.0, 31.0, 32.0])]
    assert rank_medians([*lucky, *steady]) == [(31.0, "stable"), (60.0, "tutorial")]


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 2 cells"):
        markdown_table(["a", "b"], [["1"]])
