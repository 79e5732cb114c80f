import csv
import io

from dcgan.runs.curves_csv import to_csv


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_every_row_of_every_run_stands_there_with_its_own_columns() -> None:
    rows = read(
        to_csv(
            [
                ("id-1", "one", [{"step": 1, "epoch": 0.5, "seconds": 0.25, "d_loss": 1.386}, {"step": 2}]),
                ("id-2", "two, “quoted”\nand long", [{"step": 1, "d_loss": 0.5, "kid": 0.125}]),
            ]
        )
    )
    assert list(rows[0]) == ["run", "name", "step", "epoch", "seconds", "d_loss", "kid"]
    assert [(row["run"], row["step"], row["d_loss"], row["kid"]) for row in rows] == [
        ("id-1", "1", "1.386", ""),
        ("id-1", "2", "", ""),
        ("id-2", "1", "0.5", "0.125"),
    ]
    assert rows[2]["name"] == "two, “quoted”\nand long"


def test_no_name_and_no_value_from_elsewhere_is_a_formula() -> None:
    (row,) = read(to_csv([("id", "=HYPERLINK(1)", [{"step": -1, "@x": "+1", "note": "-cmd"}])]))
    assert row == {
        "run": "id", "name": "'=HYPERLINK(1)", "step": "-1", "epoch": "", "seconds": "", "'@x": "'+1", "note": "'-cmd",
    }  # fmt: skip


def test_a_value_that_is_none_is_empty() -> None:
    (_, line) = to_csv([("x", "y", [{"step": 1, "images_per_second": None}])]).decode().splitlines()
    assert line == "x,y,1,,,"


def test_runs_without_rows_are_a_heading_alone() -> None:
    assert to_csv([("id", "n", [])]) == b"run,name,step,epoch,seconds\r\n"


def test_a_judgement_stands_in_the_line_of_its_step_with_a_column_a_class() -> None:
    judged = {"step": 2, "epoch": 0.2, "seconds": 9.5, "fcd": 12.5, "class_shares": [0.25, 0.75]}
    rows = [{"step": 1, "d_loss": 1.0}, {"step": 2, "seconds": 9.0, "d_loss": 1.25}, judged, {"step": 3, "d_loss": 1.5}]
    lines = read(to_csv([("id", "n", rows)]))
    assert [line["step"] for line in lines] == ["1", "2", "3"]
    assert [line["d_loss"] for line in lines] == ["1.0", "1.25", "1.5"]
    assert [line["fcd"] for line in lines] == ["", "12.5", ""]
    assert (lines[1]["class_shares_0"], lines[1]["class_shares_1"], lines[1]["seconds"]) == ("0.25", "0.75", "9.0")


def test_a_judgement_whose_step_has_no_line_has_one_of_its_own() -> None:
    lines = read(to_csv([("id", "n", [{"step": 1, "d_loss": 1.0}, {"step": 7, "fcd": 12.5}, {"fcd": 3.0}])]))
    assert [(line["step"], line["fcd"]) for line in lines] == [("1", ""), ("7", "12.5"), ("", "3.0")]
