"""Facts about the grids of a run: which one is shown, and when they can be had as a GIF."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run, save_grid
from ui import film as film_of_a_run

Show = Callable[[Run], AppTest]


def film(folder: str, main: bool = False) -> None:
    from pathlib import Path

    from dcgan.runs.run import Run
    from ui.film import offer_gif, show_film
    from ui.watch import RunWatch

    watch = RunWatch(Run(Path(folder)))
    show_film(watch)
    offer_gif(watch, main)


@pytest.fixture
def show() -> Show:
    def show(run: Run, main: bool = False) -> AppTest:
        app = AppTest.from_function(film, kwargs={"folder": str(run.run_dir), "main": main}, default_timeout=30).run()
        assert not app.exception
        return app

    return show


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return make_run(RunStore(tmp_path), RunStatus.PAUSED, step=0)


def shown_step(app: AppTest) -> str:
    """What the one grid on the page is said to be."""
    (label,) = [slider.label for slider in app.select_slider] or [caption.value for caption in app.caption]
    return str(label)


def test_before_the_first_grid_the_page_says_when_it_comes(show: Show, run: Run) -> None:
    app = show(run)
    assert "The first grid of samples comes with the first step." in app.get("html")[0].proto.body
    assert not app.get("image") and not app.select_slider


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_a_grid_that_cannot_be_read_is_a_sentence(show: Show, run: Run, content: bytes) -> None:
    save_grid(run, 0)
    run.samples()[0].path.write_bytes(content)
    assert "The picture of step 0 cannot be read." in show(run).get("html")[0].proto.body


def test_a_run_without_its_folder_of_grids_is_one_without_grids(show: Show, run: Run) -> None:
    (run.run_dir / "samples").rmdir()
    assert "The first grid of samples" in show(run).get("html")[0].proto.body


def test_one_grid_needs_no_slider(show: Show, run: Run) -> None:
    save_grid(run, 0)
    app = show(run)
    assert len(app.get("image")) == 1
    assert (shown_step(app), len(app.select_slider)) == ("step 0, epoch 0.0", 0)


def test_the_newest_grid_is_followed(show: Show, run: Run) -> None:
    for step in (0, 50):
        save_grid(run, step)
    app = show(run)
    assert shown_step(app) == "step 50, epoch 0.5"
    save_grid(run, 100)
    assert shown_step(app.run()) == "step 100, epoch 1.0"
    assert "newest" not in [button.key for button in app.button]


def test_who_looks_back_stays_there_until_back_at_the_newest(show: Show, run: Run) -> None:
    for step in (0, 50, 100):
        save_grid(run, step)
    app, slider = show(run), f"film-{run.run_id}"
    app.select_slider(key=slider).set_value(50).run()
    save_grid(run, 150)
    assert shown_step(app.run()) == "step 50, epoch 0.5"
    app.select_slider(key=slider).set_value(150).run()
    save_grid(run, 200)
    assert shown_step(app.run()) == "step 200, epoch 2.0"


def test_a_grid_that_a_resume_cut_is_looked_back_at_no_more(show: Show, run: Run) -> None:
    for step in (0, 50, 100, 150):
        save_grid(run, step)
    app = show(run)
    app.select_slider(key=f"film-{run.run_id}").set_value(100).run()
    with run.lock():
        run.cut_history(50)
    assert shown_step(app.run()) == "step 50, epoch 0.5"
    assert not app.exception


def test_a_grid_without_facts_is_known_by_its_step(show: Show, run: Run) -> None:
    save_grid(run, 50)
    (run.run_dir / "samples" / "000050.json").write_text("torn")
    assert shown_step(show(run)) == "step 50"


@pytest.mark.parametrize(("last", "offered"), [(150, 0), (200, 1)])  # epochs end at 100 and 200
def test_a_gif_is_offered_from_the_second_epoch_on(show: Show, run: Run, last: int, offered: int) -> None:
    for step in range(0, last + 1, 50):
        save_grid(run, step)
    assert len(show(run).get("download_button")) == offered


@pytest.mark.parametrize(("main", "kind"), [(True, "primary"), (False, "secondary")])
def test_the_gif_is_the_main_button_only_where_it_is_said_to_be(show: Show, run: Run, main: bool, kind: str) -> None:
    for step in (100, 200):
        save_grid(run, step)
    assert show(run, main=main).get("download_button")[0].proto.type == kind  # type: ignore[call-arg]


def choose(app: AppTest, step: int) -> AppTest:
    """What a browser sends that has the slider at a step."""
    return app.select_slider[0].set_value(step).run()


def test_a_value_that_a_new_grid_has_just_replaced_is_no_choice(
    show: Show, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in (0, 50):
        save_grid(run, step)
    app = show(run)
    save_grid(run, 100)
    app.run()
    choose(app, 50)  # sent along with a click on something else, before the browser has heard of step 100
    assert shown_step(app).startswith("step 100") and app.select_slider[0].value == 100
    choose(app, 0)
    assert shown_step(app).startswith("step 0")

    monkeypatch.setattr(film_of_a_run, "HEARD_SECONDS", 0.0)  # as after some seconds
    app.button(key="newest").click().run()
    assert shown_step(app).startswith("step 100")
    choose(app, 50)
    assert shown_step(app).startswith("step 50")


def test_the_first_grid_is_no_choice_when_the_second_has_just_come(show: Show, run: Run) -> None:
    save_grid(run, 0)
    app = show(run)
    save_grid(run, 50)
    app.run()
    choose(app, 0)
    assert shown_step(app).startswith("step 50")
