from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pynvml
import pytest

from dcgan import devices
from dcgan.devices import Gpu, Gpus, TensorFlowBuild

GIB = 1024**3
H200 = Gpu("gpu:0", "NVIDIA H200", 141 * GIB, "GPU-aaaa")
T4 = Gpu("gpu:1", "Tesla T4", 15 * GIB, "GPU-bbbb")


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make NVIDIA's library list the given GPUs, on a driver for CUDA 12.8."""

    def fake(*gpus: Gpu) -> None:
        fakes = {
            "nvmlInit": lambda: None,
            "nvmlShutdown": lambda: None,
            "nvmlSystemGetDriverVersion": lambda: "570.124.06",
            "nvmlSystemGetCudaDriverVersion_v2": lambda: 12080,
            "nvmlDeviceGetCount": lambda: len(gpus),
            "nvmlDeviceGetHandleByIndex": lambda index: gpus[index],
            "nvmlDeviceGetMemoryInfo": lambda gpu: SimpleNamespace(total=gpu.memory),
            "nvmlDeviceGetName": lambda gpu: gpu.name,
            "nvmlDeviceGetUUID": lambda gpu: gpu.uuid,
        }
        for name, function in fakes.items():
            monkeypatch.setattr(pynvml, name, function)

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return fake


def raising(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


def test_every_gpu_is_listed_in_the_librarys_order(nvml: Callable[..., None]) -> None:
    nvml(H200, T4)
    assert devices.read_gpus().devices == (H200, T4)


def test_the_driver_and_its_cuda_are_told(nvml: Callable[..., None]) -> None:
    nvml(H200)
    gpus = devices.read_gpus()
    assert (gpus.state, gpus.driver, gpus.cuda) == ("found", "570.124.06", (12, 8))


def test_without_a_driver_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)
    monkeypatch.setattr(pynvml, "nvmlInit", raising(missing))
    gpus = devices.read_gpus()
    assert (gpus.state, gpus.devices) == ("none", ())


@pytest.mark.parametrize(
    "error", [pynvml.NVMLError(pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH), OSError("not a library")]
)
def test_a_driver_that_does_not_answer_leaves_its_reason(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(pynvml, "nvmlInit", raising(error))
    gpus = devices.read_gpus()
    assert (gpus.state, gpus.reason, gpus.devices) == ("broken", str(error), ())


def test_a_gpu_lost_while_it_is_read_is_a_broken_driver(
    nvml: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    nvml(H200)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetName", raising(pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)))
    assert devices.read_gpus().state == "broken"


def test_a_gpu_without_memory_of_its_own_has_none(nvml: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    nvml(H200)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetMemoryInfo", raising(pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)))
    assert devices.read_gpus().devices[0].memory is None


def test_a_driver_without_gpus_is_none(nvml: Callable[..., None]) -> None:
    nvml()
    assert devices.read_gpus().state == "none"


@pytest.mark.parametrize(
    ("variable", "left"),
    [
        ("0,1", ["gpu:0", "gpu:1"]),
        ("1", ["gpu:1"]),
        ("1,0", ["gpu:1", "gpu:0"]),
        ("GPU-bb", ["gpu:1"]),
        ("0,7,1", ["gpu:0"]),  # CUDA stops at the first entry that it does not know
    ],
)
def test_cuda_visible_devices_is_kept_to(
    nvml: Callable[..., None], monkeypatch: pytest.MonkeyPatch, variable: str, left: list[str]
) -> None:
    nvml(H200, T4)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", variable)
    assert [device.id for device in devices.read_gpus().devices] == left


@pytest.mark.parametrize("variable", ["", "-1", "GPU-", "none"])
def test_hidden_gpus_are_said_to_be_hidden(
    nvml: Callable[..., None], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    nvml(H200, T4)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", variable)
    gpus = devices.read_gpus()
    assert (gpus.state, gpus.reason, gpus.devices) == ("hidden", f"CUDA_VISIBLE_DEVICES={variable}", ())


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_bf16\n", True),
        ("flags\t\t: fpu amx_bf16\n", True),
        ("flags\t\t: fpu avx2 avx512f\n", False),
        ("Features\t: fp asimd bf16\n", True),
        ("Features\t: fp asimd\n", False),
        ("", None),
    ],
)
def test_bfloat16_is_read_from_the_flags(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cpuinfo: str, expected: bool | None
) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(cpuinfo)
    monkeypatch.setattr(devices, "CPUINFO", path)
    assert devices.has_bfloat16() is expected


@pytest.fixture
def forgetful() -> Iterator[None]:
    """What is looked up once a process is looked up anew, before and after."""
    devices.bfloat16_slowdown.cache_clear()
    yield
    devices.bfloat16_slowdown.cache_clear()


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(
    ("flags", "gpu", "build", "slowdown"),
    [
        ("fpu avx2", False, "cpu", 70),
        ("fpu avx2 avx512f", False, "cpu", 3),
        ("fpu avx512f avx512_bf16", False, "cpu", None),
        ("fpu avx2", True, "gpu", None),
        ("fpu avx2", True, "cpu", 70),  # a GPU that the installed TensorFlow cannot use
        (None, False, "cpu", None),  # no Linux: not known
    ],
)
def test_bfloat16_is_slower_where_nothing_multiplies_it(
    flags: str | None, gpu: bool, build: Any, slowdown: int | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    def read_gpus() -> Gpus:
        asked.append(1)
        return Gpus("found", "1 of 1", (Gpu("gpu:0", "A GPU", None, "GPU-aaaa"),)) if gpu else Gpus("none", "none")

    if flags is not None:
        (tmp_path / "cpuinfo").write_text(f"flags\t\t: {flags}\n")
    monkeypatch.setattr(devices, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(devices, "read_gpus", read_gpus)
    monkeypatch.setattr(devices, "tensorflow_build", lambda: TensorFlowBuild(build, "2.21.0"))
    assert [devices.bfloat16_slowdown(), devices.bfloat16_slowdown()] == [slowdown, slowdown]
    assert len(asked) <= 1  # a form asks at every rerun


def test_the_cpu_is_named_as_the_system_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nprocessor\t: 1\nmodel name\t: Some CPU @ 2 GHz\n")
    monkeypatch.setattr(devices, "CPUINFO", path)
    assert devices.cpu_name() == "Some CPU @ 2 GHz"


@pytest.mark.parametrize(
    ("cpu_max", "expected"),
    [("150000 100000\n", 2), ("50000 100000\n", 1), ("max 100000\n", 8), (None, 8)],  # 1.5 and 0.5 cores round up
)
def test_the_cores_are_no_more_than_the_control_groups_share(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cpu_max: str | None, expected: int
) -> None:
    monkeypatch.setattr(devices, "CGROUP", tmp_path)
    monkeypatch.setattr(devices.sys, "platform", "elsewhere")
    monkeypatch.setattr(devices.os, "cpu_count", lambda: 8)
    if cpu_max is not None:
        (tmp_path / "cpu.max").write_text(cpu_max)
    assert devices.cpu_count() == expected


def test_memory_is_no_more_than_the_control_groups_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(devices, "CGROUP", tmp_path)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=8 * GIB, available=6 * GIB))
    assert (devices.total_memory(), devices.available_memory()) == (8 * GIB, 6 * GIB)
    (tmp_path / "memory.max").write_text("max\n")
    assert devices.total_memory() == 8 * GIB
    (tmp_path / "memory.max").write_text(f"{2 * GIB}\n")
    (tmp_path / "memory.current").write_text(f"{GIB // 2}\n")
    assert (devices.total_memory(), devices.available_memory()) == (2 * GIB, 3 * GIB // 2)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make only the given packages, at version 2.21.0, appear installed on a Linux machine."""

    def fake(*names: str) -> None:
        def version(name: str) -> str:
            if name not in names:
                raise metadata.PackageNotFoundError(name)
            return "2.21.0"

        wanted = [
            "numpy>=1.26",
            *(f'nvidia-{part}-cu12<13.0,>=12.5; extra == "and-cuda"' for part in ("cublas", "nccl")),
        ]
        monkeypatch.setattr(metadata, "version", version)
        monkeypatch.setattr(metadata, "requires", lambda name: wanted)

    monkeypatch.setattr(devices.sys, "platform", "linux")
    monkeypatch.setattr(devices.platform, "machine", lambda: "x86_64")
    return fake


@pytest.mark.parametrize(
    ("names", "build"),
    [
        ((), TensorFlowBuild("missing", None)),
        (("tensorflow-cpu",), TensorFlowBuild("cpu", "2.21.0")),
        (("tensorflow", "nvidia-cublas-cu12", "nvidia-nccl-cu12"), TensorFlowBuild("gpu", "2.21.0")),
        (("tensorflow", "nvidia-cublas-cu12"), TensorFlowBuild("gpu", "2.21.0", ("nvidia-nccl-cu12",))),
        (("tensorflow", "tensorflow-cpu"), TensorFlowBuild("both", "2.21.0")),
    ],
)
def test_the_build_is_read_from_the_packages(
    installed: Callable[..., None], names: tuple[str, ...], build: TensorFlowBuild
) -> None:
    installed(*names)
    assert devices.tensorflow_build() == build


def test_the_plain_package_is_a_cpu_build_where_nvidia_is_not_supported(
    installed: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed("tensorflow")
    monkeypatch.setattr(devices.sys, "platform", "darwin")
    assert devices.tensorflow_build() == TensorFlowBuild("cpu", "2.21.0")
