"""Fields of a config as widgets, with help and limits that come from the fields themselves.

Owns which widget a field gets and the sentence that a bad value gets. Leaves what is allowed to `dcgan.config`.
"""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dcgan.config import Config, ConfigError, build_config, field_paths, field_schema, get_value
from dcgan.data.datasets import count_images, require_images
from dcgan.devices import bfloat16_slowdown
from dcgan.presets import DEFAULT_PRESET, PRESETS
from dcgan.runs.errors import LimitError
from ui import state
from ui.problems import explain_error
from ui.text import cut, number, t

MAIN_FIELDS = (
    "training.epochs",
    "training.batch_size",
    "data.limit",
    "g_optimizer.learning_rate",
    "d_optimizer.learning_rate",
    "training.seed",
)
OFFERED = [path for path in field_paths() if path != "data.dataset" and "const" not in field_schema(path)]
OTHER_FIELDS = [path for path in OFFERED if path not in MAIN_FIELDS]

FEW_STEPS = 150  # the recommended recipe draws noise up to here (docs/log.md)
LONG = 2**31  # such as a seed: nobody steps through it either
_FORMATS = {"integer": "%d", "number": "%.7g"}


def choose_preset() -> str:
    """Draw the recipes as cards and return the chosen one's name."""
    names = sorted(PRESETS, key=lambda name: name != DEFAULT_PRESET)
    with st.container(key="presets"):
        chosen = st.radio(
            t("train.recipe"),
            names,
            format_func=lambda name: t(f"preset.{name}.name"),
            captions=[t(f"preset.{name}.line") for name in names],
            horizontal=True,
            key="preset",
            help=t("train.recipe_help"),
            persist_state="session",
        )
    return str(chosen)


def edit_config(preset: str) -> Config | list[ConfigError]:
    """Draw the fields that matter, and the others folded; return the config, or all that is wrong with it.

    What is folded is not sent to the browser, which takes longer over thirty fields than the server does; what was
    chosen there still holds.
    """
    base = build_config(preset)
    slots: dict[str, DeltaGenerator] = {}
    changes = _draw_rows(MAIN_FIELDS, base, slots)
    others = st.expander(t("train.all_settings"), key="all-settings", on_change="rerun")
    if others.open:
        with others:
            changes |= _draw_others(base, slots)
    else:
        kept = {path: _key(path, base) for path in OTHER_FIELDS}
        changes |= {path: st.session_state[key] for path, key in kept.items() if key in st.session_state}
    config = _judge(preset, changes)
    for error in _list_errors(config):
        if error.field in slots:
            _, _, sentence = explain(error).partition(": ")  # the field's name stands above it
            slots[error.field].html(f'<p class="fault"><i>✕</i> {html.escape(sentence)}</p>')
    return config


def _judge(preset: str, changes: Mapping[str, Any]) -> Config | list[ConfigError]:
    try:
        config = build_config(preset, changes)
        require_images(config)
        return config
    except ConfigError as error:
        return _find_errors(preset, changes) or [error]


def _list_errors(config: Config | list[ConfigError]) -> list[ConfigError]:
    """All that is wrong with single fields, a public server's limits included."""
    if isinstance(config, list):
        return config
    try:
        state.desk().require_allowed(config)
    except ConfigError as error:
        return [error]
    except LimitError:  # it is about the run as a whole
        pass
    return []


def _find_errors(preset: str, changes: Mapping[str, Any]) -> list[ConfigError]:
    """What is wrong with each field by itself, and then with the two that depend on each other."""
    errors: dict[str, ConfigError] = {}
    for path, value in changes.items():
        error = _check(preset, {path: value})
        if error is not None and error.field == path:  # else it is about the recipe's own batch
            errors[path] = error
    pair = {path: changes[path] for path in ("training.batch_size", "data.limit") if path in changes}
    if not errors.keys() & pair.keys() and (error := _check(preset, pair)) is not None:
        errors[error.field] = error
    return list(errors.values())


def _check(preset: str, changes: Mapping[str, Any]) -> ConfigError | None:
    """What is wrong with a recipe and some changes, or None."""
    try:
        require_images(build_config(preset, changes))
    except ConfigError as error:
        return error
    return None


def _draw_others(base: Config, slots: dict[str, DeltaGenerator]) -> dict[str, Any]:
    """Draw every other field, a tab for each section."""
    sections: dict[str, list[str]] = {}
    for path in OTHER_FIELDS:
        sections.setdefault(path.partition(".")[0], []).append(path)
    values: dict[str, Any] = {}
    tabs = st.tabs([t(f"section.{name}") for name in sections])
    for tab, (section, paths) in zip(tabs, sections.items(), strict=True):
        with tab:
            st.caption(t(f"section.{section}_help"))
            values |= _draw_rows(paths, base, slots)
    return values


def _draw_rows(paths: Sequence[str], base: Config, slots: dict[str, DeltaGenerator]) -> dict[str, Any]:
    """Draw fields three a row, each with a slot below it for its fault; on a phone they stack in their order."""
    values = {}
    for start in range(0, len(paths), 3):
        for column, path in zip(st.columns(3), paths[start : start + 3], strict=False):
            with column:
                values[path] = draw_field(path, base)
                slots[path] = st.empty()
    return values


def draw_field(path: str, base: Config) -> Any:
    """Draw the widget of one field and return its value; values outside the limits are returned as they are."""
    schema, default = _allowed(path), _default(path, base)
    label, key = t(f"config.{path}.label"), _key(path, base)
    help_text = f"{t(f'config.{path}.help')} {t('train.allowed', allowed=describe_limits(schema))}"
    kind = _main_part(schema)
    if "enum" in kind:
        options = list(kind["enum"])
        return st.selectbox(
            label, options, options.index(default), format_func=lambda option: t(f"choice.{option}"), key=key,
            help=t(f"config.{path}.help"), persist_state="session",
        )  # fmt: skip
    if kind["type"] == "boolean":
        return st.toggle(label, default, key=key, help=t(f"config.{path}.help"), persist_state="session")
    if kind["type"] == "string" or _is_long(kind):
        default = str(default)  # what was typed is judged as on the command line
        return st.text_input(label, default, key=key, help=help_text, persist_state="session")
    return st.number_input(
        label, value=default, step=_step(kind, default), format=_FORMATS[kind["type"]], key=key, help=help_text,
        placeholder=t("train.all_images") if path == "data.limit" else None, persist_state="session",
    )  # fmt: skip


def _key(path: str, base: Config) -> str:
    """A field's name in the browser's session: each recipe keeps its own values."""
    return f"{base.preset}/{path}"


def find_fault(config: Config | list[ConfigError]) -> str | None:
    """Return why a form cannot be started, as a sentence for each fault; None where it can be."""
    if errors := _list_errors(config):
        return "\n\n".join(f"{explain(error)} {_place(error.field)}".rstrip() for error in errors)
    try:
        state.desk().require_allowed(config)  # type: ignore[arg-type]  # without errors it is a config
    except LimitError as error:
        return explain_error(error)
    return None


def _place(path: str) -> str:
    """Where a field is that need not be on the screen: the two networks have fields of the same names."""
    section = path.partition(".")[0]
    return t("train.folded", section=t(f"section.{section}")) if path in OTHER_FIELDS else ""


def warn_of(config: Config) -> str | None:
    """Return a sentence about what can be started but should not be; None where there is nothing to say."""
    warnings = []
    if config.training.precision == "bfloat16" and (slowdown := bfloat16_slowdown()) is not None:
        warnings.append(t("train.emulated", label=t("config.training.precision.label"), slowdown=slowdown))
    images = config.data.limit or count_images(config.data.dataset)
    if (steps := config.training.epochs * (images // config.training.batch_size)) < FEW_STEPS:
        warnings.append(t("train.few_steps", steps=steps))
    return "\n\n".join(warnings) or None


def explain(error: ConfigError) -> str:
    """Return one sentence that names the field, what was given and what is allowed."""
    path = error.field
    if path not in field_paths():
        return t("error.config", field=path, value=cut(error.value))
    label = t(f"config.{path}.label")
    value = number(error.value) if isinstance(error.value, int | float) else cut(error.value) or "–"
    if path == "training.batch_size" and error.most is not None:
        return t("error.batch", label=label, value=value, most=error.most)
    return t("error.field", label=label, value=value, allowed=describe_limits(_allowed(path)))


def describe_limits(schema: Mapping[str, Any]) -> str:
    """Return what a field accepts, in words: "a whole number from 1 to 10,000"."""
    kind = _main_part(schema)
    if "enum" in kind:
        return t("limits.choice", choices=", ".join(t(f"choice.{option}") for option in kind["enum"]))
    if kind["type"] not in _FORMATS:
        return t(f"limits.{kind['type']}")
    low, high = kind.get("minimum", kind.get("exclusiveMinimum")), kind.get("maximum", kind.get("exclusiveMaximum"))
    opens = "above" if "exclusiveMinimum" in kind else "from"
    closes = "below" if "exclusiveMaximum" in kind else "to"
    return t(f"limits.{kind['type']}", limits=t(f"limits.{opens}_{closes}", low=low, high=high))


def _allowed(path: str) -> Mapping[str, Any]:
    """The schema of a field; with the limits of the one data set that the form offers, and of a public server."""
    schema = field_schema(path)
    if path == "data.limit":
        return {**_main_part(schema), "maximum": count_images(Config().data.dataset)}
    if path == "training.epochs" and (limits := state.desk().limits) is not None:
        return {**schema, "maximum": min(limits.epochs, schema["maximum"])}
    return schema


def _default(path: str, base: Config) -> Any:
    """What a field begins with: its recipe's value, or as much of it as a visitor may have."""
    value = get_value(base, path)
    if path == "training.epochs" and (limits := state.desk().limits) is not None:
        return min(value, limits.epochs)
    return value


def _main_part(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a schema that is not "may be empty"."""
    parts: Sequence[Mapping[str, Any]] = schema.get("anyOf", [schema])
    return next(part for part in parts if part.get("type") != "null")


def _is_long(kind: Mapping[str, Any]) -> bool:
    """Whether a number may have so many digits that a browser's number field would keep an old one in silence."""
    return kind["type"] == "integer" and float(kind.get("maximum", 0)) > LONG


def _step(kind: Mapping[str, Any], default: float | None) -> float | int:
    """What one click on plus adds: for small numbers half of the preset's value."""
    if kind["type"] == "integer":
        return 1000 if default is None else 1
    return default / 2 if default and default < 0.01 else 0.05
