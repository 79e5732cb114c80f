import pytest

from dcgan.runs.labels import Labels
from dcgan.runs.status import Problem, RunStatus, StatusRecord
from dcgan.runs.store import ListedRun
from ui import run_table, text
from ui.run_table import draw_facts, find_runs, order_runs


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")


def listed(run_id: str, labels: Labels | None = None, **status: object) -> ListedRun:
    known: dict[str, object] = {"status": RunStatus.FINISHED, "preset": "notebook", "dataset": "fashion-mnist"}
    return ListedRun(run_id, StatusRecord.model_validate(known | status), labels=labels or Labels())


def judged(value: float, metric: str = "fcd") -> dict[str, object]:
    return {"metric": metric, "value": value, "step": 2500, "epoch": 6.4}


RUNS = [
    listed("a", created=3, step=10, steps=100, seconds=5, bytes=7, losses={"d_loss": 1.5}, best=judged(30.0)),
    listed(
        "b",
        Labels(name="İstanbul 🦊", tags=("fast",)),
        created=2,
        step=90,
        steps=100,
        seconds=1,
        bytes=9,
        best=judged(12.5),
    ),
    listed("c", Labels(star=True, notes="why it failed"), created=1, preset="stable", losses={"d_loss": 0.5}),
    ListedRun("d", None, "broken", Problem(code="run-gone", values={"run": "d"})),
]


@pytest.mark.parametrize(
    ("order", "turned", "ids"),
    [
        ("newest", False, "cabd"),
        ("newest", True, "cbad"),
        ("progress", False, "cbad"),
        ("time", False, "cabd"),
        ("size", False, "cbad"),
        ("d_loss", False, "cbad"),  # one without a loss counts as 0
        ("best_fcd", False, "cbad"),  # one that was not judged comes after those that were, either way
        ("best_fcd", True, "cabd"),
        ("preset", True, "cabd"),
    ],
)
def test_starred_runs_stand_first_and_unreadable_ones_last_in_every_order(order: str, turned: bool, ids: str) -> None:
    assert "".join(run.run_id for run in order_runs(RUNS, order, turned)) == ids


def test_every_order_and_every_one_turned_round_sorts_all_runs() -> None:
    for order in run_table.ORDERS:
        assert {run.run_id for run in order_runs(RUNS, order)} == set("abcd")
        assert {run.run_id for run in order_runs(RUNS, order, turned=True)} == set("abcd")


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("", "abcd"),
        ("🦊", "b"),
        ("FAST notebook", "b"),
        ("failed", "c"),
        ("stable", "c"),
        ("fashion", "abc"),
        ("zzz", ""),
    ],
)
def test_runs_are_found_by_every_word_about_them(words: str, ids: str) -> None:
    assert "".join(run.run_id for run in find_runs(RUNS, words)) == ids


def test_tags_and_notes_are_text() -> None:
    facts = draw_facts(listed("x", Labels(tags=("<script>",), notes="<img src=x>")), [])
    assert "<script>" not in facts and "<img" not in facts
    assert "&lt;script&gt;" in facts and "&lt;img src=x&gt;" in facts


def test_a_line_says_how_a_run_stands() -> None:
    run = listed("x", step=25, steps=100, seconds=90, bytes=12_300_000, losses={"d_loss": 1.386, "g_loss": 0.693})
    facts = draw_facts(run, ["y", "x"])
    for words in ("finished", ">25\u00a0%<", ">notebook<", ">2 min<", "D 1.39 · G 0.69", ">12 MB<", ">B</b>"):
        assert words in facts


@pytest.mark.parametrize("turned", [False, True])
def test_runs_that_were_not_judged_come_after_those_that_were(turned: bool) -> None:
    runs = [listed("none"), listed("high", best=judged(30.0)), listed("fid", best=judged(1.0, "fid")),
            listed("low", best=judged(12.5)), listed("torn", best={"value": 0.0})]  # fmt: skip
    ids = [run.run_id for run in order_runs(runs, "best_fcd", turned)]
    assert ids == [*(["high", "low"] if turned else ["low", "high"]), "none", "fid", "torn"]


def test_the_best_fcd_stands_in_the_line_and_its_epoch_in_the_tooltip() -> None:
    facts = draw_facts(listed("x", best=judged(12.34)), [])
    assert 'title="Best FCD 12.3, at epoch 6.4; the lower, the better"' in facts and ">12.3<" in facts.replace(
        "</i>", ">"
    )
    facts = draw_facts(listed("x"), [])
    assert 'title="Not judged: no best FCD"' in facts and "FCD </i>–<" in facts


def test_a_share_is_written_in_the_readers_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "tr")
    assert ">%25<" in draw_facts(listed("x", step=25, steps=100), [])


def test_a_run_that_cannot_be_read_says_why() -> None:
    assert "The folder of d is gone." in draw_facts(RUNS[3], [])
