"""The Learn page without a browser."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from ui import text
from ui.learn_steps import STEPS

Open = Callable[..., AppTest]


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("number", range(1, 10))
def test_each_step_has_an_address_words_a_figure_and_one_primary_button(
    open_page: Open, number: int, language: str
) -> None:
    app = open_page("learn", step=str(number), lang=language)
    name = STEPS[number - 1].name
    known = text.load_words(language)
    assert app.title[0].value == known[f"learn.{name}.title"]
    assert known[f"learn.{name}.do"] in words(app)
    primary = [button.key for button in app.button if button.proto.type == "primary"]
    assert primary == (["go"] if number == 9 else ["next"])
    assert not app.error


def test_the_way_leads_from_the_first_step_to_the_last_and_back(open_page: Open) -> None:
    app = open_page("learn")
    titles = []
    for _ in STEPS[1:]:
        titles.append(app.title[0].value)
        app.button(key="next").click().run()
    assert len(set(titles)) == 8
    assert app.query_params["step"] == "9"
    assert "arXiv:1406.2661" in words(app) and "arXiv:1511.06434" in words(app)
    app.button(key="back").click().run()
    assert app.query_params["step"] == "8"


def test_a_step_can_be_chosen_from_the_list(open_page: Open) -> None:
    app = open_page("learn")
    app.radio(key="learn-step").set_value(5).run()
    assert app.query_params["step"] == "6"
    assert app.latex[0].value.count("min") == 1


@pytest.mark.parametrize("step", ["0", "10", "x", "", "-1", "²"])
def test_an_address_without_such_a_step_is_the_first(open_page: Open, step: str) -> None:
    assert open_page("learn", step=step).title[0].value == text.t("learn.game.title")


def test_the_thing_to_do_leads_into_the_app(open_page: Open) -> None:
    app = open_page("learn", step="2")
    app.button(key="go").click().run()
    assert app.title[0].value == text.t("data.page.title")


def test_both_sides_can_be_played(open_page: Open) -> None:
    app = open_page("learn", step="6")
    app.slider(key="play-real").set_value(0.5)
    app.slider(key="play-fake").set_value(0.5).run()
    shown = " ".join(element.proto.body for element in app.get("html"))
    assert "1.386" in shown and "0.693" in shown and "−1.386" in shown


def test_the_way_to_training_fills_in_a_run_of_a_minute_and_starts_nothing(
    open_page: Open, asked: list[tuple[str, str]]
) -> None:
    number = next(number for number, step in enumerate(STEPS, 1) if step.name == "train")
    app = open_page("learn", step=str(number))
    app.button(key="go").click().run()
    assert app.title[0].value == "New training run"
    assert app.radio(key="preset").value == "notebook"
    assert app.number_input(key="notebook/training.epochs").value == 1
    assert app.number_input(key="notebook/data.limit").value == 6_000
    assert asked == []
