"""How good a checkpoint is, on the Generate page: the table, the way to it, its progress and its end."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dcgan.latent.generator import open_generator
from dcgan.runs.desk import Desk
from dcgan.runs.errors import LimitError
from dcgan.runs.evaluations import evaluation_key, write_evaluation
from dcgan.runs.judging import Judging
from dcgan.runs.run import Run
from dcgan.runs.status import Problem
from dcgan.runs.store import RunStore
from drawable_runs import make_drawable
from ui import judged

Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def data_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judged, "is_at_hand", lambda _: True)


def keep(run: Run, step: int, fcd: float) -> None:
    score = {"real": 1.26, "deviation": None, "samples": 10_000}
    scores = {"fcd": score | {"value": fcd}, "recall": score | {"value": 0.4, "samples": 2_000}}
    key = evaluation_key(step, open_generator(run, step).sha256, "d" * 64, "n" * 64, 10_000)
    write_evaluation(run.run_dir, key, {"scores": scores, "missing": [2]})


def tell(monkeypatch: pytest.MonkeyPatch, judging: Judging) -> None:
    monkeypatch.setattr(Desk, "judging", lambda *_: judging)


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def words(app: AppTest) -> str:
    html = " ".join(element.proto.body for element in app.get("html"))
    return html + " ".join(str(part.value) for part in [*app.markdown, *app.caption, *app.warning])


@pytest.mark.parametrize("lang", ["en", "tr"])
def test_a_judged_checkpoint_has_a_table_beside_what_real_images_get(
    open_page: Open, store: RunStore, lang: str
) -> None:
    run = make_drawable(store, steps=(200,))
    keep(run, 200, 12.5)
    app = open_page("generate", run=run.run_id, lang=lang)
    said = words(app)
    assert "FCD" in said and "1.26" in said.replace(",", ".") and ("Pullover" in said or "Kazak" in said)
    assert not {"judge", "judge-all"} & keys(app)


def test_a_press_asks_for_the_checkpoint_that_is_shown_and_another_for_all(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, tuple[int, ...]]] = []
    monkeypatch.setattr(Desk, "judge", lambda _, run_id, steps: asked.append((run_id, tuple(steps))))
    run = make_drawable(store)
    app = open_page("generate", run=run.run_id)
    app.button(key="judge").click().run()
    app.button(key="judge-all").click().run()
    assert asked == [(run.run_id, (200,)), (run.run_id, (100, 200))]


def test_a_refusal_is_said(open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise LimitError("limit-judging")

    monkeypatch.setattr(Desk, "judge", refuse)
    app = open_page("generate", run=make_drawable(store).run_id)
    app.button(key="judge").click().run()
    assert "are being judged already" in app.warning[0].value


def test_while_it_is_judged_there_is_progress_and_a_cancel(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(monkeypatch, Judging((100, 200), "drawing", index=1, done=30, total=100))
    cancelled: list[str] = []
    monkeypatch.setattr(Desk, "cancel_judging", lambda _, run_id: cancelled.append(run_id))
    run = make_drawable(store)
    app = open_page("generate", run=run.run_id)
    (bar,) = app.get("progress")
    assert bar.proto.value == 30 and bar.proto.text == "Checkpoint 2 of 2 · Drawing images"
    assert "judge" not in keys(app)
    app.button(key="cancel-judging").click().run()
    assert cancelled == [run.run_id]


def test_a_killed_worker_is_a_sentence_and_the_button_is_back(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(monkeypatch, Judging((200,), "failed", problem=Problem(code="judging-killed")))
    app = open_page("generate", run=make_drawable(store).run_id)
    assert "ended from outside" in app.warning[0].value and "judge" in keys(app)


def test_two_judged_checkpoints_are_a_curve(open_page: Open, store: RunStore) -> None:
    run = make_drawable(store)
    keep(run, 100, 30.0)
    keep(run, 200, 12.5)
    said = words(open_page("generate", run=run.run_id))
    assert "<polyline" in said and "The best that was judged is step 200, FCD 12.5" in said


def test_what_a_stranger_may_not_have_judged_is_not_offered(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "owns", lambda *_: False)
    assert "judge" not in keys(open_page("generate", run=make_drawable(store).run_id))
