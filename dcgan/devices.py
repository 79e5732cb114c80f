"""What this machine has for training: processors, GPUs, memory, and which build of TensorFlow is installed.

Reads the system's own files, NVIDIA's management library and the packages' metadata; never imports TensorFlow, so it
may be used in the server. What TensorFlow itself sees is asked in a process of its own (`dcgan.models.probe`).
"""

import math
import os
import platform
import re
import sys
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Literal

import psutil

# The notebook's recipe in bfloat16 on two cores without instructions for it: with AVX2, 3 images/s to 223 in float32;
# with AVX-512, where oneDNN converts, 148 to 513 (docs/log.md).
SLOWDOWN, SLOWDOWN_WITH_AVX512 = 70, 3

CPUINFO = Path("/proc/cpuinfo")
CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA GPU.

    `id` is "gpu:0" and so on in NVML's order, which is the bus's and may differ from CUDA's: name a GPU to a
    worker by its `uuid` (CUDA_VISIBLE_DEVICES takes it). `memory` is in bytes, None where the driver does not say.
    """

    id: str
    name: str
    memory: int | None
    uuid: str


@dataclass(frozen=True)
class Gpus:
    """The NVIDIA GPUs that this process may use, or why there are none.

    `state` is "found", "none" (no driver here), "broken" (a driver that does not answer) or "hidden" (by
    CUDA_VISIBLE_DEVICES); `reason` says it in the library's own words. `cuda` is the newest CUDA that the driver runs.
    """

    state: Literal["found", "none", "broken", "hidden"]
    reason: str
    devices: tuple[Gpu, ...] = ()
    driver: str | None = None
    cuda: tuple[int, int] | None = None


@dataclass(frozen=True)
class TensorFlowBuild:
    """Which TensorFlow is installed, from the packages' metadata.

    `kind` is "missing", "cpu", "gpu" (can use NVIDIA's GPUs) or "both" (two packages that overwrite each other: a
    fault). `missing_cuda` names the NVIDIA wheels that the GPU build asks for and that are absent.
    """

    kind: Literal["missing", "cpu", "gpu", "both"]
    version: str | None
    missing_cuda: tuple[str, ...] = ()


def read_gpus() -> Gpus:
    """Ask NVIDIA's management library; whatever goes wrong there is an answer, not an error."""
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError_LibraryNotFound as error:
        return Gpus("none", str(error))
    except (pynvml.NVMLError, OSError) as error:
        return Gpus("broken", str(error))
    try:
        driver = str(pynvml.nvmlSystemGetDriverVersion())
        cuda = int(pynvml.nvmlSystemGetCudaDriverVersion_v2())  # 12080 is 12.8
        devices = tuple(_read_gpu(index) for index in range(pynvml.nvmlDeviceGetCount()))
    except (pynvml.NVMLError, OSError) as error:
        return Gpus("broken", str(error))
    finally:
        pynvml.nvmlShutdown()

    visible = _visible(devices, os.environ.get("CUDA_VISIBLE_DEVICES"))
    gpus = Gpus("found", f"{len(visible)} of {len(devices)}", visible, driver, (cuda // 1000, cuda % 1000 // 10))
    if not devices:
        return replace(gpus, state="none", reason="the driver lists no GPU")
    if not visible:
        return replace(gpus, state="hidden", reason=f"CUDA_VISIBLE_DEVICES={os.environ['CUDA_VISIBLE_DEVICES']}")
    return gpus


def _read_gpu(index: int) -> Gpu:
    import pynvml

    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    try:
        memory = int(pynvml.nvmlDeviceGetMemoryInfo(handle).total)
    except pynvml.NVMLError_NotSupported:  # boards that share the system's memory
        memory = None
    return Gpu(f"gpu:{index}", str(pynvml.nvmlDeviceGetName(handle)), memory, str(pynvml.nvmlDeviceGetUUID(handle)))


def _visible(devices: tuple[Gpu, ...], wanted: str | None) -> tuple[Gpu, ...]:
    """The devices that CUDA_VISIBLE_DEVICES leaves, by index or by a UUID's beginning; an unknown entry ends it."""
    if wanted is None:
        return devices
    left: list[Gpu] = []
    for entry in (part.strip() for part in wanted.split(",")):
        uuid_begins = entry if entry.startswith("GPU-") else "no index"
        named = [d for d in devices if d.id == f"gpu:{entry}" or d.uuid.startswith(uuid_begins)]
        if len(named) != 1:
            break
        left += named
    return tuple(left)


def cpu_name() -> str:
    """The processor's name as the system gives it."""
    match = re.search(r"^model name\s*:\s*(.+)$", _read(CPUINFO), re.MULTILINE)
    return match[1].strip() if match else platform.processor() or platform.machine()


def cpu_count() -> int:
    """How many processors this process may keep busy: those of its affinity, no more than its control group's share."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quota, _, period = _read(CGROUP / "cpu.max").partition(" ")
    if quota.isdigit() and period.strip().isdigit():
        allowed = min(allowed, math.ceil(int(quota) / int(period)))
    return allowed


def total_memory() -> int:
    """Bytes of memory that this process may use: the machine's, no more than its control group's limit."""
    total = psutil.virtual_memory().total
    limit = _read(CGROUP / "memory.max").strip()  # "max" where there is none
    return min(total, int(limit)) if limit.isdigit() else total


def available_memory() -> int:
    """Bytes that can be taken now without swapping."""
    available = psutil.virtual_memory().available
    used = _read(CGROUP / "memory.current").strip()
    return min(available, max(0, total_memory() - int(used))) if used.isdigit() else available


def has_bfloat16() -> bool | None:
    """Whether the CPU multiplies bfloat16 itself; None where the system does not list it (only Linux does).

    Without it oneDNN converts to float32 and back where it has AVX-512, and is slower than float32 elsewhere.
    """
    flags = _cpu_flags()
    return bool(flags & {"avx512_bf16", "amx_bf16", "bf16"}) if flags else None  # bf16: 64-bit Arm's name


def has_avx512() -> bool:
    """Whether the CPU is known to compute 16 float32 at once."""
    return "avx512f" in _cpu_flags()


def _cpu_flags() -> set[str]:
    """The processor's instruction sets as the system names them; empty where it does not."""
    listed = re.search(r"^(?:flags|Features)\s*:(.+)$", _read(CPUINFO), re.MULTILINE)
    return set(listed[1].split()) if listed else set()


@lru_cache(maxsize=1)
def bfloat16_slowdown() -> int | None:
    """How many times slower than float32 a training in bfloat16 is here, as it was measured; None where it is not.

    With a GPU that TensorFlow can use, and where it cannot be known, it is taken not to be. Looked up once a process,
    so that it may be asked whenever a form is drawn.
    """
    if has_bfloat16() is not False:
        return None
    if read_gpus().devices and tensorflow_build().kind == "gpu":
        return None
    return SLOWDOWN_WITH_AVX512 if has_avx512() else SLOWDOWN


def tensorflow_build() -> TensorFlowBuild:
    """Which build is installed here, without importing it."""
    plain, cpu_only = _version("tensorflow"), _version("tensorflow-cpu")
    if plain and cpu_only:
        return TensorFlowBuild("both", plain)
    if plain is None:
        return TensorFlowBuild("cpu" if cpu_only else "missing", cpu_only)
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return TensorFlowBuild("cpu", plain)
    asked = [line for line in metadata.requires("tensorflow") or () if re.search(r"extra\s*==\s*.and-cuda", line)]
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in asked]
    return TensorFlowBuild("gpu", plain, tuple(name for name in names if _version(name) is None))


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _read(path: Path) -> str:
    """A small file of the system, or nothing where this system has none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
