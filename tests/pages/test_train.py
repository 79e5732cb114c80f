import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcgan.data import datasets, sources
from dcgan.runs.errors import NotResumableError
from dcgan.runs.status import Problem, RunStatus
from dcgan.runs.store import RunStore
from drawable_runs import make_drawable
from fake_runs import judged_rows, make_run, save_grid
from page_words import shown
from ui import forms, state, text

Open = Callable[..., AppTest]


def keys(app: AppTest) -> set[str]:
    return {button.key for button in [*app.button, *app.get("download_button")]}


def primary(app: AppTest) -> list[str]:
    buttons = [*app.button, *app.get("download_button")]
    return [button.proto.label for button in buttons if button.proto.type == "primary"]


def fold(app: AppTest, *, open: bool) -> None:
    """Open or close "All settings"."""
    app.session_state["all-settings"] = open
    app.run()


def test_start_makes_a_run_of_the_recommended_recipe_and_watches_it(open_page: Open, store: RunStore) -> None:
    app = open_page("train")
    app.number_input(key="stable/training.epochs").set_value(3)
    app.button(key="start").click().run()
    (listed,) = store.list_runs()
    assert app.query_params["run"] == listed.run_id
    config = store.get(listed.run_id).config()
    assert (config.preset, config.training.epochs) == ("stable", 3)
    assert "waiting" in shown(app)


def test_each_recipe_shows_its_own_values(open_page: Open) -> None:
    app = open_page("train")
    app.radio(key="preset").set_value("notebook").run()
    assert app.number_input(key="notebook/training.batch_size").value == 32
    app.radio(key="preset").set_value("tutorial").run()
    assert app.number_input(key="tutorial/training.epochs").value == 50


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("stable/training.epochs", 0, "Epochs: 0 cannot be used. Allowed is a whole number from 1 to 10,000."),
        ("stable/d_optimizer.learning_rate", -1.0, "Allowed is a number above 0, up to 1."),
        (
            "stable/data.limit",
            60_001,
            "Images used: 60,001 cannot be used. Allowed is a whole number from 1 to 60,000.",
        ),
    ],
)
def test_a_bad_value_gets_a_sentence_and_cannot_be_started(open_page: Open, key: str, value: float, words: str) -> None:
    app = open_page("train")
    app.number_input(key=key).set_value(value).run()
    assert words in app.error[0].value
    assert app.button(key="start").disabled


def test_every_bad_field_is_named_at_once(open_page: Open) -> None:
    app = open_page("train")
    app.number_input(key="stable/training.epochs").set_value(0)
    app.text_input(key="stable/training.seed").set_value("-5")
    app.number_input(key="stable/data.limit").set_value(70_000).run()
    (error,) = app.error
    assert all(name in error.value for name in ("Epochs: 0", "Seed: −5", "Images used: 70,000"))


def test_what_is_wrong_with_a_field_stands_below_it_and_a_folded_one_is_found(open_page: Open) -> None:
    app = open_page("train")
    fold(app, open=True)
    app.number_input(key="stable/training.epochs").set_value(0)
    app.number_input(key="stable/discriminator.base_filters").set_value(-1).run()
    told = {
        column.number_input[0].key: column.get("html")[0].proto.body
        for column in app.columns
        if column.get("html") and column.number_input
    }
    assert set(told) == {"stable/training.epochs", "stable/discriminator.base_filters"}
    assert "0 cannot be used. Allowed is a whole number from 1 to 10,000." in told["stable/training.epochs"]
    sentence = app.error[0].value
    assert "Filters: −1" in sentence and "It is in “All settings”, under “Discriminator”." in sentence
    assert sentence.count("It is in") == 1  # the epochs are in sight
    app.number_input(key="stable/training.epochs").set_value(2)
    app.number_input(key="stable/discriminator.base_filters").set_value(8).run()
    assert 'class="fault"' not in shown(app) and not app.error


def test_the_words_of_the_recipes_are_explained(open_page: Open) -> None:
    help_text = open_page("train").radio(key="preset").help
    assert all(word in help_text for word in ("Batch norm", "RMSprop", "Averaged generator"))


def test_resume_says_where_a_paused_run_goes_on(open_page: Open, store: RunStore) -> None:
    for status, words in ((RunStatus.PAUSED, "at which it was paused"), (RunStatus.STOPPED, "the last checkpoint")):
        run = make_run(store, status)
        with run.lock() if status == RunStatus.PAUSED else nullcontext():
            assert words in open_page("train", run=run.run_id).button(key="run-resume").help


def test_a_seed_of_too_many_digits_is_refused_and_never_another_one(open_page: Open) -> None:
    app = open_page("train")
    app.text_input(key="stable/training.seed").set_value("99999999999999999999").run()
    assert app.error[0].value.startswith("Seed: ") and app.button(key="start").disabled


def test_a_seed_that_was_typed_is_the_runs(open_page: Open, store: RunStore) -> None:
    app = open_page("train")
    app.text_input(key="stable/training.seed").set_value(" 4294967295 ")
    app.button(key="start").click().run()
    (listed,) = store.list_runs()
    assert store.get(listed.run_id).config().training.seed == 4_294_967_295


def test_a_batch_larger_than_the_images_used_is_refused_at_once(open_page: Open) -> None:
    app = open_page("train")
    app.number_input(key="stable/data.limit").set_value(32).run()
    assert app.error[0].value.startswith("Batch size: 64 cannot be used.")
    assert "the number of images used, 32" in app.error[0].value
    assert app.button(key="start").disabled


def test_a_batch_larger_than_the_whole_data_set_is_refused_at_once(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "count_images", lambda _: 50)
    app = open_page("train")
    assert "Batch size: 64 cannot be used." in app.error[0].value and "images used, 50" in app.error[0].value
    assert app.button(key="start").disabled


def test_all_images_of_the_data_set_can_be_asked_for(open_page: Open) -> None:
    app = open_page("train")
    app.number_input(key="stable/data.limit").set_value(60_000).run()
    assert not app.error and not app.button(key="start").disabled
    assert "from 1 to 60,000." in app.number_input(key="stable/data.limit").help


def test_the_form_neither_loads_nor_downloads_images(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def must_not_run(*_: object) -> None:
        raise AssertionError("a page looked for images")

    monkeypatch.setattr(datasets, "_load_whole", must_not_run)
    monkeypatch.setattr(sources, "download", must_not_run)
    app = open_page("train")
    app.number_input(key="stable/data.limit").set_value(70_000).run()
    assert not app.exception and app.error


def test_a_folder_that_cannot_be_written_is_a_sentence_and_no_crash(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a-file").write_text("not a folder")
    monkeypatch.setenv("DCGAN_RUNS", str(tmp_path / "a-file" / "runs"))
    app = open_page("train")
    app.button(key="start").click().run()
    assert not app.exception
    assert app.error[0].value.startswith("The run could not be started")
    assert "(a file stands where a folder is needed)" in app.error[0].value


def test_folded_fields_are_not_drawn_and_keep_what_was_chosen_in_them(open_page: Open, store: RunStore) -> None:
    app = open_page("train")
    drawn = len(app.number_input)
    fold(app, open=True)
    assert len(app.number_input) > drawn
    app.number_input(key="stable/generator.base_filters").set_value(16).run()
    fold(app, open=False)
    assert len(app.number_input) == drawn
    app.button(key="start").click().run()
    (listed,) = store.list_runs()
    assert store.get(listed.run_id).config().generator.base_filters == 16


def test_a_bad_value_is_named_when_it_is_folded_away(open_page: Open) -> None:
    app = open_page("train")
    fold(app, open=True)
    app.number_input(key="stable/generator.base_filters").set_value(0).run()
    fold(app, open=False)
    assert "0 cannot be used" in app.error[0].value and app.button(key="start").disabled


@pytest.mark.parametrize("slowdown", [70, None])
def test_emulated_bfloat16_is_warned_of_and_can_be_started(
    open_page: Open, slowdown: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "bfloat16_slowdown", lambda: slowdown)
    app = open_page("train")
    assert not app.warning
    fold(app, open=True)
    app.selectbox(key="stable/training.precision").select("bfloat16").run()
    assert len(app.warning) == (0 if slowdown is None else 1)
    assert all("bfloat16" in warning.value and "70" in warning.value for warning in app.warning)
    assert not app.button(key="start").disabled


def test_without_runs_the_page_says_what_to_do(open_page: Open) -> None:
    assert any("No runs yet." in element.value for element in open_page("train").markdown)


@pytest.mark.parametrize("run", ["../../etc", "20261123-142530-fashion-mnist-0000000000000000", "", "<b>x</b>"])
def test_a_wrong_address_gets_a_sentence_and_a_way_on(open_page: Open, run: str) -> None:
    app = open_page("train", run=run)
    assert app.error[0].value.startswith("There is no run")
    app.button(key="new-run").click().run()
    assert "start" in keys(app) and "run" not in app.query_params


def test_a_broken_run_is_listed_beside_the_good_ones_and_explained_when_opened(
    open_page: Open, store: RunStore
) -> None:
    good, bad = make_run(store, RunStatus.FINISHED), make_run(store, RunStatus.FINISHED)
    (bad.run_dir / "status.json").write_text("{torn")
    app = open_page("train")
    assert "finished" in shown(app) and f"The files of {bad.run_id} cannot be read" in shown(app)
    assert "status\\.json cannot be read" in open_page("train", run=bad.run_id).error[0].value
    assert not open_page("train", run=good.run_id).error


def test_why_a_run_is_broken_is_said_in_turkish_too(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.FINISHED)
    (run.run_dir / "status.json").write_text("{torn")
    words = open_page("train", run=run.run_id, lang="tr").error[0].value
    assert "içinde olması gereken JSON yok" in words and "cannot" not in words
    assert 'title="status.json okunamıyor' in shown(open_page("home", lang="tr"))


def test_what_was_refused_is_said_in_the_readers_words(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object, run_id: str) -> None:
        raise NotResumableError("run-finished", run=run_id)

    run = make_run(store, RunStatus.STOPPED)
    app = open_page("train", run=run.run_id, lang="tr")
    monkeypatch.setattr(state.RunManager, "resume", refuse)
    app.button(key="run-resume").click().run()
    assert "Eğitim bitmiş; eğitilecek bir şey kalmamış." in app.warning[0].value


@pytest.mark.parametrize(
    ("status", "buttons", "main"),
    [
        (RunStatus.QUEUED, {"run-stop", "new-run"}, []),
        (RunStatus.RUNNING, {"run-pause", "run-stop", "gif", "new-run"}, []),
        (RunStatus.PAUSED, {"run-resume", "run-stop", "gif", "new-run"}, ["Resume"]),
        (RunStatus.STOPPED, {"run-resume", "bundle", "gif", "new-run"}, ["Resume"]),
        (RunStatus.FAILED, {"run-resume", "bundle", "gif", "new-run"}, ["Resume"]),
        (RunStatus.INTERRUPTED, {"run-resume", "bundle", "gif", "new-run"}, ["Resume"]),
        (RunStatus.FINISHED, {"bundle", "gif", "new-run"}, ["GIF of the epochs"]),
    ],
)
def test_each_state_offers_what_can_be_done_with_one_main_button_at_most(
    open_page: Open, store: RunStore, status: RunStatus, buttons: set[str], main: list[str]
) -> None:
    run = make_run(store, status, step=0 if status == RunStatus.QUEUED else 250, heartbeat=time.time())
    if status == RunStatus.RUNNING:
        with run.lock():
            app = open_page("train", run=run.run_id)
    else:
        app = open_page("train", run=run.run_id)
    assert keys(app) == buttons
    assert primary(app) == main
    assert f'class="badge {status.value}"' in shown(app)


def test_a_running_run_says_where_it_is_and_how_long_it_takes(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.RUNNING, step=250, images_per_second=430.0)
    with run.lock():
        words = shown(open_page("train", run=run.run_id))
    for fact in ("epoch <b>3</b> of", "step <b>250</b> of <b>1,000</b>", "<b>430</b> images/s", "<b>1 min</b> left"):
        assert fact in words  # 25 s for 250 steps leave 75 s for 750


def test_a_starting_run_says_what_takes_so_long(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.RUNNING, step=0, phase="starting")
    with run.lock():
        words = shown(open_page("train", run=run.run_id))
    assert "loading TensorFlow…" in words and "about ten seconds" in words


def test_a_run_that_downloads_says_how_far_it_is(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.RUNNING, step=0, phase="downloading", data_bytes=(12_000_000, 26_451_395))
    with run.lock():
        app = open_page("train", run=run.run_id)
    assert "downloading the images: 12 of 26 MB" in shown(app) and 'aria-valuenow="45"' in shown(app)
    assert "are downloaded before it, once" in shown(app)
    assert {"run-pause", "run-stop"} <= keys(app)


@pytest.mark.parametrize(
    ("language", "best", "missing", "epochs"),
    [
        ("en", "Best so far: epoch <b>1</b>, FCD <b>12.5</b>", "No samples look like: Sandal, Bag", "epoch 1.5"),
        ("tr", "Şimdiye kadarki en iyi: tur <b>1</b>, FCD <b>12,5</b>", "Şunlara benzeyen örnek yok: Sandalet, Çanta",
         "tur 1,5"),
    ],
)  # fmt: skip
def test_how_good_the_images_are_is_said_with_the_classes_that_are_missing(
    open_page: Open, store: RunStore, language: str, best: str, missing: str, epochs: str
) -> None:
    run = make_run(store, RunStatus.RUNNING, step=250)
    shares = [0.125] * 10
    shares[5] = shares[8] = 0.0
    run.append_metrics(judged_rows([90.0, 12.5, 14.0], classes=shares))
    with run.lock():
        app = open_page("train", run=run.run_id, lang=language)
    assert best in shown(app)
    drawn = [element.value for element in app.markdown if "coverage" in element.value]
    assert len(drawn) == 1
    assert missing in drawn[0] and epochs in drawn[0]


def test_fcd_and_kid_can_be_switched_and_the_choice_stands_in_the_address(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.STOPPED, step=250)
    run.append_metrics(judged_rows([90.0, 12.5]))
    app = open_page("train", run=run.run_id)
    (choice,) = [group for group in app.segmented_control if group.label == "Distance to real images"]
    assert choice.value == "fcd"
    assert "lower is better" in choice.help
    assert any("2,000 samples" in caption.value and "1.41" in caption.value for caption in app.caption)
    choice.set_value("kid").run()
    assert any("spread" in caption.value and "0.68" in caption.value for caption in app.caption)
    assert app.query_params["quality"] == ["kid"] or app.query_params["quality"] == "kid"


def test_a_run_that_gets_worse_leads_to_its_best_checkpoint(open_page: Open, store: RunStore) -> None:
    best = {"metric": "fcd", "value": 20.0, "samples": 2000, "step": 100, "epoch": 1.0}
    run = make_run(store, RunStatus.STOPPED, step=250, best=best)
    run.append_metrics(judged_rows([90.0, 20.0, 30.0, 40.0, 50.0]))
    app = open_page("train", run=run.run_id)
    assert "After epoch 1 the images got worse" in shown(app)
    assert "Draw with the best checkpoint" in [link.proto.label for link in app.get("page_link")]


def test_a_run_that_was_never_judged_says_why_and_has_no_switch(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.FINISHED, step=100)  # ten seconds
    app = open_page("train", run=run.run_id)
    assert "less than 20 seconds" in shown(app)
    assert not [group for group in app.segmented_control if group.label == "Distance to real images"]


def test_a_failed_run_says_what_happened_what_is_safe_and_what_to_do(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.FAILED, error=Problem(code="disk-full", values={"folder": "/runs"}))
    run.worker_log.write_text("OSError: [Errno 28] No space left on device\n")
    app = open_page("train", run=run.run_id)
    assert app.error[0].value == (
        "The disk is full: nothing more could be written to /runs. "
        "What was trained up to the last checkpoint is safe: free some space, then press Resume."
    )
    assert "No space left" in app.code[0].value


def test_changed_data_is_said_and_the_run_can_be_resumed_once_it_is_back(open_page: Open, store: RunStore) -> None:
    problem = Problem(code="data-changed", values={"dataset": "fashion-mnist"})
    run = make_run(store, RunStatus.FAILED, error=problem)
    app = open_page("train", run=run.run_id)
    assert "is no longer the one this run began with" in app.error[0].value
    assert "run-resume" in keys(app)


def test_a_cancelled_run_and_one_of_a_single_epoch_are_told_in_words_that_fit(open_page: Open, store: RunStore) -> None:
    cancelled = make_run(store, RunStatus.STOPPED, step=0, epochs=1)
    app = open_page("train", run=cancelled.run_id)
    assert any("Cancelled before its first step: nothing was trained." in caption.value for caption in app.caption)
    assert "<b>1</b> epoch<" in shown(app) and "epochs" not in shown(app)
    assert "No grid of samples was drawn." in shown(app)
    assert app.button(key="run-resume").help == "Begins the run: no step of it was trained yet."
    stopped = open_page("train", run=make_run(store, RunStatus.STOPPED, step=100).run_id)
    assert any("Stopped, and everything so far is kept." in caption.value for caption in stopped.caption)


def test_a_paused_run_that_made_room_says_so(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.PAUSED)
    words = "Another run was waiting, so this one has made room for it."
    with run.lock():  # its worker waits with it
        assert not any(words in caption.value for caption in open_page("train", run=run.run_id).caption)
    assert any(words in caption.value for caption in open_page("train", run=run.run_id).caption)


def test_between_loading_and_the_first_step_the_page_no_longer_speaks_of_loading(
    open_page: Open, store: RunStore
) -> None:
    run = make_run(store, RunStatus.RUNNING, step=0, phase="training")
    with run.lock():
        words = shown(open_page("train", run=run.run_id))
    assert "TensorFlow prepares it once" in words and "to load" not in words


def test_a_run_that_starts_again_shows_no_speed_and_no_time_left_from_before(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.RUNNING, step=250, phase="starting", images_per_second=430.0)
    with run.lock():
        words = shown(open_page("train", run=run.run_id))
    assert "images/s" not in words and "</b> left" not in words and "step <b>250</b>" in words


def test_a_resume_that_is_stopped_at_once_leaves_no_wish_behind(
    open_page: Open, store: RunStore, asked: list[tuple[str, str]]
) -> None:
    run = make_run(store, RunStatus.STOPPED)
    app = open_page("train", run=run.run_id)
    app.button(key="run-resume").click().run()
    assert app.button(key="run-resume").label == "resuming…"
    run.write_status(run.written_status().changed(status=RunStatus.STOPPED))  # another tab pressed Stop meanwhile
    app.run()
    assert app.button(key="run-resume").label == "Resume" and not app.button(key="run-resume").disabled


@pytest.mark.parametrize("page", ["home", "train"])
def test_a_file_in_the_place_of_the_runs_folder_is_a_sentence(
    open_page: Open, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a-file").write_text("not a folder")
    monkeypatch.setenv("DCGAN_RUNS", str(tmp_path / "a-file"))
    app = open_page(page)
    assert "cannot be listed: a file stands where a folder is needed" in app.error[-1].value


@pytest.mark.parametrize("page", ["home", "train"])
def test_a_folder_without_access_is_a_sentence(
    open_page: Open, store: RunStore, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied", str(store.folder))

    monkeypatch.setattr(RunStore, "list_runs", refuse)
    app = open_page(page)
    assert "cannot be listed: permission denied" in app.error[-1].value


def test_a_state_folder_that_cannot_be_had_is_a_sentence(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a-file").write_text("not a folder")
    monkeypatch.setenv("DCGAN_STATE", str(tmp_path / "a-file"))
    monkeypatch.setenv("DCGAN_RUNS", str(tmp_path / "other"))  # a manager that was not made yet
    app = open_page("home")
    assert "cannot keep its line of waiting runs" in app.error[0].value


def test_a_button_says_at_once_that_it_was_heard(
    open_page: Open, store: RunStore, asked: list[tuple[str, str]]
) -> None:
    run = make_run(store, RunStatus.RUNNING)
    with run.lock():
        app = open_page("train", run=run.run_id)
        app.button(key="run-pause").click().run()
        assert asked == [("pause", run.run_id)]
        assert app.button(key="run-pause").label == "pausing…" and app.button(key="run-pause").disabled
        run.write_status(run.written_status().changed(status=RunStatus.PAUSED))
        app.run()
    assert not app.button(key="run-resume").disabled


def test_the_grid_follows_the_newest_until_somebody_looks_back(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.PAUSED, step=100)
    app = open_page("train", run=run.run_id)
    slider = f"film-{run.run_id}"
    assert app.select_slider(key=slider).value == 100
    save_grid(run, 150)
    app.run()
    assert app.select_slider(key=slider).value == 150
    app.select_slider(key=slider).set_value(50).run()
    save_grid(run, 200)
    app.run()
    assert app.select_slider(key=slider).value == 50
    app.button(key="newest").click().run()
    assert app.select_slider(key=slider).value == 200


def test_the_whole_page_speaks_turkish(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.STOPPED)
    app = open_page("train", run=run.run_id, lang="tr")
    assert "durduruldu" in shown(app) and app.button(key="run-resume").label == "Sürdür"
    english = {words for words in text.load_words("en").values() if len(words) > 12}
    assert not english & {element.value for element in [*app.caption, *app.markdown]}


def test_the_settings_of_a_run_are_shown_with_what_differs(open_page: Open, store: RunStore) -> None:
    app = open_page("train")
    app.number_input(key="stable/training.epochs").set_value(3)
    app.button(key="start").click().run()
    assert "<td>Epochs</td><td><b>3</b></td>" in shown(app)
    assert "<td>Batch size</td><td>64</td>" in shown(app)


def test_a_run_that_would_only_fail_again_offers_a_new_one_instead_of_resume(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.FAILED, error=Problem(code="non-finite", values={"step": 12}))
    app = open_page("train", run=run.run_id)
    assert "run-resume" not in keys(app)
    assert primary(app) == [text.t("live.new_run")]


def test_a_run_whose_settings_cannot_be_read_gets_a_sentence_and_a_way_on(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.STOPPED, step=100)
    (run.run_dir / "run.json").write_text("{torn")
    app = open_page("train", run=run.run_id)
    assert not app.exception
    assert r"run\.json" in app.error[0].value
    assert "new-run" in keys(app)


def test_a_stop_can_be_pressed_while_a_pause_is_not_heeded_yet(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.RUNNING, step=100)
    with run.lock():
        app = open_page("train", run=run.run_id)
        app.button(key="run-pause").click().run()
        assert app.button(key="run-pause").disabled
        assert not app.button(key="run-stop").disabled


@pytest.mark.parametrize("address", [True, False])
def test_a_name_from_a_strange_file_is_text_and_never_html(open_page: Open, store: RunStore, address: bool) -> None:
    run = make_run(store, RunStatus.STOPPED, step=100)
    strange = run.written_status().model_copy(update={"preset": "<script>alert(1)</script>", "dataset": "[x](y)"})
    run.write_status(strange)
    app = open_page("train", run=run.run_id) if address else open_page("train")
    assert "<script" not in shown(app)


def test_a_finished_run_leads_to_what_it_draws_and_to_comparing(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store)
    links = [(link.proto.page, link.proto.query_string) for link in open_page("train", run=run.run_id).get("page_link")]
    assert ("generate", f"run={run.run_id}") in links and ("compare", f"runs={run.run_id}") in links
    bare = make_run(store, RunStatus.FINISHED)  # it has kept nothing to draw with
    pages = [link.proto.page for link in open_page("train", run=bare.run_id).get("page_link")]
    assert "generate" not in pages and "compare" not in pages
