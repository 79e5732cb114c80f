import os
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcgan.config import build_config
from dcgan.runs.desk import Desk
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run
from page_words import shown
from ui import state

Open = Callable[..., AppTest]
HOSTILE = "<script>alert(1)</script> **[x](http://y)** 🦊 שלום \u202e &lt;b&gt;"


def headers(app: AppTest) -> list[str]:
    return [element.value for element in app.header]


def chosen(app: AppTest) -> list[str]:
    given = app.query_params.get("runs", [])
    words = given if isinstance(given, str) else ",".join(given)
    return [run_id for run_id in words.split(",") if run_id]


def pictures(app: AppTest) -> list[str]:
    """What stands below each grid."""
    return [caption.value for caption in app.caption if caption.value.startswith("step ")]


def two(store: RunStore) -> tuple[Run, Run]:
    return make_run(store, RunStatus.FINISHED), make_run(store, RunStatus.STOPPED)


def test_without_runs_it_says_how_to_get_some(open_page: Open) -> None:
    app = open_page("compare")
    assert any("nothing to compare yet" in element.value for element in app.markdown)
    assert [button.key for button in app.button if button.proto.type == "primary"] == ["begin"]


def test_with_runs_and_no_choice_it_says_what_to_tick(open_page: Open, store: RunStore) -> None:
    two(store)
    app = open_page("compare")
    assert "Tick two runs above" in shown(app) and headers(app) == []


def test_ticking_two_runs_shows_curves_grids_and_differences(open_page: Open, store: RunStore) -> None:
    first, second = two(store)
    app = open_page("compare")
    app.checkbox(key=f"choose-{first.run_id}").check().run()
    assert any("Only run A is chosen" in element.value for element in app.info)
    assert headers(app) == ["Curves", "Grids at the same progress"]
    app.checkbox(key=f"choose-{second.run_id}").check().run()
    assert chosen(app) == [first.run_id, second.run_id]
    assert headers(app) == ["Curves", "Grids at the same progress", "What differs in the settings"]
    assert len(pictures(app)) == 2
    app.button(key=f"leave-{first.run_id}").click().run()
    assert chosen(app) == [second.run_id] and not app.checkbox(key=f"choose-{first.run_id}").value


def test_a_seventh_run_cannot_be_ticked(open_page: Open, store: RunStore) -> None:
    runs = [make_run(store, RunStatus.FINISHED, step=0) for _ in range(7)]
    app = open_page("compare", runs=",".join(run.run_id for run in runs[:6]))
    boxes = {run.run_id: app.checkbox(key=f"choose-{run.run_id}") for run in runs}
    assert [boxes[run.run_id].disabled for run in runs] == [False] * 6 + [True]
    assert "Up to 6 runs" in boxes[runs[6].run_id].help


def test_an_address_reproduces_choice_axis_smoothing_scale_and_place(open_page: Open, store: RunStore) -> None:
    first, second = two(store)
    address = {"axis": "epoch", "smooth": "12", "log": "1", "series": "judgement", "by": "step", "at_step": "100"}
    app = open_page("compare", runs=f"{second.run_id},{first.run_id}", **address)
    assert [button.key for button in app.button if (button.key or "").startswith("leave-")] == [
        f"leave-{second.run_id}", f"leave-{first.run_id}",
    ]  # fmt: skip
    assert app.slider(key="in-address-smooth").value == 12 and app.toggle(key="in-address-log").value
    assert app.selectbox(key="in-address-series").value == "judgement"
    assert app.slider(key="in-address-at_step").value == 100
    assert [caption.value for caption in app.caption if caption.value.startswith("step ")] == [
        "step 100, epoch 1.0"
    ] * 2


def test_one_slider_moves_all_grids(open_page: Open, store: RunStore) -> None:
    first, second = make_run(store, RunStatus.FINISHED, step=400), make_run(store, RunStatus.STOPPED, step=200)
    app = open_page("compare", runs=f"{first.run_id},{second.run_id}")
    assert pictures(app) == ["step 400, epoch 4.0", "step 200, epoch 2.0"]
    app.slider(key="in-address-at").set_value(50).run()
    assert pictures(app) == ["step 200, epoch 2.0", "step 100, epoch 1.0"]
    assert app.query_params["at"] == ["50"] or app.query_params["at"] == "50"


@pytest.mark.parametrize("at", ["99999999", "-1", "x", ""])
def test_a_place_that_is_not_on_the_way_is_none(open_page: Open, store: RunStore, at: str) -> None:
    first, second = two(store)
    app = open_page("compare", runs=f"{first.run_id},{second.run_id}", by="step", at_step=at, smooth=at, axis=at)
    assert app.slider(key="in-address-at_step").value == 1000


def test_what_differs_is_shown_in_words_and_the_rest_is_folded(open_page: Open, store: RunStore) -> None:
    runs = [store.create(build_config("stable", {"training.seed": seed})) for seed in (1, 2)]
    words = shown(open_page("compare", lang="tr", runs=",".join(run.run_id for run in runs)))
    table = words[words.index("differences") :]
    assert table.index("Rastgelelik tohumu") < table.index("Yığın")  # the one that differs before those that do not
    app = open_page("compare", runs=f"{runs[0].run_id},{make_run(store, RunStatus.FINISHED).run_id}")
    assert any(element.label.startswith("The same in all: ") for element in app.expander)


def test_why_a_grid_is_dark_on_light_is_said_only_beside_one_that_is_not(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [*two(store), store.create(build_config("stable"))]
    listed = store.list_runs()
    for count, is_said in ((2, False), (3, True)):
        ids = {run.run_id for run in runs[:count]}
        monkeypatch.setattr(Desk, "list_gallery", lambda _, ids=ids: [run for run in listed if run.run_id in ids])
        pages = open_page("compare", runs=",".join(ids)), open_page("home")
        for app in pages:
            assert any("dark on light" in caption.value for caption in app.caption) is is_said


def test_runs_that_have_not_begun_say_when_curves_and_grids_come(open_page: Open, store: RunStore) -> None:
    runs = [make_run(store, RunStatus.STOPPED, step=0) for _ in range(2)]
    for run in runs:
        for path in (run.run_dir / "samples").iterdir():
            path.unlink()
    words = shown(open_page("compare", runs=",".join(run.run_id for run in runs)))
    assert "has trained a step yet" in words and "has drawn a grid yet" in words


def test_a_run_without_curves_beside_one_with_curves_is_named(open_page: Open, store: RunStore) -> None:
    begun, waiting = make_run(store, RunStatus.FINISHED), make_run(store, RunStatus.STOPPED, step=0)
    app = open_page("compare", runs=f"{begun.run_id},{waiting.run_id}")
    assert any("Without curves so far: B." in caption.value for caption in app.caption)


def test_an_address_with_runs_that_are_not_there_says_how_many(open_page: Open, store: RunStore) -> None:
    first, _ = two(store)
    gone = "20261123-142530-fashion-mnist-0000000000000000"
    app = open_page("compare", runs=f"{first.run_id},{gone},../../etc,<b>x</b>")
    assert any("1 cannot be shown" in warning.value for warning in app.warning)


def test_a_star_is_given_and_taken_and_starred_runs_come_first(open_page: Open, store: RunStore) -> None:
    older = make_run(store, RunStatus.FINISHED, created=1.0)
    newer = make_run(store, RunStatus.FINISHED, created=2.0)
    app = open_page("compare")

    def order() -> list[str]:
        return [button.key[5:] for button in app.button if (button.key or "").startswith("star-")]

    assert order() == [newer.run_id, older.run_id]
    app.button(key=f"star-{older.run_id}").click().run()
    assert order() == [older.run_id, newer.run_id] and older.labels().star
    app.button(key=f"star-{older.run_id}").click().run()
    assert order() == [newer.run_id, older.run_id] and not older.labels().star


def test_the_dialog_holds_a_runs_words(open_page: Open, store: RunStore) -> None:
    run, other = two(store)
    run.relabel(name=HOSTILE, notes="why\nit worked", tags=["one"])
    other.relabel(tags=["two"])
    app = open_page("compare")
    app.button(key=f"edit-{run.run_id}").click().run()
    assert app.text_input(key=f"name-{run.run_id}").value == HOSTILE
    assert app.text_area(key=f"notes-{run.run_id}").value == "why\nit worked"
    tags = app.multiselect(key=f"tags-{run.run_id}")
    assert (tags.value, tags.options) == (["one"], ["one", "two"])


def test_a_name_is_text_wherever_it_stands(open_page: Open, store: RunStore) -> None:
    first, second = two(store)
    first.relabel(name=HOSTILE)
    app = open_page("compare", runs=f"{first.run_id},{second.run_id}")
    words = shown(app)
    assert "<script>" not in words and "&lt;script&gt;" in words and "&amp;lt;b&amp;gt;" in words
    labels = [button.label for button in app.button if button.key == f"leave-{first.run_id}"]
    assert app.checkbox(key=f"choose-{first.run_id}").label == f"Compare {HOSTILE}"  # read aloud, not shown
    assert labels[0].startswith(r"A · \<script\>")


def test_a_deleted_run_leaves_a_line_with_the_way_back(open_page: Open, store: RunStore) -> None:
    first, second = two(store)
    first.relabel(name=HOSTILE)
    app = open_page("compare", runs=f"{first.run_id},{second.run_id}")
    app.button(key=f"delete-{first.run_id}").click().run()
    assert not first.run_dir.exists() and chosen(app) == [second.run_id]
    assert any(r"Deleted: \<script\>" in element.value for element in app.markdown)
    app.button(key=f"undo-{first.run_id}").click().run()
    assert first.run_dir.exists() and set(chosen(app)) == {first.run_id, second.run_id}
    assert not any(button.key == f"undo-{first.run_id}" for button in app.button)


def test_the_last_run_can_be_brought_back_as_well(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.FINISHED)
    app = open_page("compare")
    app.button(key=f"delete-{run.run_id}").click().run()
    assert store.list_runs() == []
    app.run()
    app.button(key=f"undo-{run.run_id}").click().run()
    assert [listed.run_id for listed in store.list_runs()] == [run.run_id]


@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_a_run_that_goes_on_cannot_be_deleted_and_the_button_says_why(
    open_page: Open, store: RunStore, status: RunStatus
) -> None:
    run = make_run(store, status)
    with run.lock():
        button = open_page("compare").button(key=f"delete-{run.run_id}")
    assert button.disabled and "Stop it first" in button.help


def test_a_run_that_has_begun_meanwhile_is_not_deleted_and_a_sentence_says_so(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.STOPPED)
    app = open_page("compare")
    run.write_status(run.written_status().changed(status=RunStatus.PAUSED))
    app.button(key=f"delete-{run.run_id}").click().run()
    assert run.run_dir.exists()
    assert any("Stop it first" in warning.value for warning in app.warning)


def test_an_unreadable_run_is_listed_with_its_reason_and_can_be_deleted(open_page: Open, store: RunStore) -> None:
    run, _ = two(store)
    (run.run_dir / "status.json").write_text("{")
    app = open_page("compare")
    assert "does not hold the JSON that belongs there" in shown(app)
    app.button(key=f"delete-{run.run_id}").click().run()
    assert not run.run_dir.exists()


def test_settings_that_cannot_be_read_leave_the_rest_of_the_comparison(open_page: Open, store: RunStore) -> None:
    first, second = two(store)
    (second.run_dir / "run.json").write_text("{")
    app = open_page("compare", runs=f"{first.run_id},{second.run_id}", series="g_loss")
    assert any("cannot be read" in warning.value for warning in app.warning)
    assert len(pictures(app)) == 2


def test_a_long_list_has_pages_and_can_be_searched(open_page: Open, store: RunStore) -> None:
    runs = [make_run(store, RunStatus.FINISHED, step=0, created=float(place)) for place in range(1, 13)]
    runs[0].relabel(name="needle")
    app = open_page("compare")

    def listed() -> int:
        return sum((button.key or "").startswith("star-") for button in app.button)

    assert listed() == 10
    app.button(key="table-next").click().run()
    assert listed() == 2
    app.text_input(key="table.search").input("NEEDLE").run()
    assert listed() == 1 and app.button(key=f"star-{runs[0].run_id}")
    app.text_input(key="table.search").input("nothing at all").run()
    assert any("No run matches" in element.value for element in app.markdown)


def test_a_folder_that_cannot_be_listed_is_a_sentence(open_page: Open) -> None:
    Path(os.environ["DCGAN_RUNS"]).write_text("a file")
    assert any("cannot be listed" in error.value for error in open_page("compare").error)


def test_play_moves_the_slider_to_the_end_and_rests_there(open_page: Open, store: RunStore) -> None:
    first, second = two(store)
    app = open_page("compare", runs=f"{first.run_id},{second.run_id}")
    app.button(key="play").click().run()
    places = []
    while app.button(key="play").label == "Pause" and len(places) < 50:
        places.append(app.slider(key="in-address-at").value)
        app.run()
    assert places == list(range(4, 100, 4))  # 25 frames from the beginning, since it stood at the end
    assert app.slider(key="in-address-at").value == 100 and app.button(key="play").label == "Play"


def test_play_goes_on_from_where_the_slider_stands_and_halts_when_asked(open_page: Open, store: RunStore) -> None:
    first, second = two(store)
    app = open_page("compare", runs=f"{first.run_id},{second.run_id}", at="50")
    app.button(key="play").click().run()
    assert app.slider(key="in-address-at").value == 54
    app.button(key="play").click().run()
    app.run()
    assert app.slider(key="in-address-at").value == 54


def test_a_run_that_is_deleted_by_another_while_it_is_compared_leaves_the_others(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two(store)
    watch = state.watch

    def delete_first(run_id: str) -> object:
        if first.run_dir.exists():
            store.trash.put(first.run_id)
        return watch(run_id)

    monkeypatch.setattr(state, "watch", delete_first)
    app = open_page("compare", runs=f"{first.run_id},{second.run_id}")
    assert any("1 cannot be shown" in warning.value for warning in app.warning)
    assert pictures(app) == ["step 250, epoch 2.5"]
