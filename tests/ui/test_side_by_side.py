from pathlib import Path

import pytest

from dcgan.runs.samples import Sample
from ui.side_by_side import find_grid

# Kept every 50 steps up to 200, an epoch every 100 steps.
KEPT = [Sample(step, Path(f"{step}.png"), {"epoch": step / 100}, (0, 0, 0)) for step in range(0, 201, 50)]


@pytest.mark.parametrize(
    ("way", "place", "step"),
    [
        ("share", 0, 0),
        ("share", 100, 200),
        ("share", 60, 100),  # 60 % of 200 is 120, nearest to 100
        ("share", 12.5, 50),  # 25 is as near to 0: the later one
        ("step", 130, 150),
        ("step", 9999, 200),  # beyond the end of a shorter run: its last
        ("epoch", 1, 100),
        ("epoch", 7, 200),
    ],
)
def test_a_place_on_the_way_shows_the_nearest_kept_grid(way: str, place: float, step: int) -> None:
    found = find_grid(KEPT, way, place)
    assert found is not None and found.step == step


def test_the_share_is_of_each_runs_own_way() -> None:
    half = [find_grid(kept, "share", 50) for kept in (KEPT, KEPT[:3])]
    assert [sample.step for sample in half if sample] == [100, 50]


def test_a_run_without_grids_has_none_and_one_whose_facts_are_lost_still_has_steps() -> None:
    assert find_grid([], "share", 50) is None
    bare = [Sample(step, Path("x"), {}, (0, 0, 0)) for step in (0, 50)]
    assert (find_grid(bare, "step", 40) or bare[0]).step == 50
    assert find_grid(bare, "epoch", 3) is bare[1]
