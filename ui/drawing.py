"""Drawings of our own on a page: SVG with the page's fonts and colours.

`st.html` takes SVG out of what it shows, and a picture knows neither theme nor font; Markdown lets a block of it
through as it is. So whoever draws escapes every word.
"""

import html

import streamlit as st


def show_svg(svg: str, name: str) -> None:
    """Show an SVG in a box of the class `drawing` and `name`; wider than a phone, it scrolls inside its box."""
    # A block without an empty line, in which nothing is taken for Markdown.
    body = " ".join(line.strip() for line in svg.splitlines() if line.strip())
    st.markdown(f'<div class="drawing {name}">{body}</div>', unsafe_allow_html=True)


def escape(words: object) -> str:
    """Return text that stands in SVG, or in an attribute of it, letter by letter."""
    return html.escape(str(words), quote=True)


def svg(width: float, height: float, alt: str, parts: str) -> str:
    """Return a drawing of a size in its own units, with a text in its place for who cannot see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(alt)}">{parts}</svg>'
    )


def text(x: float, y: float, words: object, kind: str = "", anchor: str = "start") -> str:
    """Return a line of text; `kind` is a class of the style sheet."""
    name = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{name}>{escape(words)}</text>'
