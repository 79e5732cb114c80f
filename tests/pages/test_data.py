"""The Data page without a browser, on a small world: a tiny set, installed or not."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dcgan.data import download, images, sources
from dcgan.data.fetching import Fetch, FetchState
from image_server import make_original
from ui import browse, dataset, text

Open = Callable[..., AppTest]
COUNT = 260  # of 10 classes: three pages, and eight batches of 32


@pytest.fixture
def original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """A tiny Fashion-MNIST in Keras's folder; returns its images (N, 28, 28)."""
    draws = np.random.default_rng(2)
    pictures = draws.integers(0, 256, (COUNT, 28, 28), dtype=np.uint8)
    labels = (np.arange(COUNT) % 10).astype(np.uint8)
    train, contents = make_original("train", pictures, labels)
    folder = tmp_path / "keras" / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    monkeypatch.setattr(sources, "FASHION_MNIST", {"train": train})
    empty_machine(tmp_path, monkeypatch)
    return pictures


def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SYSTEM_FOLDER", tmp_path / "system")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("DCGAN_OFFLINE", "1")
    monkeypatch.setattr(download, "_failed_at", -download.RETRY_SECONDS)
    for cached in (dataset._load, dataset._measure, dataset._fetch):
        cached.clear()


@pytest.fixture
def no_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty_machine(tmp_path, monkeypatch)


@pytest.fixture
def sheets(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The rows of the data set that each page shows."""
    seen: list[list[int]] = []
    show = browse.show_sheets

    def note(found: object, rows: np.ndarray, side: int = browse.SIDE) -> None:
        seen.append(rows.tolist())
        show(found, rows, side)

    monkeypatch.setattr(browse, "show_sheets", note)
    return seen


def words(app: AppTest) -> str:
    shown = [element.proto.body for element in app.get("html")]
    shown += [element.value for kind in (app.markdown, app.caption, app.info, app.warning) for element in kind]
    return "\n".join(shown)


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "260 images · 28 × 28 pixels · grey · 10 classes · from Keras’s cache"),
     ("tr", "260 görüntü · 28 × 28 piksel · gri tonlu · 10 sınıf · Keras’ın önbelleğinden")],
)  # fmt: skip
def test_the_page_says_what_the_set_holds(open_page: Open, original: np.ndarray, language: str, line: str) -> None:
    app = open_page("data", lang=language)
    assert line in words(app)
    assert words(app).count("<tr>") == 10 and ">26</td>" in words(app)
    assert not app.info
    assert [button.key for button in app.button if button.proto.type == "primary"] == ["train-on-this"]


def test_train_on_this_leads_to_train(open_page: Open, original: np.ndarray) -> None:
    app = open_page("data")
    app.button(key="train-on-this").click().run()
    assert app.title[0].value == text.t("train.title")


def test_pages_follow_each_other_and_stand_in_the_address(
    open_page: Open, original: np.ndarray, sheets: list[list[int]]
) -> None:
    app = open_page("data")
    assert sheets[-1] == list(range(100))
    app.button(key="page-on").click().run()
    assert sheets[-1] == list(range(100, 200))
    assert app.query_params["page"] == "2"
    app.number_input(key="browse-page").set_value(3).run()
    assert sheets[-1] == list(range(200, 260))
    assert app.button(key="page-on").disabled
    assert "images 201 to 260 of 260" in words(app)


def test_a_class_shows_its_images_alone_from_its_first_page(
    open_page: Open, original: np.ndarray, sheets: list[list[int]]
) -> None:
    app = open_page("data", page="3")
    assert sheets[-1] == list(range(200, 260))
    app.pills(key="browse-class").select(7).run()
    assert sheets[-1] == list(range(7, 260, 10))
    assert app.query_params["class"] == "7" and "page" not in app.query_params


@pytest.mark.parametrize(
    "address", [{"class": "99", "page": "x"}, {"class": "-1", "page": "0"}, {"page": "9" * 400}, {"class": "9" * 5000}]
)
def test_an_address_that_names_nothing_shows_what_there_is(
    open_page: Open, original: np.ndarray, sheets: list[list[int]], address: dict[str, str]
) -> None:
    open_page("data", **address)
    assert sheets[-1][0] % 100 == 0


def test_an_address_reproduces_class_and_page(open_page: Open, original: np.ndarray, sheets: list[list[int]]) -> None:
    open_page("data", **{"class": "2"})
    assert sheets[-1] == list(range(2, 260, 10))


def test_the_batch_is_that_of_the_chosen_recipe(open_page: Open, original: np.ndarray) -> None:
    app = open_page("data")
    assert "64 × 28 × 28 × 1" in words(app)
    app.get("button_group")
    app.segmented_control(key="batch-preset").select("notebook").run()
    assert "32 × 28 × 28 × 1" in words(app)
    app.number_input(key="batch-step-notebook").set_value(8).run()
    assert not app.exception


@pytest.mark.parametrize("language", ["en", "tr"])
def test_without_the_set_the_sample_is_shown_and_said(open_page: Open, no_set: None, language: str) -> None:
    app = open_page("data", lang=language)
    assert ("10,000 images" if language == "en" else "10.000 görüntü") in words(app)
    assert "60,000" in app.info[0].value or "60.000" in app.info[0].value
    assert app.button(key="fetch").label.count("26") == 1


def test_a_download_that_fails_is_a_sentence_and_the_sample_stays(
    open_page: Open, no_set: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Fetch, "start", lambda self: setattr(self, "_state", FetchState.FAILED))
    app = open_page("data")
    app.button(key="fetch").click().run()
    assert "could not be downloaded" in app.warning[0].value
    assert "10,000 images" in words(app)


def test_a_running_download_shows_how_far_it_is(open_page: Open, no_set: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fetch, "state", lambda _: FetchState.RUNNING)
    monkeypatch.setattr(Fetch, "progress", lambda _: (13_000_000, 26_000_000))
    app = open_page("data")
    assert "13 of 26 MB" in app.get("progress")[0].proto.text
    assert not [button for button in app.button if button.key == "fetch"]


def test_a_broken_sample_is_a_sentence(open_page: Open, no_set: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcgan.data.sample.PATH", Path("/nowhere"))
    app = open_page("data")
    assert "missing or damaged" in app.error[0].value


def test_sheets_hold_the_images_pixel_for_pixel(
    open_page: Open, original: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    monkeypatch.setattr(browse.st, "image", lambda content, *_, **options: sent.append((content, options)))
    open_page("data")
    content, options = sent[0]
    assert options["output_format"] == "PNG"
    sheet = images.decode_png(io.BytesIO(content).getvalue())
    assert np.array_equal(sheet[28:56, 56:84, 0], original[7])  # second row, third column of five


def test_the_map_is_drawn_when_asked_for_and_a_picked_image_is_shown(
    open_page: Open, original: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("data")
    assert not app.get("plotly_chart")
    app.session_state["map"] = True  # unfolded
    app.run()
    assert len(app.get("plotly_chart")) == 1
    assert any("click to look at it" in caption.value for caption in app.caption)

    picked = {"selection": {"points": [{"customdata": 8}]}}
    shown: list[str] = []
    monkeypatch.setattr("ui.map.st.plotly_chart", lambda *_, **__: picked)
    monkeypatch.setattr("ui.map.st.image", lambda _, words="", **options: shown.append(words) if words else None)
    app.run()
    assert shown == ["Sneaker, image 8"]


@pytest.mark.parametrize("forged", [None, {}, {"customdata": "x"}, {"customdata": [1e300]}, {"customdata": 0}, 3])
def test_a_forged_point_shows_no_image(
    open_page: Open, original: np.ndarray, monkeypatch: pytest.MonkeyPatch, forged: object
) -> None:
    monkeypatch.setattr("ui.map.st.plotly_chart", lambda *_, **__: {"selection": {"points": [forged]}})
    app = open_page("data")
    app.session_state["map"] = True  # unfolded
    app.run()
    assert not app.exception
    assert any("click to look at it" in caption.value for caption in app.caption)


def test_the_way_to_train_is_open_while_the_map_is(open_page: Open, original: np.ndarray) -> None:
    app = open_page("data")
    app.session_state["map"] = True
    app.run()
    app.button(key="train-on-this").click().run()
    assert not app.exception
    assert app.button(key="start")
