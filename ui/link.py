"""What a page shows, in its address: widgets follow it, and write into it, so that a link reproduces the page.

Owns the values of one page's widgets there. The run and the language, which all pages share, belong to `state`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")


def get(name: str) -> str | None:
    """Return what the address says, else what it said before this session went to another page, which it says again."""
    text = st.query_params.get(name)
    if text is None:
        text = st.session_state.get(_kept(name))
    if text is not None:
        put(name, text)
    return text


def put(name: str, text: str | None) -> None:
    """Put a text into the address, or take it out."""
    if text is None:
        st.session_state.pop(_kept(name), None)
        st.query_params.pop(name, None)
        return
    st.session_state[_kept(name)] = text
    if st.query_params.get(name) != text:
        st.query_params[name] = text


def read(name: str, parse: Callable[[str], T], default: T) -> T:
    """Return the address's value, as `parse` reads it; the default where it says nothing that can be used."""
    text = get(name)
    try:
        return default if text is None else parse(text)
    except ValueError:
        return default


def follow(key: str, value: Any) -> None:
    """Give the widget that comes next the address's value, only where it differs, so that no hand is disturbed."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def write_from(name: str, key: str) -> None:
    """Put a widget's new value into the address: a widget's `on_change`."""
    value = st.session_state[key]
    put(name, f"{value:g}" if isinstance(value, float) else str(value))


def _kept(name: str) -> str:
    return f"address.{name}"
