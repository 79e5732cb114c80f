from dcgan.runs.status import RunStatus
from ui import live


def test_every_state_offers_its_verbs_and_at_most_one_main_button() -> None:
    assert set(live.OFFERS) == {status.value for status in RunStatus}
    assert all(sum(main for _, main in offers) <= 1 for offers in live.OFFERS.values())
