"""What can be taken home from the Generate page: files made when they are asked for, and the link to the page.

Owns their names and buttons. Leaves making them to `dcgan.latent.outputs`.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dcgan.latent.archives import sample_name
from dcgan.latent.drawing import Drawing, write_keys
from dcgan.latent.generator import to_onnx
from dcgan.latent.outputs import MIMES, SAMPLE_OUTPUTS, WALK_OUTPUTS
from dcgan.runs.desk import Desk
from dcgan.runs.errors import RunError
from dcgan.runs.run import Run
from ui import state
from ui.film import offer_gif
from ui.source import Source
from ui.text import t

_ICONS = {
    ".png": "image", ".zip": "folder_zip", ".npz": "data_array", ".gif": "gif_box", ".mp4": "movie",
    ".onnx": "deployed_code", ".safetensors": "save",
}  # fmt: skip


def show_downloads(source: Source, drawing: Drawing) -> None:
    """Draw the page's one main button, behind which is all that can be taken home, and beside it the link."""
    with st.container(horizontal=True, key="taking"):
        _show_files(source, drawing)
        if source.run is not None:
            _show_link(source, source.run, drawing)


def _show_link(source: Source, run: Run, drawing: Drawing) -> None:
    with st.popover(t("generate.link"), icon=":material/link:", key="link"):
        st.caption(t("generate.link_help"))
        st.code(_link(source, run, drawing), language=None, wrap_lines=True)


def _show_files(source: Source, drawing: Drawing) -> None:
    """All that can be taken home, as files."""
    with st.popover(
        t("generate.download"), type="primary", icon=":material/download:", width="stretch", key="downloads"
    ):
        samples = f"{source.name}-{sample_name(drawing.seed, 0).rpartition('-')[0]}"
        with _group(t("generate.take_samples", count=drawing.count)):
            for ending, encode in SAMPLE_OUTPUTS.items():
                _offer(ending, f"{samples}-{drawing.count}", _bound(encode, source, drawing))
        with _group(t("generate.take_walk" if drawing.has_walk else "generate.take_no_walk", frames=drawing.frames)):
            for ending, encode in WALK_OUTPUTS.items() if drawing.has_walk else ():
                _offer(ending, f"{samples}-walk", _bound(encode, source, drawing))
        if source.run is None or state.desk().may_take(source.run.run_id):
            _offer_model(source, state.desk())
        if source.run is not None and state.desk().may_take(source.run.run_id):
            _offer_run(source.run)


def _offer_model(source: Source, desk: Desk) -> None:
    """The networks' weights, which are for whoever may take the run home; the desk is asked again on the click."""

    def take(make: Callable[[], bytes]) -> Callable[[], bytes]:
        def made() -> bytes:
            if source.run is not None:
                desk.require_taker(source.run.run_id)
            return make()

        return made

    with _group(t("generate.take_model", step=source.generator.step)):
        _offer(".onnx", source.name, take(lambda: to_onnx(source.generator)))
        if path := _find_file(source):
            _offer(".safetensors", source.name, take(path.read_bytes))


def _find_file(source: Source) -> Path | None:
    """The checkpoint's file, while it is kept."""
    return source.run.checkpoints.samplers().get(source.generator.step) if source.run else None


def _offer_run(run: Run) -> None:
    with contextlib.suppress(RunError):  # it was deleted a moment ago: the generator is still in memory, the run is not
        watch = state.watch(run.run_id)
        with _group(t("generate.take_run")):
            offer_gif(watch, main=False)


def _group(title: str) -> DeltaGenerator:
    """A title, and a row for the buttons under it."""
    st.caption(title)
    return st.container(horizontal=True, gap="small")


def _bound(encode: Callable[..., bytes], source: Source, drawing: Drawing) -> Callable[[], bytes]:
    return lambda: encode(source.generator, drawing)


def _offer(ending: str, name: str, make: Callable[[], bytes]) -> None:
    st.download_button(
        t(f"generate.as{ending.replace('.', '_')}"), make, f"{name}{ending}", MIMES[ending], key=f"take{ending}",
        on_click="ignore", icon=f":material/{_ICONS[ending]}:",
    )  # fmt: skip


def _link(source: Source, run: Run, drawing: Drawing) -> str:
    """The address that shows the same pixels for ever: with the step's number, also where "last" is chosen."""
    parts: dict[str, object] = {
        "run": run.run_id, "checkpoint": source.generator.step, "seed": drawing.seed, "count": drawing.count,
        "truncation": f"{drawing.truncation:g}",
    }  # fmt: skip
    if drawing.keys:
        walk = {"walk": write_keys(drawing.keys), "frames": drawing.frames, "fps": drawing.frames_per_second}
        parts |= walk | {"closed": int(drawing.closed)}
    return f"{st.context.url or ''}?{urlencode(parts, safe=',')}"
