"""How good a checkpoint is, on the Generate page: the table, the way to it, its progress and its end."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcgan.latent.generator import open_generator
from dcgan.runs.bundle import export_run
from dcgan.runs.desk import Desk
from dcgan.runs.errors import LimitError
from dcgan.runs.evaluations import Kept, KeptScore, evaluation_key, write_evaluation
from dcgan.runs.gallery import Gallery
from dcgan.runs.judging import Judges, Judging
from dcgan.runs.run import Run
from dcgan.runs.status import Problem
from dcgan.runs.store import RunStore
from dcgan.runs.unpacking import unpack
from dcgan.runs.visitors import Visitor
from drawable_runs import make_drawable, save_full_state
from ui import judged, state

ENTRY = Path(__file__).parents[2] / "streamlit_app.py"
VISITOR, ANOTHER = Visitor("a" * 64), Visitor("b" * 64)

Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def data_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judged, "is_at_hand", lambda _: True)


def keep(run: Run, step: int, fcd: float, samples: int = 10_000) -> None:
    score = {"real": 1.26, "deviation": None, "samples": samples}
    scores = {"fcd": score | {"value": fcd}, "recall": score | {"value": 0.4, "samples": 2_000}}
    key = evaluation_key(step, open_generator(run, step).sha256, "d" * 64, "n" * 64, samples)
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


@pytest.mark.parametrize(("recall", "coverage", "warns"), [(0.0, 0.5, True), (0.4, 0.05, True), (0.12, 0.12, False)])
def test_precision_is_not_left_alone_where_the_variety_is_missing(recall: float, coverage: float, warns: bool) -> None:
    def score(value: float) -> KeptScore:
        return KeptScore(value=value, real=1.0, deviation=None, samples=2_000)

    drawn = judged.draw_table(
        Kept(200, {"precision": score(0.91), "recall": score(recall), "coverage": score(coverage)}, ())
    )
    assert ("Alone it says little here" in drawn) is warns
    assert drawn.count('class="alone"') == warns and (not warns or drawn.index("alone") < drawn.index("Recall"))


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
    cancelled: list[tuple[str, int]] = []
    monkeypatch.setattr(Desk, "cancel_judging", lambda _, run_id, step: cancelled.append((run_id, step)))
    run = make_drawable(store)
    app = open_page("generate", run=run.run_id)
    (bar,) = app.get("progress")
    assert bar.proto.value == 30 and bar.proto.text == "Checkpoint 2 of 2 · Drawing images"
    assert "judge" not in keys(app)
    app.button(key="cancel-judging").click().run()
    assert cancelled == [(run.run_id, 200)]


def test_what_goes_on_for_another_checkpoint_of_the_run_says_which(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(monkeypatch, Judging((100,), "drawing", done=30, total=100))
    (bar,) = open_page("generate", run=make_drawable(store).run_id).get("progress")
    assert bar.proto.text == "Step 100 · Drawing images"


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
    assert ".drawing text" in said  # the styles without which its words are black on dark
    assert "<polyline" in said and "The best that was judged is step 200, FCD 12.5" in said


def test_what_the_command_line_measured_on_fewer_images_is_shown_and_can_still_be_judged(
    open_page: Open, store: RunStore
) -> None:
    run = make_drawable(store)
    for step in (100, 200):
        keep(run, step, 90.0, samples=200)
    app = open_page("generate", run=run.run_id)
    assert {"judge", "judge-all"} <= keys(app) and "<b>90" in words(app) and "<polyline" in words(app)
    keep(run, 200, 12.5)
    keep(run, 200, 91.0, samples=201)  # later, and worth less
    app = open_page("generate", run=run.run_id)
    assert "<b>12.5" in words(app) and "<polyline" not in words(app)  # 90 on 200 images does not compare
    assert "judge" not in keys(app) and "judge-all" in keys(app)


@pytest.mark.parametrize("lang", ["en", "tr"])
@pytest.mark.parametrize(
    "problem",
    [
        Problem(code="judging-disk", values={"errno": 30}),
        Problem(code="judging-some", values={"refused": 2, "count": 7}),
        Problem(code="judging-hung", values={"seconds": 600}),
    ],
)
def test_each_bad_end_is_a_sentence_in_both_languages(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch, problem: Problem, lang: str
) -> None:
    tell(monkeypatch, Judging((200,), "failed", problem=problem))
    app = open_page("generate", run=make_drawable(store).run_id, lang=lang)
    assert len(app.warning[0].value) > 40 and "{" not in app.warning[0].value and "judge" in keys(app)


def test_what_a_stranger_may_not_have_judged_is_not_offered(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "may_judge", lambda *_: False)
    assert "judge" not in keys(open_page("generate", run=make_drawable(store).run_id))


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of the gallery, from a thin bundle: it has kept steps 100 and 200, and its full state of step 7 is gone."""
    run = make_drawable(RunStore(tmp_path / "elsewhere"))
    save_full_state(run)
    folder = Path(os.environ["DCGAN_GALLERY"])
    folder.mkdir()
    export_run(run, folder / "one.dcgan", thin=True)
    gallery = Gallery(folder, Path(os.environ["DCGAN_STATE"]), unpack)
    gallery.load()
    monkeypatch.setattr(state, "_gallery", lambda *_: gallery)
    found = gallery.find(run.run_id)
    assert found is not None
    return found


class QuietJudges:
    """Notes who asked for what; nothing is judged."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, tuple[int, ...], str]] = []
        monkeypatch.setattr(
            Judges, "start", lambda _, run, steps, samples, owner: self.asked.append((run.run_id, tuple(steps), owner))
        )


def look(shown: Run, visitor: Visitor | None = None, **address: str) -> AppTest:
    """Open Generate on the gallery's run, as a visitor of a public server where one is given."""
    app = AppTest.from_file(ENTRY, default_timeout=30)
    if visitor is not None:
        app.session_state["visitor.owner"] = visitor.owner
    app.run()
    app.switch_page("pages/generate.py")
    for name, value in {"run": shown.run_id, **address}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def test_a_checkpoint_of_the_gallery_is_judged_by_the_same_button(
    asked: object, shown: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    judges = QuietJudges(monkeypatch)
    app = look(shown)
    assert "kept beside the run, for everybody" in words(app)
    app.button(key="judge").click().run()
    app.button(key="judge-all").click().run()
    assert judges.asked == [(shown.run_id, (200,), ""), (shown.run_id, (100, 200), "")]
    choice = app.selectbox(key=f"draw-checkpoint-{shown.run_id}")
    assert len(choice.options) == 3 and not any("step 7" in option for option in choice.options)
    gone = look(shown, checkpoint="7")  # nobody has it any more
    assert not {"judge", "judge-all"} & keys(gone)


def test_a_visitor_has_one_checkpoint_of_the_gallery_judged_and_everybody_sees_its_numbers(
    asked: object, shown: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_PUBLIC", "1")
    judges = QuietJudges(monkeypatch)
    app = look(shown, VISITOR, checkpoint="100")
    assert "judge-all" not in keys(app)
    app.button(key="judge").click().run()
    assert judges.asked == [(shown.run_id, (100,), VISITOR.owner)]

    keep(shown, 100, 30.0)
    for visitor in (VISITOR, ANOTHER):
        app = look(shown, visitor, checkpoint="100")
        assert "<b>30" in words(app) and "judge" not in keys(app)
    keep(shown, 200, 12.5)
    assert "The best that was judged is step 200, FCD 12.5" in words(look(shown, ANOTHER, checkpoint="100"))


def test_only_who_asked_for_a_checkpoint_of_the_gallery_can_cancel(
    asked: object, shown: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_PUBLIC", "1")
    tell(monkeypatch, Judging((200,), "drawing", done=30, total=100, owner=VISITOR.owner))
    for visitor, may_cancel in ((VISITOR, True), (ANOTHER, False)):
        app = look(shown, visitor)
        (bar,) = app.get("progress")
        assert bar.proto.value == 30 and "judge" not in keys(app)
        assert ("cancel-judging" in keys(app)) == may_cancel
