"""Facts about what a page offers to take home."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from dcgan.runs.errors import NotYoursError
from ui import downloads


def test_the_weights_are_asked_for_again_on_the_click(monkeypatch: pytest.MonkeyPatch) -> None:
    offered: dict[str, Callable[[], bytes]] = {}
    monkeypatch.setattr(downloads, "_offer", lambda ending, name, make: offered.update({ending: make}))
    monkeypatch.setattr(downloads, "to_onnx", lambda generator: b"weights")
    monkeypatch.setattr(downloads, "_find_file", lambda source: SimpleNamespace(read_bytes=lambda: b"weights"))

    def refuse(run_id: str) -> Any:
        raise NotYoursError("not-yours", run=run_id)

    source: Any = SimpleNamespace(run=SimpleNamespace(run_id="x"), name="x", generator=SimpleNamespace(step=1))
    for require_taker, taken in ((lambda run_id: None, True), (refuse, False)):
        downloads._offer_model(source, SimpleNamespace(require_taker=require_taker))  # type: ignore[arg-type]
        assert set(offered) == {".onnx", ".safetensors"}
        for make in offered.values():
            if taken:
                assert make() == b"weights"
            else:
                with pytest.raises(NotYoursError):
                    make()
