"""What is right and wrong with this machine and installation, and what to do about each.

Owns the judgements: small pure functions from facts to findings. The facts come from `devices`, from the data sets and
from a probe of TensorFlow in a process of its own, so TensorFlow is never imported here. Findings carry a code and
values; `to_text` is the command line's English.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dcgan import devices

Value = str | int | float
PROBE_SECONDS = 300.0  # importing TensorFlow takes 4 to 15 s; a cold disk and a busy machine some minutes
GIB = 1024**3

MEMORY_NEEDED = 1.5  # GiB: the server and one worker at the notebook's size take about 1.0
DISK_NEEDED = 2.0  # GiB: a few runs with their checkpoints
DISK_LEAST = 0.25
CUDA_LEAST, CUDA_BUILT = (12, 0), (12, 5)  # a driver for any CUDA 12 runs what was built with 12.5, as NVIDIA promises

SENTENCES = {
    "python.ok": "Python {version}.",
    "python.unsupported": "Python {version} is not supported: install Python 3.11, 3.12 or 3.13 and start `make run`.",
    "build.ok": "TensorFlow {version} is installed, the {kind} build.",
    "build.missing": "TensorFlow is not installed: run `make run`, or pip install -r requirements.txt.",
    "build.both": (
        "Both tensorflow and tensorflow-cpu are installed and overwrite each other: remove .venv and run `make run`, "
        "or pip uninstall both and install one of requirements.txt and requirements-gpu.txt."
    ),
    "build.cpu_beside_gpu": (
        "GPU present, CPU build installed: {gpu} is idle. Run `make run` again, or pip uninstall -y tensorflow-cpu and "
        "then pip install -r requirements-gpu.txt."
    ),
    "build.cuda_missing": (
        "The GPU build lacks NVIDIA's libraries ({packages}): pip install -r requirements-gpu.txt. "
        "Without them only a matching CUDA of the system will do."
    ),
    "gpu.found": "{name}, {memory_gib} GiB, driver {driver}, CUDA up to {cuda}.",
    "gpu.none": "No NVIDIA GPU found: training runs on the CPU.",
    "gpu.hidden": "The GPUs are hidden from this process by {reason}: training runs on the CPU.",
    "gpu.broken": (
        "The NVIDIA driver does not answer ({reason}): restart the machine or install the driver again. "
        "Until then training runs on the CPU."
    ),
    "gpu.driver_too_old": (
        "The NVIDIA driver {driver} knows CUDA {cuda} at most and TensorFlow was built with 12.5: install a driver of "
        "version 525.60 or newer, best 555 or newer."
    ),
    "gpu.driver_old": "The NVIDIA driver {driver} is older than CUDA 12.5 and should do; if not, install 555 or newer.",
    "cpu": "{name}, {cores} cores for this process.",
    "cpu.bfloat16": "The CPU multiplies bfloat16 itself: training with it is faster here.",
    "cpu.no_bfloat16": "The CPU does not multiply bfloat16 itself: expect no gain from it here.",
    "memory.ok": "{available_gib} GiB of {total_gib} GiB memory are free.",
    "memory.little": (
        "Only {available_gib} GiB of {total_gib} GiB memory are free, and a training needs about {needed_gib}: close "
        "other programs first."
    ),
    "disk.ok": "{free_gib} GiB are free in {folder}.",
    "disk.little": "Only {free_gib} GiB are free in {folder}: runs with their checkpoints will fill it soon.",
    "disk.full": "Only {free_gib} GiB are free in {folder}: free some space before training.",
    "data.ok": "{dataset}: {count} images, from {source}.",
    "data.sample": (
        "{dataset}: only the sample of {count} images that comes with the app. Connect to the internet once, or "
        "install Debian's dataset-fashion-mnist, for all 60,000."
    ),
    "data.unreadable": "{dataset} cannot be read: {reason}",
    "tensorflow.ok": "TensorFlow {version} with Keras {keras} starts in {seconds} s and sees {devices}.",
    "tensorflow.broken": "TensorFlow does not start ({reason}): remove .venv and run `make run` to install it again.",
    "tensorflow.no_gpu": (
        "TensorFlow does not see the GPU{reason}: compare the driver with nvidia-smi, and if CUDA libraries are named, "
        "pip install --force-reinstall -r requirements-gpu.txt."
    ),
    "speed": "{device}: {float32} GFLOP/s in float32, {bfloat16} in bfloat16 ({ratio} times).",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    `code` keys the sentence in every language, `values` fill it; "ok" and "info" need no action, "warning" may, "error"
    keeps the app from training.
    """

    code: str
    severity: Literal["ok", "info", "warning", "error"]
    values: Mapping[str, Value] = field(default_factory=dict)


def to_text(finding: Finding) -> str:
    """The finding as an English sentence that says what to do."""
    return SENTENCES[finding.code].format(**finding.values)


def diagnose(runs_folder: Path = Path("runs"), dataset: str = "fashion-mnist") -> list[Finding]:
    """Look at everything, in the order in which faults follow from each other; takes some ten seconds.

    Args:
        runs_folder: where runs are kept; need not exist yet.
        dataset: a name that `load_dataset` knows; fetched if it is not on this machine.
    """
    build, gpus = devices.tensorflow_build(), devices.read_gpus()
    return [
        judge_python(sys.version_info[:3]),
        *judge_build(build, gpus),
        *judge_gpus(gpus),
        *judge_cpu(devices.cpu_name(), devices.cpu_count(), devices.has_bfloat16()),
        judge_memory(devices.available_memory(), devices.total_memory()),
        judge_disk(runs_folder, _free_bytes(runs_folder)),
        judge_data(dataset),
        *(judge_probe(run_probe(), build, gpus) if build.kind != "missing" else ()),
    ]


def judge_python(version: tuple[int, int, int]) -> Finding:
    """Whether TensorFlow has wheels for this Python."""
    values = {"version": ".".join(str(part) for part in version)}
    if (3, 11) <= version[:2] <= (3, 13):
        return Finding("python.ok", "ok", values)
    return Finding("python.unsupported", "error", values)


def judge_build(build: devices.TensorFlowBuild, gpus: devices.Gpus) -> list[Finding]:
    """Whether the installed TensorFlow is one, and the one for this machine."""
    if build.kind in ("missing", "both"):
        return [Finding(f"build.{build.kind}", "error")]
    if build.kind == "cpu" and gpus.devices:
        values = {"gpu": gpus.devices[0].name}
        # Elsewhere than on Linux there is no other build to install.
        return [Finding("build.cpu_beside_gpu", "warning", values)] if sys.platform == "linux" else []
    findings = [Finding("build.ok", "ok", {"version": str(build.version), "kind": build.kind.upper()})]
    if build.missing_cuda and gpus.devices:
        findings.append(Finding("build.cuda_missing", "warning", {"packages": ", ".join(build.missing_cuda)}))
    return findings


def judge_gpus(gpus: devices.Gpus) -> list[Finding]:
    """What GPUs there are, and whether their driver is new enough."""
    if gpus.state != "found":
        severity: Literal["info", "warning"] = "warning" if gpus.state == "broken" else "info"
        return [Finding(f"gpu.{gpus.state}", severity, {"reason": gpus.reason})]
    cuda = gpus.cuda or (0, 0)
    known = {"driver": str(gpus.driver), "cuda": f"{cuda[0]}.{cuda[1]}"}
    found = []
    for gpu in gpus.devices:
        size: Value = "unknown" if gpu.memory is None else _gib(gpu.memory)
        found.append(Finding("gpu.found", "ok", {"name": gpu.name, "memory_gib": size, **known}))
    if cuda < CUDA_LEAST:
        return [*found, Finding("gpu.driver_too_old", "error", known)]
    if cuda < CUDA_BUILT:
        return [*found, Finding("gpu.driver_old", "info", known)]
    return found


def judge_cpu(name: str, cores: int, bfloat16: bool | None) -> list[Finding]:
    """The processor, and what bfloat16 is worth on it where that is known."""
    findings = [Finding("cpu", "ok", {"name": name, "cores": cores})]
    if bfloat16 is not None:
        findings.append(Finding("cpu.bfloat16" if bfloat16 else "cpu.no_bfloat16", "info"))
    return findings


def judge_memory(available: int, total: int) -> Finding:
    """Whether a training fits beside what runs now; bytes."""
    values = {"available_gib": _gib(available), "total_gib": _gib(total), "needed_gib": MEMORY_NEEDED}
    if available < MEMORY_NEEDED * GIB:
        return Finding("memory.little", "warning", values)
    return Finding("memory.ok", "ok", values)


def judge_disk(folder: Path, free: int) -> Finding:
    """Whether runs fit where they are kept; bytes."""
    values: dict[str, Value] = {"folder": str(folder.absolute()), "free_gib": _gib(free)}
    if free < DISK_LEAST * GIB:
        return Finding("disk.full", "error", values)
    if free < DISK_NEEDED * GIB:
        return Finding("disk.little", "warning", values)
    return Finding("disk.ok", "ok", values)


def judge_data(name: str) -> Finding:
    """Whether the data set is here in full; loads it."""
    from dcgan.data.datasets import load_dataset

    try:
        dataset = load_dataset(name)
    except (OSError, ValueError) as error:
        return Finding("data.unreadable", "error", {"dataset": name, "reason": str(error)})
    values: dict[str, Value] = {"dataset": name, "count": f"{len(dataset.images):,}", "source": dataset.source}
    if dataset.is_sample:
        return Finding("data.sample", "warning", values)
    return Finding("data.ok", "ok", values)


def judge_probe(facts: Mapping[str, Any], build: devices.TensorFlowBuild, gpus: devices.Gpus) -> list[Finding]:
    """What TensorFlow said of itself (see `dcgan.models.probe`), against what should be there."""
    if "error" in facts:
        return [Finding("tensorflow.broken", "error", {"reason": facts["error"]})]
    seen = ", ".join(facts["devices"])
    values: dict[str, Value] = {
        "version": facts["tensorflow"],
        "keras": facts["keras"],
        "seconds": facts["import_seconds"],
    }
    findings = [Finding("tensorflow.ok", "ok", {**values, "devices": seen})]
    if build.kind == "gpu" and gpus.devices and "GPU" not in seen:
        reason = f" ({facts['complaint']})" if facts.get("complaint") else ""
        findings.append(Finding("tensorflow.no_gpu", "error", {"reason": reason}))
    for device, rates in facts["gflops"].items():
        ratio = round(rates["bfloat16"] / rates["float32"], 2)
        findings.append(Finding("speed", "info", {"device": device, **rates, "ratio": ratio}))
    return findings


def run_probe(command: tuple[str, ...] = (sys.executable, "-m", "dcgan.models.probe")) -> dict[str, Any]:
    """Ask TensorFlow in a process of its own; a crash, silence or nonsense comes back as {"error": …}."""
    options: dict[str, Any] = {"capture_output": True, "text": True, "errors": "replace", "timeout": PROBE_SECONDS}
    try:
        answer = subprocess.run(command, cwd=Path(__file__).parent.parent, check=False, **options)
        facts = json.loads(answer.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"error": f"no answer within {PROBE_SECONDS:.0f} seconds"}
    except (IndexError, ValueError):
        last = answer.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        return {"error": f"it ended with status {answer.returncode}: {last[0]}"}
    return {**facts, "complaint": _complaint(answer.stderr)}


def _complaint(log: str) -> str:
    """The line of TensorFlow's log that says why it sees no GPU, without its prefix; empty where there is none."""
    found = next((line for line in log.splitlines() if "dlopen" in line or "cuInit" in line), "")
    return found.partition("] ")[2] or found


def _free_bytes(folder: Path) -> int:
    """Free bytes on the disk where a folder is or would be made."""
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(there).free


def _gib(count: int) -> float:
    return round(count / GIB, 1)
