"""Who is looking at this session: the person at this machine, or on a public server somebody known by a secret alone.

Owns how a browser and the server agree on that. The secret stays in the browser's storage (cookies do not pass every
host's proxy); a session keeps only its sum. What a visitor may do is `dcgan.runs.desk`'s to decide.
"""

import logging
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from dcgan.runs.limits import VARIABLE as LIMITS
from dcgan.runs.visitors import LOCAL, STRANGER, Visitor, owner_of

PUBLIC = "DCGAN_PUBLIC"
_DETAILS = "client.showErrorDetails"

_NO = frozenset({"", "0", "false", "no", "off"})
_OWNER, _ELEMENT = "visitor.owner", "visitor-secret"  # the session's key; the element's
_SCRIPT = Path(__file__).parent / "visitor.js"

log = logging.getLogger(__name__)


def is_public() -> bool:
    """Whether strangers use this server: `DCGAN_PUBLIC`, else the secret of that name; anything but a no is a yes.

    A file of secrets that is there and cannot be read counts as a yes: it may have said so.
    """
    given = os.environ.get(PUBLIC)
    if given is None:
        given = _read_secret(PUBLIC, "unreadable")
    return str(given).strip().lower() not in _NO


def hide_details() -> None:
    """On a public server, keep what an error says of the server's folders and code to its log.

    Whoever writes a client of their own can make Streamlit fail over a value of the wrong kind, and reads the answer.
    """
    if is_public() and st.get_option(_DETAILS) != "none":
        st.set_option(_DETAILS, "none")


def limits_text() -> str:
    """Return what was said of the limits: `DCGAN_LIMITS`, else the secret of that name, else nothing."""
    return os.environ.get(LIMITS) or str(_read_secret(LIMITS, ""))


def current() -> Visitor:
    """Return who looks; on a public server somebody who is not known until the browser has answered."""
    if not is_public():
        return LOCAL
    owner = st.session_state.get(_OWNER)
    return Visitor(owner) if isinstance(owner, str) and owner else STRANGER


def meet() -> None:
    """Ask the browser whose it is; its answer starts the script again. Nothing where everybody is the local person."""
    if not is_public():
        return
    with st.container(key="visitor"):  # hidden by style.css
        asked = "known" if current().is_known else "unknown"
        _component()(key=_ELEMENT, data=asked, on_secret_change=_learn)


def _learn() -> None:
    """Keep whose session this is; the first answer stands, and what is no secret is no answer."""
    owner = owner_of(getattr(st.session_state.get(_ELEMENT), "secret", None))
    if owner is not None:
        st.session_state.setdefault(_OWNER, owner)


def _read_secret(name: str, unreadable: str) -> Any:
    """A value of the secrets file; nothing where there is no file."""
    if st.secrets.load_if_toml_exists():
        return st.secrets.get(name, "")
    if any(Path(path).exists() for path in st.get_option("secrets.files")):
        log.warning("the file of secrets cannot be read; %s is taken to be %r", name, unreadable)
        return unreadable
    return ""


@lru_cache(maxsize=1)
def _component() -> Any:
    """The element's definition, registered once; its comments stay here."""
    script = re.sub(r"^\s*(//[^\n]*)?\n|^[ ]+", "", _SCRIPT.read_text(encoding="utf-8"), flags=re.M)
    return st.components.v2.component("visitor", js=script)
