"""What the discriminator will see: the real images of a step of a recipe, scaled, in its order.

Owns how a batch is chosen and said. Leaves which images it has to `dcgan.data.batches`.
"""

import html

import streamlit as st

from dcgan.config import build_config
from dcgan.data import images
from dcgan.data.batches import Batch, count_used, real_batch
from dcgan.data.datasets import Dataset
from dcgan.presets import DEFAULT_PRESET, PRESETS
from ui.text import number, t

SMALL_BATCH = 64  # up to here a sheet has 4 by 4 images, else 8 by 8
DIGITS = 3


@st.fragment
def show_batch(dataset: Dataset) -> None:
    """Draw a batch of real images as a recipe would take it, with its numbers."""
    st.markdown(t("data.page.batch_lead"))
    preset, step = _choose(dataset)
    batch = real_batch(dataset, build_config(preset), step)
    with st.container(key="batch"):
        _show_sheets(batch)
    st.html(draw_scale() + draw_facts(batch))


def _choose(dataset: Dataset) -> tuple[str, int]:
    """Draw the recipe and the step."""
    names = sorted(PRESETS, key=lambda name: name != DEFAULT_PRESET)
    preferred = st.session_state.get("preset", DEFAULT_PRESET)
    with st.container(horizontal=True, vertical_alignment="bottom", key="batch-choice"):
        preset = st.segmented_control(
            t("train.recipe"), names, default=preferred if preferred in names else DEFAULT_PRESET, required=True,
            format_func=lambda name: t(f"preset.{name}.name"), key="batch-preset",
        )  # fmt: skip
        config = build_config(preset)
        steps = count_used(dataset, config) // config.training.batch_size
        step = st.number_input(
            t("data.page.batch_step"), 1, steps, key=f"batch-step-{preset}", width=150,
            help=t("data.page.batch_step_help", steps=steps),
        )  # fmt: skip
    return preset, int(step)


def _show_sheets(batch: Batch) -> None:
    side = 4 if len(batch.images) <= SMALL_BATCH else 8
    shown = images.to_uint8(batch.images)
    with st.grid(4, min_column_width=110):
        for start in range(0, len(shown), side * side):
            sheet = images.grid(shown[start : start + side * side], side, padding=0, background=0)
            alt = t("data.page.batch_alt", first=start + 1, last=min(len(shown), start + side * side))
            st.image(images.encode_png(sheet), width="stretch", output_format="PNG", alt=alt)


def draw_scale() -> str:
    """Return as HTML how 0 to 255 becomes -1 to 1."""
    label = html.escape(t("data.page.scale_alt"), quote=True)
    top = "".join(f"<span>{level}</span>" for level in ("0", number(127.5, 1), "255"))
    bottom = "".join(f"<b>{value}</b>" for value in ("−1", "0", "+1"))
    return f'<div class="scale" role="img" aria-label="{label}"><p>{top}</p><i></i><p>{bottom}</p></div>'


def draw_facts(batch: Batch) -> str:
    """Return a batch in numbers, as HTML."""
    facts = batch.facts()
    shape = " × ".join(number(size) for size in batch.images.shape)
    shown = [("shape", shape)]
    shown += [(name, number(round(facts[name], DIGITS))) for name in ("min", "max", "mean")]
    shown += [
        ("deviation", number(facts["deviation"], DIGITS)),
        ("black", t("data.page.percent", share=number(100 * facts["black"], 0))),
    ]
    cells = (f"<span>{html.escape(t(f'data.fact.{name}'))} <b>{html.escape(value)}</b></span>" for name, value in shown)
    return f'<div class="run-facts batch-facts">{"".join(cells)}</div>'
