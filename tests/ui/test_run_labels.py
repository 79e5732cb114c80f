from dcgan.runs.labels import Labels
from ui.run_labels import list_changes


def test_a_dialog_writes_only_what_was_changed_in_it() -> None:
    before = Labels(name="a", notes="b", tags=("c",))
    assert list_changes(before, "a", ["c"], "b") == {}
    assert list_changes(before, "new", ["c"], "b") == {"name": "new"}
    assert list_changes(before, "a", [], "") == {"tags": [], "notes": ""}
