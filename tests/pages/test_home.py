from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from bundle_runs import make_trained_run, pack_run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run

Open = Callable[..., AppTest]


def shown(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_an_empty_home_says_what_to_do(open_page: Open) -> None:
    app = open_page("home")
    assert any("No runs yet." in element.value for element in app.markdown)
    assert [button.key for button in app.button if button.proto.type == "primary"] == ["begin"]


def test_runs_are_listed_newest_first_with_state_and_progress(open_page: Open, store: RunStore) -> None:
    for status in (RunStatus.FINISHED, RunStatus.STOPPED, RunStatus.FAILED):
        make_run(store, status)
    order = [run.status.status.value for run in store.list_runs() if run.status]
    words = shown(open_page("home"))
    assert sorted(order, key=lambda state: words.index(f'class="badge {state}"')) == order
    assert words.count('aria-valuenow="25"') == 3


def test_a_long_list_is_folded_until_asked_for(open_page: Open, store: RunStore) -> None:
    for _ in range(14):
        make_run(store, RunStatus.FINISHED, step=0)
    app = open_page("home")
    assert shown(app).count('class="badge finished"') == 12
    app.button(key="runs-all").click().run()
    assert shown(app).count('class="badge finished"') == 14


def test_the_language_can_be_chosen_and_stays_in_the_address(open_page: Open) -> None:
    app = open_page("home")
    app.selectbox(key="language").select("tr").run()
    assert app.title[0].value == "Çizmeyi öğrenen bir ağ eğitin."
    assert app.query_params["lang"] == "tr"


def test_an_address_can_name_the_language(open_page: Open) -> None:
    assert open_page("home", lang="tr").title[0].value == "Çizmeyi öğrenen bir ağ eğitin."


def test_an_unknown_language_in_the_address_is_english(open_page: Open) -> None:
    assert open_page("home", lang="xx").title[0].value == "Train a network that draws."


def test_home_leads_to_where_one_begins_to_understand(open_page: Open) -> None:
    assert [link.proto.page for link in open_page("home").get("page_link")] == ["learn"]


def test_an_imported_run_is_in_the_list_at_once(open_page: Open, store: RunStore, tmp_path: Path) -> None:
    run = make_trained_run(RunStore(tmp_path / "elsewhere"))
    run.relabel(name="from elsewhere")
    app = open_page("home")
    app.file_uploader(key="import-file").set_value(("run.dcgan", pack_run(run), "application/zip")).run()
    assert [listed.run_id for listed in store.list_runs()] == [run.run_id]
    assert "from elsewhere" in shown(app) + " ".join(link.proto.label for link in app.get("page_link"))
