"""What of a page stands in its address, so that a link shows the same again.

Owns how a widget's value and the address agree: a new session takes it from the address, and from then on the address
follows the widget. Only what is not the default is written. Leaves the run and the language to `state` and `text`.
"""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

Value = TypeVar("Value", str, int, bool)


def tie(name: str, default: Value, read: Callable[[str], Value | None]) -> str:
    """Return the key for a widget that is drawn next, whose value is the one that the address names.

    Args:
        name: the parameter.
        default: what stands without it.
        read: a parameter's text as a value; None for what is none, which counts as not given.
    """
    key = f"in-address-{name}"
    if key not in st.session_state:
        given = read(st.query_params[name]) if name in st.query_params else None
        st.session_state[key] = default if given is None else given
    value = st.session_state[key]
    if value == default:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != (text := write(value)):
        st.query_params[name] = text
    return key


def write(value: str | int | bool) -> str:
    """Return a value as it stands in an address."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def one_of(*allowed: str) -> Callable[[str], str | None]:
    """Return a reader of a word that must be one of these."""
    return lambda text: text if text in allowed else None


def number_to(most: int) -> Callable[[str], int | None]:
    """Return a reader of a whole number from 0 to `most`."""
    return lambda text: int(text) if text.isascii() and text.isdecimal() and int(text[:9]) <= most else None


def yes_or_no(text: str) -> bool | None:
    """Read 1 or 0."""
    return {"1": True, "0": False}.get(text)
