import json
import struct
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dcgan.data.images import encode_png
from dcgan.latent.drawing import lay_out
from dcgan.latent.generator import open_generator
from dcgan.quality.opening import OpeningState
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from drawable_runs import damage, make_drawable, save_full_state
from fake_runs import judge_run, make_run
from ui import library

Open = Callable[..., AppTest]


def elements(app: AppTest) -> dict[str, tuple[dict[str, Any], bytes]]:
    """Header and content of the page's own elements by name: the board and the player."""
    found = {}
    for element in app.get("bidi_component"):
        content = element.proto.bytes
        (length,) = struct.unpack_from("<I", content)
        found[element.proto.component_name] = (json.loads(content[4 : 4 + length]), content[4 + length :])
    return found


def picture(app: AppTest) -> bytes:
    return elements(app)["sample_board"][1]


def expected(run: Run, step: int, seed: int, count: int, truncation: float = 1.0) -> bytes:
    return encode_png(lay_out(open_generator(run, step).samples(seed, count, truncation)))


def button_keys(app: AppTest) -> list[str]:
    return [button.key for button in app.button]


def primary(app: AppTest) -> list[str]:
    buttons = [button.proto.label for button in app.button if button.proto.type == "primary"]
    popovers = [block.proto.popover for block in app.get("popover")]
    return buttons + [popover.label for popover in popovers if popover.type == "primary"]


def test_without_runs_the_page_leads_to_training(open_page: Open) -> None:
    app = open_page("generate")
    assert "There is nothing to draw with yet." in app.markdown[0].value
    assert primary(app) == ["Start training"]
    app.button(key="begin").click().run()
    assert app.title[0].value == "New training run"


def test_a_run_without_a_checkpoint_says_when_it_comes_and_where_to_watch(open_page: Open, store: RunStore) -> None:
    run = make_run(store, RunStatus.RUNNING, step=0)
    app = open_page("generate", run=run.run_id)
    assert any("no checkpoint yet" in element.proto.body for element in app.get("html"))
    assert primary(app) == ["Watch it train"]
    app.button(key="watch").click().run()
    assert app.query_params["run"] == run.run_id


def test_the_newest_run_that_can_draw_is_chosen_and_the_address_says_all_of_it(
    open_page: Open, store: RunStore
) -> None:
    run = make_drawable(store)
    make_drawable(store, steps=())
    app = open_page("generate")
    assert picture(app) == expected(run, 200, seed=7, count=25)
    assert dict(app.query_params) == {
        "run": run.run_id, "checkpoint": "last", "seed": "7", "count": "25", "truncation": "1",
    }  # fmt: skip
    assert primary(app) == ["Download"]


@pytest.mark.parametrize("count", [8, 64])
def test_a_link_shows_the_pixels_that_it_names(open_page: Open, store: RunStore, count: int) -> None:
    run = make_drawable(store)
    make_drawable(store)
    address = {"run": run.run_id, "checkpoint": "100", "seed": "123", "count": str(count), "truncation": "0.7"}
    app = open_page("generate", **address, walk="3,0,14", frames="30", fps="10", closed="0")
    assert picture(app) == expected(run, 100, 123, count, 0.7)
    board, (player, frames) = elements(app)["sample_board"][0], elements(app)["walk_player"]
    assert board["keys"] == [3, 0, 14]
    assert (player["frames"], player["fps"], len(frames)) == (30, 10, 30 * 28 * 28)
    samples = open_generator(run, 100).samples(123, 15, 0.7)
    assert (frames[:784], frames[-784:]) == (samples[3].tobytes(), samples[14].tobytes())


def test_every_widget_writes_into_the_address(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store)
    app = open_page("generate", walk="1,2")
    app.number_input(key="draw-seed").set_value(11).run()
    app.segmented_control(key="draw-count").set_value(64).run()
    app.slider(key="draw-truncation").set_value(0.5).run()
    app.slider(key="walk-frames").set_value(90).run()
    app.select_slider(key="walk-fps").set_value(30).run()
    app.toggle(key="walk-closed").set_value(False).run()
    app.selectbox(key=f"draw-checkpoint-{run.run_id}").select("100").run()
    assert not app.exception
    assert dict(app.query_params) == {
        "run": run.run_id, "checkpoint": "100", "seed": "11", "count": "64", "truncation": "0.5", "walk": "1,2",
        "frames": "90", "fps": "30", "closed": "0",
    }  # fmt: skip
    assert picture(app) == expected(run, 100, 11, 64, 0.5)
    assert elements(app)["walk_player"][0]["frames"] == 90


def test_shuffle_takes_another_seed(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store)
    app = open_page("generate")
    before = picture(app)
    app.button(key="shuffle").click().run()
    seed = int(app.query_params["seed"])
    assert app.number_input(key="draw-seed").value == seed
    assert picture(app) == expected(run, 200, seed, 25)
    assert seed == 7 or picture(app) != before


@pytest.mark.parametrize(
    ("name", "value", "becomes"),
    [
        ("seed", "-1", "7"), ("seed", "x", "7"), ("count", "0", "25"), ("count", "9999", "256"),
        ("truncation", "nan", "1"), ("truncation", "0", "0.05"), ("truncation", "7", "1"),
    ],
)  # fmt: skip
def test_what_an_address_says_wrongly_is_put_right(
    open_page: Open, store: RunStore, name: str, value: str, becomes: str
) -> None:
    make_drawable(store)
    app = open_page("generate", **{name: value})
    assert app.query_params[name] == becomes


@pytest.mark.parametrize("walk", ["x", "-1,2", "99999,1", ",", ",".join(["1"] * 33)])
def test_a_walk_that_cannot_be_is_none(open_page: Open, store: RunStore, walk: str) -> None:
    make_drawable(store)
    app = open_page("generate", walk=walk, frames="x", fps="900")
    assert "walk_player" not in elements(app)
    assert "suggest" in button_keys(app)


def test_key_frames_are_suggested_taken_out_and_cleared(open_page: Open, store: RunStore) -> None:
    make_drawable(store)
    app = open_page("generate")
    app.button(key="suggest").click().run()
    assert app.query_params["walk"] == "0,6,12,18"
    app.button(key="key-1").click().run()
    assert app.query_params["walk"] == "0,12,18"
    app.button(key="clear-keys").click().run()
    assert "walk" not in app.query_params
    assert "walk_player" not in elements(app)


def test_one_key_frame_is_no_walk_yet(open_page: Open, store: RunStore) -> None:
    make_drawable(store)
    app = open_page("generate", walk="3")
    assert any("at least two images" in element.value for element in app.markdown)
    assert "walk_player" not in elements(app)


def test_what_can_be_taken_home_depends_on_the_walk(open_page: Open, store: RunStore) -> None:
    make_drawable(store)
    offered = [button.proto.label for button in open_page("generate").get("download_button")]
    assert offered == ["PNG grid", "zip of PNGs", "npz with latents", "ONNX model", "Checkpoint", "GIF of the epochs"]
    offered = [button.proto.label for button in open_page("generate", walk="1,2").get("download_button")]
    assert offered[3:5] == ["GIF", "MP4"]


def test_the_link_names_the_step_also_where_last_is_chosen(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store)
    (link,) = open_page("generate", walk="1,2").get("code")
    query = f"?run={run.run_id}&checkpoint=200&seed=7&count=25&truncation=1&walk=1,2&frames=60&fps=20&closed=1"
    assert link.value.endswith(query)


def test_another_run_starts_at_its_last_checkpoint(open_page: Open, store: RunStore) -> None:
    older, newer = make_drawable(store, steps=(100,)), make_drawable(store, steps=(200,))
    app = open_page("generate", run=older.run_id, checkpoint="100")
    app.selectbox(key="draw-run").select(newer.run_id).run()
    assert (app.query_params["run"], app.query_params["checkpoint"]) == (newer.run_id, "last")
    assert picture(app) == expected(newer, 200, 7, 25)


def test_a_half_written_last_checkpoint_is_passed_over_and_said(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store)
    damage(run, 200)
    app = open_page("generate", run=run.run_id)
    assert picture(app) == expected(run, 100, 7, 25)
    assert "step 200 cannot be read, so these images are from step 100" in app.warning[0].value


def test_a_damaged_step_is_a_sentence_and_another_can_be_chosen(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store)
    damage(run, 200)
    app = open_page("generate", run=run.run_id, checkpoint="200")
    assert "cannot be used, and nothing was changed" in app.error[0].value
    app.selectbox(key=f"draw-checkpoint-{run.run_id}").select("100").run()
    assert not app.error and picture(app) == expected(run, 100, 7, 25)


@pytest.mark.parametrize("step", ["150", "-1", "²", "9" * 5000, "<b>*x*</b>"])
def test_a_step_that_is_not_kept_any_more_is_a_sentence(open_page: Open, store: RunStore, step: str) -> None:
    make_drawable(store)
    app = open_page("generate", checkpoint=step)
    assert "no checkpoint of step" in app.warning[0].value
    app.button(key="take-last").click().run()
    assert app.query_params["checkpoint"] == "last" and "sample_board" in elements(app)


def options(app: AppTest, run: Run) -> list[str]:
    return list(app.selectbox(key=f"draw-checkpoint-{run.run_id}").options)


def infos(app: AppTest) -> str:
    return " ".join(info.value for info in app.info)


WORSE = {100: 40.0, 200: 12.34, 300: 30.0, 400: 31.0, 500: 32.0}


def test_best_is_offered_first_and_shown_where_a_later_judgement_is_worse(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store, steps=(100, 200, 300))
    judge_run(run, {100: 40.0, 200: 12.34, 300: 30.0})
    app = open_page("generate")
    assert options(app, run) == ["best · epoch 2 · FCD 12.3", "last · step 300", "step 300", "step 200", "step 100"]
    assert app.query_params["checkpoint"] == "best" and picture(app) == expected(run, 200, 7, 25)
    assert "the lower, the better" in app.selectbox(key=f"draw-checkpoint-{run.run_id}").help
    assert infos(app) == ""  # one worse judgement is within the spread


def test_last_is_shown_where_it_is_the_best_and_best_is_offered_all_the_same(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store)
    judge_run(run, {100: 40.0, 200: 12.34})
    app = open_page("generate")
    assert options(app, run)[:2] == ["best · epoch 2 · FCD 12.3", "last · step 200"]
    assert app.query_params["checkpoint"] == "last"


def test_a_run_that_got_worse_says_since_when_and_that_the_best_is_shown(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store, steps=(100, 200, 300, 400, 500))
    judge_run(run, WORSE)
    app = open_page("generate")
    assert infos(app) == (
        "This run has been getting worse since epoch 2: its last FCD is 32.0, its best was 12.3, at epoch 2. "
        "The best is shown."
    )
    assert "take-best" not in button_keys(app)


@pytest.mark.parametrize("checkpoint", ["last", "400"])
def test_where_another_is_chosen_it_says_so_and_leads_to_the_best(
    open_page: Open, store: RunStore, checkpoint: str
) -> None:
    run = make_drawable(store, steps=(100, 200, 300, 400, 500))
    judge_run(run, WORSE)
    app = open_page("generate", checkpoint=checkpoint)
    assert "What is shown here is not the best." in infos(app)
    assert primary(app) == ["Download"]
    app.button(key="take-best").click().run()
    assert app.query_params["checkpoint"] == "best" and picture(app) == expected(run, 200, 7, 25)
    assert "The best is shown." in infos(app)


def test_a_choice_is_for_its_own_run_when_another_page_leads_to_another(open_page: Open, store: RunStore) -> None:
    judged, other = make_drawable(store), make_drawable(store)
    judge_run(judged, {100: 12.5, 200: 30.0})
    app = open_page("generate", run=judged.run_id)
    assert app.query_params["checkpoint"] == "best"
    for page, run, choice in (("home", other, None), ("generate", other, "last"), ("generate", judged, "best")):
        app.switch_page(f"pages/{page}.py")
        app.query_params.clear()
        app.query_params["run"] = run.run_id
        app.run()
        assert not app.exception and app.query_params.get("checkpoint") == choice
    assert picture(app) == expected(judged, 100, 7, 25)


def test_the_exact_link_names_the_step_of_the_best(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store)
    judge_run(run, {100: 12.5, 200: 30.0})
    (link,) = open_page("generate", checkpoint="best").get("code")
    assert f"?run={run.run_id}&checkpoint=100&" in link.value


def test_best_of_a_run_that_was_not_judged_is_a_sentence(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store)
    app = open_page("generate", checkpoint="best")
    assert "has no best checkpoint" in app.warning[0].value
    assert options(app, run)[0] == "last · step 200"
    app.button(key="take-last").click().run()
    assert app.query_params["checkpoint"] == "last" and "sample_board" in elements(app)


def test_a_best_that_is_damaged_is_a_sentence_and_another_can_be_chosen(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store)
    judge_run(run, {100: 12.5, 200: 30.0})
    damage(run, 100)
    app = open_page("generate")
    assert "cannot be used, and nothing was changed" in app.error[0].value
    app.selectbox(key=f"draw-checkpoint-{run.run_id}").select("last").run()
    assert not app.error and picture(app) == expected(run, 200, 7, 25)


def test_a_run_that_trains_says_that_another_may_become_the_best(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store, status=RunStatus.PAUSED)
    judge_run(run, {100: 12.5, 200: 30.0})
    app = open_page("generate")
    assert any("another one may become the best" in caption.value for caption in app.caption)
    judge_run(run, {200: 9.0})
    assert picture(app.run()) == expected(run, 200, 7, 25)


def test_the_best_is_named_in_turkish(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store, steps=(100, 200, 300, 400, 500))
    judge_run(run, WORSE)
    app = open_page("generate", lang="tr")
    assert options(app, run)[0] == "en iyi · tur 2 · FCD 12,3"
    assert "tur 2 noktasından beri kötüleşiyor" in infos(app) and "Burada en iyisi gösteriliyor." in infos(app)


def test_a_run_that_is_not_here_is_a_sentence(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store)
    app = open_page("generate", run="../../etc")
    assert "There is no run" in app.error[0].value
    app.button(key="other-run").click().run()
    assert app.query_params["run"] == run.run_id


def test_a_run_that_is_not_in_the_list_is_shown_to_whoever_knows_its_name(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_drawable(store)
    monkeypatch.setattr(RunStore, "list_runs", lambda _: [])
    assert picture(open_page("generate", run=run.run_id)) == expected(run, 200, 7, 25)


def test_a_run_that_trains_says_that_last_moves_on(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store, status=RunStatus.PAUSED)
    assert any("“last” moves on" in caption.value for caption in open_page("generate").caption)
    still = open_page("generate", run=run.run_id, checkpoint="100")
    assert not any("“last” moves on" in caption.value for caption in still.caption)


def test_a_dropped_checkpoint_draws(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store)
    app = open_page("generate")
    content = run.checkpoints.samplers()[100].read_bytes()
    app.file_uploader(key="draw-file").set_value(("x.safetensors", content, "application/octet-stream")).run()
    assert not app.exception and "step 100" in app.info[0].value
    assert picture(app) == expected(run, 100, 7, 25)


def test_a_hostile_file_is_a_sentence_above_the_runs(open_page: Open, store: RunStore) -> None:
    make_drawable(store)
    app = open_page("generate")
    app.file_uploader(key="draw-file").set_value(("x.safetensors", b"\x80\x04garbage", "text/plain")).run()
    assert not app.exception and "x\\.safetensors cannot be used" in app.error[0].value
    assert "sample_board" in elements(app)


def test_the_page_speaks_turkish(open_page: Open, store: RunStore) -> None:
    make_drawable(store)
    app = open_page("generate", lang="tr", walk="1,2")
    assert app.title[0].value == "Görüntü üret"
    assert elements(app)["walk_player"][0]["words"]["play"] == "Oynat"


def seen(app: AppTest) -> str:
    """The panel of the sample that is looked at."""
    (panel,) = [element.proto.body for element in app.get("html") if 'class="look"' in element.proto.body]
    return panel


def test_a_sample_is_looked_at_when_asked_for_the_first_one_and_another_can_be_chosen(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_drawable(store)
    opened: list[str] = []
    opening = library._opening
    monkeypatch.setattr(library, "_opening", lambda name: (opened.append(name), opening(name))[1])
    app = open_page("generate")
    assert opened == [] and elements(app)["sample_board"][0]["look"] is None  # the training images stay unread
    app.toggle(key="look-on").set_value(True).run()
    assert opened and app.query_params["look"] == "0"
    assert 'alt="Image 0: ' in seen(app) and "only the generator was kept" in seen(app)
    app.number_input(key="look-at").set_value(7).run()
    assert app.query_params["look"] == "7" and 'alt="Image 7: ' in seen(app)
    assert elements(app)["sample_board"][0]["look"] == 7
    app.toggle(key="look-on").set_value(False).run()
    assert "look" not in app.query_params and 'class="look"' not in "".join(
        element.proto.body for element in app.get("html")
    )


@pytest.mark.parametrize("look", ["x", "-1", "25", "9" * 50])
def test_a_sample_that_is_not_there_is_the_first(open_page: Open, store: RunStore, look: str) -> None:
    make_drawable(store)
    assert 'alt="Image 0: ' in seen(open_page("generate", look=look))


def test_a_full_state_says_what_its_discriminator_believes(open_page: Open, store: RunStore) -> None:
    save_full_state(make_drawable(store, steps=()))
    assert "The discriminator takes it for real with" in seen(open_page("generate", checkpoint="7", look="0"))


def test_a_set_without_a_classifier_says_what_is_missing(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_drawable(store)
    monkeypatch.setattr(library, "find_classifier", lambda name, threads: None)
    monkeypatch.setattr(library, "_opening", lambda name: NoLibrary())
    app = open_page("generate", look="0")
    assert "verdict" not in seen(app)
    assert any("There is no classifier of fashion-mnist" in caption.value for caption in app.caption)


class NoLibrary:
    def wait(self, seconds: float) -> OpeningState:
        return OpeningState.FAILED

    def library(self) -> None:
        return None
