"""Facts about how the settings of a run are shown."""

import re

import pytest

from dcgan.config import Config, build_config, field_paths, field_schema
from dcgan.runs.errors import BrokenRunError
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run
from ui import settings, state, text


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")


def row(config: Config, label: str) -> list[str]:
    """What stands beside a label, in each section that has one of that name."""
    return re.findall(rf"<td>{re.escape(label)}</td><td>(.*?)</td>", settings._table(config))


def test_what_differs_from_the_recipe_is_strong_and_nothing_else() -> None:
    config = build_config("stable", {"training.epochs": 3, "generator.base_filters": 32})
    assert row(config, "Epochs") == ["<b>3</b>"]
    assert row(config, "Filters") == ["<b>32</b>", "64"]  # the generator's, the discriminator's
    assert settings._table(config).count("<b>") == 2
    assert "<b>" not in settings._table(build_config("notebook"))


def test_every_field_that_can_be_chosen_has_a_row_and_the_others_have_none() -> None:
    table = settings._table(build_config("stable"))
    chosen = [path for path in field_paths() if "const" not in field_schema(path)]
    assert 0 < len(chosen) < len(field_paths())
    assert table.count("<td>") == 2 * len(chosen)
    assert "Channels" not in table


def test_each_section_has_one_heading_in_the_order_of_the_config() -> None:
    headings = re.findall(r"<th[^>]*>(.*?)</th>", settings._table(build_config("stable")))
    sections = list(dict.fromkeys(path.partition(".")[0] for path in field_paths()))
    assert headings == [text.t(f"section.{section}").replace("'", "&#x27;") for section in sections]


def test_values_are_words_and_numbers_are_written_in_the_readers_way(monkeypatch: pytest.MonkeyPatch) -> None:
    config = build_config("notebook", {"data.limit": 12_000})
    assert row(config, "Images used") == ["<b>12,000</b>"]
    assert row(build_config("notebook"), "Images used") == ["all"]
    assert row(config, "One joined batch") == ["yes"]
    assert row(config, "Order in a block") == ["activate, then normalise"]
    monkeypatch.setattr(text, "language", lambda: "tr")
    assert row(config, "Kullanılan görüntü") == ["<b>12.000</b>"]
    assert row(config, "Birleşik yığın") == ["evet"]
    assert row(config, "Üreticinin öğrenme oranı") == ["0,001"]


def test_settings_that_cannot_be_read_are_an_error_and_not_half_a_table() -> None:
    run = make_run(RunStore(state.desk().folder), RunStatus.STOPPED, step=0)
    (run.run_dir / "run.json").write_text("{torn")
    with pytest.raises(BrokenRunError):
        settings.show_settings(run.run_id)
