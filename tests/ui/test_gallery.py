import pytest

from dcgan.runs.labels import Labels
from dcgan.runs.status import RunStatus, StatusRecord
from ui import gallery, text


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")


@pytest.mark.parametrize("status", RunStatus)
def test_a_badge_is_a_word_and_a_shape_and_not_a_colour_alone(status: RunStatus) -> None:
    badge = gallery.draw_badge(StatusRecord(status=status))
    assert gallery.SHAPES[status.value] in badge
    assert any(word in badge for word in (status.value, "waiting"))


def test_no_two_states_share_a_shape() -> None:
    assert len(set(gallery.SHAPES.values())) == len(RunStatus)


def test_a_queued_run_says_its_place_in_line() -> None:
    places = [StatusRecord(status=RunStatus.QUEUED, position=position) for position in (None, 1, 2)]
    assert [gallery.describe_state(place) for place in places] == [
        "waiting", "waiting: next in line", "waiting: number 2 in line",
    ]  # fmt: skip


def test_a_run_that_starts_says_what_takes_so_long() -> None:
    assert gallery.describe_state(StatusRecord(status=RunStatus.RUNNING, phase="starting")) == "loading TensorFlow…"


def test_a_run_that_is_being_judged_says_so() -> None:
    judged = StatusRecord(status=RunStatus.RUNNING, phase="judging", step=9)
    assert gallery.describe_state(judged) == "judging its images…"
    assert gallery.describe_state(judged.changed(status=RunStatus.PAUSED)) == "paused"


def test_a_download_is_shown_in_megabytes_with_a_bar_of_its_own() -> None:
    status = StatusRecord(status=RunStatus.RUNNING, phase="downloading", data_bytes=(13_000_000, 26_000_000), steps=9)
    assert "downloading the images: 13 of 26 MB" in gallery.draw_badge(status)
    bar = gallery.draw_progress(status)
    assert 'aria-valuenow="50"' in bar and "Progress of the download" in bar
    assert "Progress of the run" in gallery.draw_progress(status.changed(phase="training"))


def test_progress_is_the_share_of_steps() -> None:
    bar = gallery.draw_progress(StatusRecord(status=RunStatus.RUNNING, step=250, steps=1000))
    assert 'aria-valuenow="25"' in bar and "width:25.00%" in bar
    assert 'aria-valuenow="0"' in gallery.draw_progress(StatusRecord(status=RunStatus.QUEUED))


def test_a_recipe_that_is_known_no_more_keeps_its_name() -> None:
    assert gallery.name_run(StatusRecord(status=RunStatus.PAUSED, preset="old", dataset="x")) == "old · x"


def test_a_run_is_called_what_its_owner_calls_it_else_by_recipe_data_and_time() -> None:
    status = StatusRecord(status=RunStatus.PAUSED, preset="notebook", dataset="fashion-mnist", created=1_700_000_000)
    assert gallery.name_run(status) == "notebook · fashion-mnist · 14 Nov 2023 22:13"
    assert gallery.name_run(status, Labels()) == "notebook · fashion-mnist · 14 Nov 2023 22:13"
    assert gallery.name_run(status, Labels(name="<b>🦊</b>")) == "<b>🦊</b>"
