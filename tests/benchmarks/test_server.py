"""Facts about the command that watches the app: where its runs go."""

from pathlib import Path

from benchmarks import server


def test_a_run_that_is_to_be_kept_stays_and_another_goes(tmp_path: Path) -> None:
    with server._folder(tmp_path / "kept" / "here") as folder:
        (folder / "run").write_text("x")
    assert (tmp_path / "kept" / "here" / "run").exists()
    with server._folder(None) as folder:
        (folder / "run").write_text("x")
    assert not folder.exists()


def test_the_options_are_those_of_the_readme(tmp_path: Path) -> None:
    options = server.parse_options(["--whole-run", "--keep", str(tmp_path), "--seconds", "5"])
    assert (options.whole_run, options.keep, options.seconds, options.json) == (True, tmp_path, 5.0, None)
