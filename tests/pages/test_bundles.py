"""Facts about taking runs home and bringing them in, from the pages."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bundle_runs import make_trained_run, pack_run
from dcgan.runs.desk import Desk
from dcgan.runs.errors import NotYoursError
from dcgan.runs.limits import Limits
from dcgan.runs.manager import RunManager
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from dcgan.runs.unpacking import unpack
from dcgan.runs.visitors import LOCAL, STRANGER, Visitor
from ui import bundles, visitor

Open = Callable[..., AppTest]


def download(app: AppTest, key: str) -> object:
    return next(button for button in app.get("download_button") if button.key == key)


def buttons(app: AppTest) -> dict[str, str]:
    return {button.key: button.proto.type for button in [*app.button, *app.get("download_button")]}


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


@pytest.fixture
def elsewhere(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "elsewhere")


@pytest.mark.parametrize("page", ["home", "train"])
def test_a_dropped_bundle_becomes_a_run_that_is_led_to(
    open_page: Open, store: RunStore, elsewhere: RunStore, page: str
) -> None:
    run = make_trained_run(elsewhere)
    app = open_page(page)
    app.file_uploader(key="import-file").set_value(("run.dcgan", pack_run(run), "application/zip")).run()
    assert not app.exception
    assert [listed.run_id for listed in store.list_runs()] == [run.run_id]
    assert app.success[0].value.startswith("Imported: ") and "step 40" in app.success[0].value
    assert any(link.proto.query_string == f"run={run.run_id}" for link in app.get("page_link"))
    app.run()  # nothing is imported twice
    assert len(store.list_runs()) == 1 and app.success and not app.info


def test_a_bundle_of_a_run_that_is_here_is_said_to_be(open_page: Open, store: RunStore) -> None:
    run = make_trained_run(store)
    app = open_page("train")
    app.file_uploader(key="import-file").set_value(("run.dcgan", pack_run(run), "application/zip")).run()
    assert app.info[0].value.startswith("This run is here already")
    assert len(store.list_runs()) == 1


def test_another_content_under_a_known_id_gets_a_new_id_and_is_said_to(open_page: Open, store: RunStore) -> None:
    run = make_trained_run(store)
    content = pack_run(run)
    run.append_metrics([{"step": 41, "d_loss": 1.0}])
    app = open_page("train")
    app.file_uploader(key="import-file").set_value(("run.dcgan", content, "application/zip")).run()
    assert len(store.list_runs()) == 2
    assert "an id of its own here" in captions(app)


@pytest.mark.parametrize(
    ("name", "content", "english", "turkish"),
    [
        ("model.h5", b"\x89HDF\r\n\x1a\n" + bytes(50), "it looks like an HDF5 file", "HDF5"),
        ("model.pkl", b"\x80\x04\x95", "it looks like a Python pickle", "pickle"),
        ("empty.dcgan", b"", "it looks like an empty file", "boş bir dosya"),
        ("torn.dcgan", b"PK\x03\x04 and nothing more", "torn\\.dcgan cannot be read", "torn\\.dcgan okunamıyor"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) and "." in value else "",
)
def test_a_file_that_is_refused_is_a_sentence_in_the_readers_language(
    open_page: Open, store: RunStore, name: str, content: bytes, english: str, turkish: str
) -> None:
    for language, words in (("en", english), ("tr", turkish)):
        app = open_page("home", lang=language)
        app.file_uploader(key="import-file").set_value((name, content, "application/octet-stream")).run()
        assert not app.exception
        assert words in app.error[0].value
    assert not store.list_runs()


def test_a_run_that_rests_can_be_taken_home_with_the_size_of_the_file(open_page: Open, store: RunStore) -> None:
    run = make_trained_run(store, changes={"generator.base_filters": 32, "discriminator.base_filters": 32})
    run.write_status(run.written_status().changed(bytes=run.size()))
    app = open_page("train", run=run.run_id)
    megabytes = len(pack_run(run)) / 1e6
    assert f"{megabytes:.1f}" != f"{run.size() / 1e6:.1f}"
    assert download(app, "bundle").proto.label == f"Take it home (about {megabytes:.1f} MB)"  # type: ignore[attr-defined]
    assert buttons(app)["bundle"] == "secondary"
    assert "forgets its disk" not in captions(app) and "a bundle from this page" not in captions(app)


def test_what_a_bundle_leaves_out_is_said_before_the_click(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_trained_run(store, step=220, generators=range(20, 221, 20))
    most = len(pack_run(run)) * 2 // 3
    monkeypatch.setattr(bundles, "MOST_BYTES_AT_HOME", most)
    for language, words in (("en", "generators, evenly spread"), ("tr", "eşit aralıklarla seçilmiş")):
        app = open_page("train", run=run.run_id, lang=language)
        assert words in captions(app) and f"python -m dcgan export {run.run_id}" in captions(app)
        assert words in download(app, "bundle").proto.help  # type: ignore[attr-defined]
    assert len(bundles.make_bundle(Desk(RunManager(store), LOCAL), run.run_id)) <= most


def test_a_run_that_cannot_fit_is_a_sentence_and_no_button(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "MOST_BYTES_AT_HOME", 20_000)
    run = make_trained_run(store)
    for language, words in (("en", "cannot be taken home from this page"), ("tr", "bu sayfadan indirilemez")):
        app = open_page("train", run=run.run_id, lang=language)
        assert "bundle" not in buttons(app)
        assert words in captions(app) and f"python -m dcgan export {run.run_id}" in captions(app)


def test_a_stranger_may_have_less_than_whoever_is_at_home(store: RunStore, tmp_path: Path) -> None:
    at_home = bundles.most_bytes(Desk(RunManager(store), LOCAL))
    for other in (Visitor("a" * 64), STRANGER):
        assert bundles.most_bytes(Desk(RunManager(store, tmp_path / "state", Limits()), other)) < at_home


def test_one_bundle_at_a_time_is_made(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    run, making, most = make_trained_run(store), [], []
    real = bundles.export_run

    def export(*given: object, **named: object) -> object:
        making.append(None)
        most.append(len(making))
        found = real(*given, **named)  # type: ignore[arg-type]
        making.pop()
        return found

    monkeypatch.setattr(bundles, "export_run", export)
    desk = Desk(RunManager(store), LOCAL)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: bundles.make_bundle(desk, run.run_id), range(8)))
    assert most == [1] * 8 and set(made) == {pack_run(run)}


@pytest.mark.parametrize("status", [RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED])
def test_a_run_that_goes_on_is_not_offered_as_a_file(open_page: Open, store: RunStore, status: RunStatus) -> None:
    run = make_trained_run(store)
    with run.lock():
        run.write_status(run.written_status().changed(status=status, host="another-machine"))
        assert "bundle" not in buttons(open_page("train", run=run.run_id))


def test_on_a_host_that_forgets_it_is_the_main_offer_and_says_why(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_PUBLIC", "1")
    monkeypatch.setattr(visitor, "current", lambda: Visitor("a" * 64))
    app = open_page("train", run=make_trained_run(store, owner="a" * 64).run_id)
    assert [key for key, kind in buttons(app).items() if kind == "primary"] == ["bundle"]
    assert "Many a host forgets its disk when it sleeps" in captions(app)


def test_a_run_from_a_thin_bundle_offers_no_resume_and_says_why(
    open_page: Open, store: RunStore, elsewhere: RunStore
) -> None:
    run = make_trained_run(elsewhere)
    run.write_status(run.written_status().changed(status=RunStatus.STOPPED))
    run_id = unpack(pack_run(run, thin=True), store.folder)
    app = open_page("train", run=run_id)
    assert "run-resume" not in buttons(app)
    assert [key for key, kind in buttons(app).items() if kind == "primary"] == ["new-run"]
    assert "cannot be resumed" in captions(app) and "Resume goes on" not in captions(app)


def test_a_bundle_is_made_for_whoever_may_take_the_run(store: RunStore, tmp_path: Path) -> None:
    run = make_trained_run(store, owner="a" * 64)
    manager = RunManager(store, tmp_path / "state", limits=Limits())
    assert bundles.make_bundle(Desk(manager, LOCAL), run.run_id) == pack_run(run)
    assert bundles.make_bundle(Desk(manager, Visitor("a" * 64)), run.run_id) == pack_run(run)
    for other in (Visitor("b" * 64), STRANGER):
        with pytest.raises(NotYoursError):
            bundles.make_bundle(Desk(manager, other), run.run_id)


def test_another_visitor_is_offered_neither_the_file_nor_a_reason_to_want_it(
    open_page: Open, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_PUBLIC", "1")
    monkeypatch.setattr(visitor, "current", lambda: Visitor("b" * 64))
    app = open_page("train", run=make_trained_run(store, owner="a" * 64).run_id)
    assert "bundle" not in buttons(app) and "forgets its disk" not in captions(app)


def test_a_visitor_owns_what_they_import(
    open_page: Open, store: RunStore, elsewhere: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_trained_run(elsewhere, owner="c" * 64)
    monkeypatch.setenv("DCGAN_PUBLIC", "1")
    monkeypatch.setattr(visitor, "current", lambda: Visitor("b" * 64))
    app = open_page("train")
    app.file_uploader(key="import-file").set_value(("run.dcgan", pack_run(run), "application/zip")).run()
    (listed,) = store.list_runs()
    record = store.get(listed.run_id).record()
    # Under an id of its own: with a given one a stranger could stand where another's link leads.
    assert (record.owner, record.parent) == ("b" * 64, run.run_id) and listed.run_id != run.run_id
    assert app.success
