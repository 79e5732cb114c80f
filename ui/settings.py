"""The settings of a run, read only, with what differs from its recipe first.

Owns how a config is shown. Leaves changing one to `forms`.
"""

import html

import streamlit as st

from dcgan.config import Config, build_config, field_paths, field_schema, get_value
from dcgan.presets import PRESETS
from ui import state
from ui.text import has_words, number, t


def show_settings(run_id: str) -> None:
    """Draw a folded table of all settings of a run, grouped by section.

    Raises:
        BrokenRunError: the run's config cannot be read.
    """
    run = state.desk().get(run_id)
    with st.expander(t("live.settings"), key="settings"):
        st.html(_table(run.config()))
        st.caption(t("live.run_id", run=run_id))


def _table(config: Config) -> str:
    """Return the settings as HTML; those that the recipe sets otherwise are strong."""
    base = build_config(config.preset) if config.preset in PRESETS else config
    rows, last = [], ""
    for path in field_paths():
        section = path.partition(".")[0]
        if "const" in field_schema(path):
            continue
        if section != last:
            rows.append(f'<tr><th colspan="2">{html.escape(t(f"section.{section}"))}</th></tr>')
            last = section
        value = get_value(config, path)
        changed = value != get_value(base, path)
        label, words = html.escape(t(f"config.{path}.label")), html.escape(write_value(value))
        rows.append(f"<tr><td>{label}</td><td>{f'<b>{words}</b>' if changed else words}</td></tr>")
    return f'<table class="settings">{"".join(rows)}</table>'


def write_value(value: object) -> str:
    """Return a field's value in words."""
    if value is None:
        return t("train.all_images")
    if isinstance(value, bool):
        return t("choice.yes" if value else "choice.no")
    if isinstance(value, int | float):
        return number(value)
    return t(f"choice.{value}") if has_words(f"choice.{value}") else str(value)
