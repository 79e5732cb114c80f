"""What differs in the settings of several runs, and, folded, what does not.

Owns the comparison. Leaves how a value is written to `settings`.
"""

import html
from collections.abc import Sequence

import streamlit as st

from dcgan.config import Config, field_paths, field_schema, get_value, list_changes
from ui.chosen import ChosenRun, draw_name
from ui.settings import write_value
from ui.text import plain, t


def show_differences(runs: Sequence[ChosenRun]) -> None:
    """Draw a table of the fields that differ, a column a run, and the others folded."""
    st.header(t("compare.settings"))
    known = [(run, run.config) for run in runs if run.config is not None]
    for run in runs:
        if run.config is None:
            st.warning(t("compare.no_settings", run=plain(run.short)))
    if not known:
        return
    differing = list_differences([config for _, config in known])
    same = [path for path in field_paths() if path not in differing and "const" not in field_schema(path)]
    if differing:
        st.html(f'<div class="box">{draw_table(known, differing)}</div>')
    else:
        st.markdown(t("compare.all_the_same"))
    if same:
        with st.expander(t("compare.same", count=len(same))):
            st.html(f'<div class="box">{draw_table(known[:1], same, named=False)}</div>')


def list_differences(configs: Sequence[Config]) -> list[str]:
    """Return the dotted paths of the fields that are not the same in all, in the order of the form."""
    differing = {path for config in configs[1:] for path in list_changes(configs[0], config)}
    return [path for path in field_paths() if path in differing]


def draw_table(runs: Sequence[tuple[ChosenRun, Config]], paths: Sequence[str], named: bool = True) -> str:
    """Return fields as HTML, grouped by section, with a column for each run."""
    rows = []
    if named:
        heads = "".join(f'<th scope="col">{draw_name(run)}</th>' for run, _ in runs)
        rows.append(f"<tr><td></td>{heads}</tr>")
    last = ""
    for path in paths:
        section = path.partition(".")[0]
        if section != last:
            words = html.escape(t(f"section.{section}"))
            rows.append(f'<tr><th class="section" colspan="{1 + len(runs)}">{words}</th></tr>')
            last = section
        label = html.escape(t(f"config.{path}.label"))
        values = "".join(f"<td>{html.escape(write_value(get_value(config, path)))}</td>" for _, config in runs)
        rows.append(f'<tr><th scope="row">{label}</th>{values}</tr>')
    return f'<table class="settings differences">{"".join(rows)}</table>'
