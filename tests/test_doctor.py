import sys
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from typing import Any

import pytest

from dcgan import devices, doctor
from dcgan.data import datasets
from dcgan.devices import Gpu, Gpus, TensorFlowBuild
from dcgan.doctor import Finding, to_text

GIB = 1024**3
H200 = Gpu("gpu:0", "NVIDIA H200", 141 * GIB, "GPU-aaaa")
NO_GPU = Gpus("none", "NVML Shared Library Not Found")
ONE_GPU = Gpus("found", "1 of 1", (H200,), "570.124.06", (12, 8))
CPU_BUILD, GPU_BUILD = TensorFlowBuild("cpu", "2.21.0"), TensorFlowBuild("gpu", "2.21.0")


def facts(**changed: object) -> Mapping[str, Any]:
    """What `dcgan.models.probe` tells of a sound machine."""
    sound = {"tensorflow": "2.21.0", "keras": "3.15.1", "import_seconds": 4.2, "devices": ["CPU:0"]}
    return {**sound, "gflops": {"CPU:0": {"float32": 100.0, "bfloat16": 182.0}}, **changed}


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in findings]


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ((3, 10, 13), "python.unsupported"),
        ((3, 11, 0), "python.ok"),
        ((3, 13, 9), "python.ok"),
        ((3, 14, 0), "python.unsupported"),
    ],
)
def test_the_supported_pythons(version: tuple[int, int, int], code: str) -> None:
    assert doctor.judge_python(version).code == code


def test_a_cpu_build_beside_a_gpu_says_how_to_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    (finding,) = doctor.judge_build(CPU_BUILD, ONE_GPU)
    assert (finding.code, finding.severity) == ("build.cpu_beside_gpu", "warning")
    assert to_text(finding).startswith("GPU present, CPU build installed: NVIDIA H200 is idle. Run `make run` again")


@pytest.mark.parametrize(
    ("build", "gpus", "expected"),
    [
        (CPU_BUILD, NO_GPU, [("build.ok", "ok")]),
        (GPU_BUILD, ONE_GPU, [("build.ok", "ok")]),
        (TensorFlowBuild("missing", None), NO_GPU, [("build.missing", "error")]),
        (TensorFlowBuild("both", "2.21.0"), ONE_GPU, [("build.both", "error")]),
        (
            TensorFlowBuild("gpu", "2.21.0", ("nvidia-nccl-cu12",)),
            ONE_GPU,
            [("build.ok", "ok"), ("build.cuda_missing", "warning")],
        ),
        (TensorFlowBuild("gpu", "2.21.0", ("nvidia-nccl-cu12",)), NO_GPU, [("build.ok", "ok")]),
    ],
)
def test_the_build_is_judged_by_what_the_machine_has(
    build: TensorFlowBuild, gpus: Gpus, expected: list[tuple[str, str]]
) -> None:
    assert codes(doctor.judge_build(build, gpus)) == expected


@pytest.mark.parametrize(
    ("gpus", "expected"),
    [
        (NO_GPU, [("gpu.none", "info")]),
        (Gpus("hidden", "CUDA_VISIBLE_DEVICES="), [("gpu.hidden", "info")]),
        (Gpus("broken", "Driver/library version mismatch"), [("gpu.broken", "warning")]),
        (ONE_GPU, [("gpu.found", "ok")]),
        (Gpus("found", "", (H200,), "535.1", (12, 2)), [("gpu.found", "ok"), ("gpu.driver_old", "info")]),
        (Gpus("found", "", (H200,), "470.1", (11, 4)), [("gpu.found", "ok"), ("gpu.driver_too_old", "error")]),
        (Gpus("found", "", (H200, H200), "580.1", (13, 0)), [("gpu.found", "ok")] * 2),
    ],
)
def test_gpus_and_their_driver_are_judged(gpus: Gpus, expected: list[tuple[str, str]]) -> None:
    assert codes(doctor.judge_gpus(gpus)) == expected


def test_a_gpu_is_told_with_memory_driver_and_cuda() -> None:
    (finding,) = doctor.judge_gpus(ONE_GPU)
    assert to_text(finding) == "NVIDIA H200, 141.0 GiB, driver 570.124.06, CUDA up to 12.8."


@pytest.mark.parametrize(
    ("bfloat16", "expected"),
    [
        (True, [("cpu", "ok"), ("cpu.bfloat16", "info")]),
        (False, [("cpu", "ok"), ("cpu.no_bfloat16", "info")]),
        (None, [("cpu", "ok")]),
    ],
)
def test_bfloat16_is_only_judged_where_it_is_known(bfloat16: bool | None, expected: list[tuple[str, str]]) -> None:
    assert codes(doctor.judge_cpu("A CPU", 2, bfloat16)) == expected


@pytest.mark.parametrize(("free", "code"), [(GIB, "memory.little"), (2 * GIB, "memory.ok")])
def test_little_memory_is_a_warning(free: int, code: str) -> None:
    assert doctor.judge_memory(free, 4 * GIB).code == code


@pytest.mark.parametrize(
    ("free", "expected"),
    [(10**6, ("disk.full", "error")), (GIB, ("disk.little", "warning")), (9 * GIB, ("disk.ok", "ok"))],
)
def test_a_disk_without_room_is_named(free: int, expected: tuple[str, str]) -> None:
    finding = doctor.judge_disk(Path("/data/runs"), free)
    assert (finding.code, finding.severity) == expected
    assert "/data/runs" in to_text(finding)


@pytest.mark.parametrize(("is_sample", "expected"), [(False, ("data.ok", "ok")), (True, ("data.sample", "warning"))])
def test_a_sample_in_place_of_the_data_set_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, is_sample: bool, expected: tuple[str, str]
) -> None:
    dataset = SimpleNamespace(images=range(10_000), source="sample", is_sample=is_sample)
    monkeypatch.setattr(datasets, "load_dataset", lambda name: dataset)
    finding = doctor.judge_data("fashion-mnist")
    assert (finding.code, finding.severity) == expected
    assert "10,000 images" in to_text(finding)


def test_an_unknown_data_set_is_an_error_with_the_reason() -> None:
    finding = doctor.judge_data("no-such-set")
    assert (finding.code, finding.severity) == ("data.unreadable", "error")
    assert "is not known" in to_text(finding)


def test_a_tensorflow_that_does_not_start_is_an_error() -> None:
    (finding,) = doctor.judge_probe({"error": "ImportError: no libz"}, CPU_BUILD, NO_GPU)
    assert (finding.code, finding.severity) == ("tensorflow.broken", "error")
    assert "ImportError: no libz" in to_text(finding)


def test_speed_is_told_with_the_worth_of_bfloat16() -> None:
    findings = doctor.judge_probe(facts(), CPU_BUILD, NO_GPU)
    assert codes(findings) == [("tensorflow.ok", "ok"), ("speed", "info")]
    # 182 / 100 = 1.82
    assert to_text(findings[1]) == "CPU:0: 100.0 GFLOP/s in float32, 182.0 in bfloat16 (1.82 times)."


def test_a_gpu_that_tensorflow_does_not_see_is_an_error_with_its_complaint() -> None:
    findings = doctor.judge_probe(facts(complaint="Cannot dlopen some GPU libraries."), GPU_BUILD, ONE_GPU)
    assert ("tensorflow.no_gpu", "error") in codes(findings)
    assert "does not see the GPU (Cannot dlopen some GPU libraries.)" in to_text(findings[1])
    seen = facts(devices=["CPU:0", "GPU:0"])
    assert ("tensorflow.no_gpu", "error") not in codes(doctor.judge_probe(seen, GPU_BUILD, ONE_GPU))


def answer(script: str) -> dict[str, Any]:
    return doctor.run_probe((sys.executable, "-c", f"import os, sys, time; {script}"))


def test_the_probes_last_line_is_its_answer() -> None:
    assert answer("print('a greeting'); print('{\"tensorflow\": \"2.21.0\"}')")["tensorflow"] == "2.21.0"


def test_tensorflows_complaint_is_found_in_its_log() -> None:
    log = "W0000 00:00:1 7 gpu_device.cc:2430] Cannot dlopen some GPU libraries. Skipping."
    told = answer(f"print('a line', {log!r}, sep='\\n', file=sys.stderr); print('{{}}')")
    assert told["complaint"] == "Cannot dlopen some GPU libraries. Skipping."


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("os.kill(os.getpid(), 4)", "it ended with status -4: it said nothing"),
        ("sys.exit('Illegal instruction')", "it ended with status 1: Illegal instruction"),
        ("print('nonsense')", "it ended with status 0: it said nothing"),
    ],
)
def test_a_probe_that_dies_is_an_error_and_no_exception(script: str, error: str) -> None:
    assert answer(script) == {"error": error}


def test_a_probe_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PROBE_SECONDS", 0.2)
    assert answer("time.sleep(60)") == {"error": "no answer within 0 seconds"}


def test_everything_is_looked_at_and_has_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(devices, "read_gpus", lambda: NO_GPU)
    monkeypatch.setattr(devices, "tensorflow_build", lambda: CPU_BUILD)
    monkeypatch.setattr(doctor, "run_probe", facts)
    findings = doctor.diagnose(runs_folder=tmp_path / "not" / "yet" / "there")
    areas = [finding.code.split(".")[0] for finding in findings]
    assert list(dict.fromkeys(areas)) == [
        "python",
        "build",
        "gpu",
        "cpu",
        "memory",
        "disk",
        "data",
        "tensorflow",
        "speed",
    ]
    assert all(to_text(finding) for finding in findings)


def test_without_tensorflow_it_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(devices, "tensorflow_build", lambda: TensorFlowBuild("missing", None))
    monkeypatch.setattr(doctor, "run_probe", lambda: pytest.fail("asked"))
    assert ("build.missing", "error") in codes(doctor.diagnose(runs_folder=tmp_path))


def test_every_sentence_is_plain_and_ends() -> None:
    for code, sentence in doctor.SENTENCES.items():
        assert sentence[-1] in ".}" and "  " not in sentence, code
        assert all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(sentence)), code
