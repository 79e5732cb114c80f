"""What the pages' side of bundles decides by itself."""

import pytest

from dcgan.runs.packing import Plan
from dcgan.runs.status import RunStatus, StatusRecord
from ui import bundles, text, visitor


@pytest.mark.parametrize("public", [True, False])
def test_taking_a_run_home_is_the_main_thing_at_its_end_on_a_public_server(
    public: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "is_public", lambda: public)
    for status in RunStatus:
        main = public and status == RunStatus.FINISHED
        assert bundles.leads_to_bundle(StatusRecord(status=status, step=1)) == main


def test_progress_is_told_now_and_then_and_never_beyond_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")
    told: list[tuple[float, str]] = []
    tell = bundles._teller(lambda share, words: told.append((share, words)))
    for done in range(0, 3_000_001, 1000):
        tell(done, 2_000_000)
    assert told[0] == (0.0, "Checking and unpacking: 0.0 of 2.0 MB")
    assert len(told) < 20
    monkeypatch.setattr(bundles, "TOLD_SECONDS", 0.0)
    tell(3_000_000, 2_000_000)
    assert told[-1][0] == 1.0


@pytest.mark.parametrize(
    "thin, has_state, told",
    [
        (False, True, "and goes on there"),
        (True, False, "grids and generators."),
        (False, False, "missing or damaged"),
    ],
)
def test_the_offer_says_whether_the_bundle_goes_on(
    thin: bool, has_state: bool, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")
    status = StatusRecord(status=RunStatus.STOPPED, step=1, thin=thin)
    assert told in text.t(bundles._whole_help(status, Plan(10, 10, 1, 1, has_state=has_state)))
    for whole in (True, False):
        words = bundles._tell_part("run", Plan(10, 20, 1, 2, has_state=whole))
        assert ("newest full state" in words) == whole and ("no full state" in words) != whole
