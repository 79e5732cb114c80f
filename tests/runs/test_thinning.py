"""Facts about what is left of a run in a thin bundle: every spike, few grids, few generators in half the bytes."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bundle_runs import make_trained_run, pack_run
from dcgan.config import build_config
from dcgan.runs import thinning
from dcgan.runs.checkpoints import from_bytes, to_bytes
from dcgan.runs.store import RunStore
from fake_runs import judge_run, judgement


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.mark.parametrize(
    ("count", "chosen"), [(10, list(range(10))), (3, [0, 4, 9]), (2, [0, 9])]
)  # 4.5 is rounded to the even number
def test_what_is_spread_keeps_both_ends(count: int, chosen: list[int]) -> None:
    assert thinning.spread(list(range(10)), count) == chosen
    assert thinning.spread([], count) == []


def test_a_row_is_found_at_or_before_a_step(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    assert thinning.find_row(path, 5) is None
    path.write_text(
        '{"step":1,"d_loss":1.0}\ntorn\n{"step":4,"d_loss":2.0}\n{"step":4,"kid":0.1}\n{"step":6,"d_loss":3.0}\n'
    )
    row = thinning.find_row(path, 5)
    assert row is not None and row["d_loss"] == 2.0
    assert thinning.find_row(path, 0) is None


def spiky_rows(count: int) -> list[dict[str, Any]]:
    rows = [{"step": step, "epoch": step / 10, "seconds": 1.0, "d_loss": 1.0, "g_loss": 1.0, "d_real": 0.5,
             "d_fake": 0.5, "images_per_second": None} for step in range(1, count + 1)]  # fmt: skip
    rows[1234]["d_loss"], rows[4321]["g_loss"], rows[2345]["d_real"], rows[77]["d_fake"] = 99.0, -7.0, 0.01, 0.98
    return rows


def test_a_thin_bundle_loses_no_spike(store: RunStore) -> None:
    run = make_trained_run(store, rows=0)
    run.append_metrics([*spiky_rows(5000), {"step": 5000, "kid": 0.1}])
    there = members(pack_run(run, thin=True))
    kept = [json.loads(line) for line in there["metrics.jsonl"].splitlines()]
    assert 100 < len(kept) <= thinning.ROWS
    assert {1, 1235, 4322, 2346, 78, 5000} <= {row["step"] for row in kept}
    assert kept[-1] == {"step": 5000, "kid": 0.1}
    assert [row["step"] for row in kept] == sorted(row["step"] for row in kept)


def kept_rows(content: bytes) -> list[dict[str, Any]]:
    rows = map(json.loads, members(content)["metrics.jsonl"].splitlines())
    return [row for row in rows if "d_loss" in row]


def test_each_row_of_a_thin_bundle_says_the_mean_of_what_it_stands_for(store: RunStore) -> None:
    run = make_trained_run(store, rows=0)
    given = spiky_rows(5000)
    for row in given:
        row["g_loss"] = (row["step"] * 7919) % 101 / 10
    run.append_metrics(given)
    kept = kept_rows(pack_run(run, thin=True))
    assert sum(row["rows"] for row in kept) == 5000
    stands, before = 0.0, 0
    for row in kept:
        own = [one["g_loss"] for one in given[before : row["step"]]]
        assert row["rows"] == len(own) and row["mean_g_loss"] == pytest.approx(np.mean(own), abs=1e-6)
        stands, before = stands + row["rows"] * row["mean_g_loss"], row["step"]
    assert stands / 5000 == pytest.approx(np.mean([row["g_loss"] for row in given]), abs=1e-5)
    assert "mean_images_per_second" not in kept[0]  # it had none


def test_a_run_that_was_thinned_twice_stands_for_the_same_rows(store: RunStore) -> None:
    run = make_trained_run(store, rows=0)
    run.append_metrics(
        [row | {"rows": 10, "mean_d_loss": 3.0 + row["step"] % 2, "mean_g_loss": 1.0} for row in spiky_rows(5000)]
    )
    kept = kept_rows(pack_run(run, thin=True))
    assert sum(row["rows"] for row in kept) == 50_000
    assert sum(row["rows"] * row["mean_d_loss"] for row in kept) / 50_000 == pytest.approx(3.5, abs=1e-5)


def test_a_thin_bundle_keeps_the_best_judgement_among_many(store: RunStore) -> None:
    run = make_trained_run(store, rows=40)
    judged = [judgement(step, 9.0 if step == 777 else 20.0) for step in range(500, 1500)]
    run.append_metrics(judged)
    kept = [json.loads(line) for line in members(pack_run(run, thin=True))["metrics.jsonl"].splitlines()]
    steps = [row["step"] for row in kept if "fcd" in row]
    assert len(steps) == 200 and {500, 777, 1499} <= {*steps}


def test_a_thin_bundle_has_the_best_generator_beside_the_six(store: RunStore) -> None:
    run = make_trained_run(store, step=400, grids=(0,), generators=(*range(20, 401, 20), 66))
    judge_run(run, {66: 12.5, 400: 30.0})
    there = members(pack_run(run, thin=True))
    steps = [int(name[12:18]) for name in there if name.endswith(".generator.safetensors")]
    assert len(steps) == thinning.GENERATORS + 1 and 66 in steps
    assert from_bytes(there["checkpoints/000066.generator.safetensors"]).notes["weights"] == "float16"
    assert json.loads(there["checkpoints/best.json"])["step"] == 66


def test_a_thin_bundle_has_few_grids_and_six_generators_in_float16_and_no_state(store: RunStore) -> None:
    steps = tuple(range(0, 401, 5))
    generators = tuple(range(20, 401, 20))
    run = make_trained_run(store, step=400, grids=steps, generators=generators)
    there = members(pack_run(run, thin=True))
    weights = [name for name in there if name.startswith("checkpoints/")]
    assert len(weights) == thinning.GENERATORS and all(name.endswith(".generator.safetensors") for name in weights)
    assert weights[0] == "checkpoints/000020.generator.safetensors"
    assert weights[-1] == "checkpoints/000400.generator.safetensors"
    grids = [int(name[8:14]) for name in there if name.endswith(".png")]
    assert grids == sorted({*range(0, 50, 5), *generators})  # the first ten, and each epoch's end
    checkpoint, whole = from_bytes(there[weights[-1]]), from_bytes((run.run_dir / weights[-1]).read_bytes())
    assert checkpoint.notes["weights"] == "float16"
    for name, values in whole.arrays.items():
        assert checkpoint.arrays[name].dtype == np.float16
        np.testing.assert_array_equal(checkpoint.arrays[name], values.astype(np.float16))


def test_weights_beyond_float16_keep_their_type() -> None:
    config = build_config("stable", {"generator.base_filters": 4})
    arrays = {"a": np.array([1e6], np.float32), "b": np.array([0.1], np.float32)}
    half = from_bytes(thinning.to_float16(to_bytes(1, arrays, {"config": config.model_dump(mode="json")})))
    assert (half.arrays["a"].dtype, half.arrays["b"].dtype) == (np.float32, np.float16)
    assert half.arrays["a"][0] == np.float32(1e6)
