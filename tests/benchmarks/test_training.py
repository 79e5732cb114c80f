import pytest

from benchmarks import training
from benchmarks.training import Summary, claims, spread_notes, summarise
from benchmarks.worker import Measurement, count_steps


def measured(kind: str, speed: float, memory: float = 300.0) -> Measurement:
    return Measurement(kind, speed, steps=100, seconds=10.0, memory_mb=memory)


def test_ratios_are_taken_within_a_round() -> None:
    rounds = [
        {"notebook": measured("notebook", 100), "float32": measured("float32", 150)},  # 1.5
        {"notebook": measured("notebook", 50), "float32": measured("float32", 80)},  # 1.6, on a busy machine
        {"notebook": measured("notebook", 110), "float32": measured("float32", 154, memory=310)},  # 1.4
    ]
    baseline, ours = summarise(rounds, flops=250e6, peaks={"float32": 100.0, "bfloat16": 200.0})
    assert (baseline.kind, baseline.ratio) == ("notebook", 1.0)
    assert (ours.lowest, ours.median, ours.highest) == (80, 150, 154)
    assert ours.ratio == pytest.approx(1.5)
    assert ours.share_of_peak == pytest.approx(150 * 250e6 / 100e9)  # 37.5 %
    assert ours.memory_mb == 310


def test_bfloat16_is_held_against_its_own_peak() -> None:
    rounds = [{"notebook": measured("notebook", 100), "bfloat16": measured("bfloat16", 200)}]
    summaries = summarise(rounds, flops=250e6, peaks={"float32": 100.0, "bfloat16": 200.0})
    assert [summary.share_of_peak for summary in summaries] == pytest.approx([0.25, 0.25])


def test_each_precision_has_its_own_limit() -> None:
    summaries = [Summary(kind, 1, 1, 1, 1.5, 0.5, 699) for kind in ("notebook", "float32", "bfloat16")]
    assert [(claim.name, claim.kept) for claim in claims(summaries)] == [
        ("float32 to notebook", True),
        ("bfloat16 to notebook", False),
        ("float32: RssAnon", True),
        ("bfloat16: RssAnon", True),
    ]


def test_rounds_that_differ_are_warned_of() -> None:
    steady, noisy = Summary("a", 105, 100, 110, 1, 0.5, 1), Summary("b", 110, 100, 130, 1, 0.5, 1)
    assert spread_notes([steady, noisy]) == ["WARNING: the rounds of b differ by 30%: something else was running."]


def test_steps_are_counted_between_the_first_and_the_last_row_of_the_window() -> None:
    rows = [{"step": step, "seconds": step / 10} for step in range(1, 101)]
    assert count_steps(rows, 2.0, 5.0) == (30, pytest.approx(3.0))


def test_a_window_with_one_step_measures_nothing() -> None:
    with pytest.raises(RuntimeError, match="1 steps in 1 s are too few"):
        count_steps([{"step": 1, "seconds": 0.5}], 0.0, 1.0)


def test_bfloat16_is_left_out_with_a_reason_where_the_cpu_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.devices, "has_bfloat16", lambda: False)
    kinds, notes = training.choose_kinds(force_bfloat16=False)
    assert kinds == ["notebook", "float32"]
    assert notes[0].startswith("There is no bfloat16 row: this CPU has no instructions for it")
    assert training.choose_kinds(force_bfloat16=True)[0] == ["notebook", "float32", "bfloat16"]


def test_every_other_round_goes_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def measure(kind: str, seconds: float, warm_up: float) -> Measurement:
        order.append(kind)
        return measured(kind, 100)

    rates = iter([{"float32": 50.0}, {"float32": 60.0}, {"float32": 55.0}])
    monkeypatch.setattr(training, "measure", measure)
    monkeypatch.setattr(training, "measure_peaks", lambda: next(rates))
    rounds, peaks = training.run_rounds(["notebook", "float32"], training.parse_options(["--rounds", "3"]))
    assert order == ["notebook", "float32", "float32", "notebook", "notebook", "float32"]
    assert [list(measurements) for measurements in rounds] == [["notebook", "float32"]] * 3
    assert peaks == {"float32": 60.0}
