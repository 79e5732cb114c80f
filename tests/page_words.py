"""What a page says in HTML of our own."""

from streamlit.testing.v1 import AppTest

from ui import shell


def shown(app: AppTest) -> str:
    """All words of our own HTML on a page; the frame's script, letter by letter, is none of them."""
    frame = f"<script>{shell._scripts()}</script>"
    return " ".join(body for element in app.get("html") if (body := element.proto.body) != frame)
