"""Taking runs home and bringing them in, from a terminal.

Owns the progress bar and what a person gave wrongly. Leaves the file to `runs.bundle` and `runs.unpacking`, and what is
printed afterwards to `cli`.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from dcgan.runs import bundle_format
from dcgan.runs.bundle import BundleFacts, export_run
from dcgan.runs.run import Run
from dcgan.runs.unpacking import unpack


def write_bundle(run: Run, out: Path, thin: bool, quiet: bool) -> BundleFacts:
    """Write a run's bundle with a bar.

    Raises:
        ValueError: the name or the folder cannot be used, or the run cannot be read.
        OSError: the file cannot be written; nothing is left behind.
    """
    if out.suffix != bundle_format.SUFFIX or out.is_dir():
        raise ValueError(f"--out {out} cannot be used: a bundle is a file whose name ends in {bundle_format.SUFFIX}.")
    if not out.absolute().parent.is_dir():
        raise ValueError(f"--out {out} cannot be used: there is no folder {out.absolute().parent}.")
    with _show_bar("writing", quiet) as tell:
        return export_run(run, out, thin, tell)


def read_bundle(file: Path, folder: Path, quiet: bool) -> str:
    """Bring a bundle's run in with a bar; returns its id.

    Raises:
        AlreadyHereError: it is here already.
        ValueError: no such file, or one that cannot be used.
        OSError: it cannot be read, or the folder cannot be written; nothing is left behind.
    """
    if not file.is_file():
        why = "it is no file" if file.exists() else "there is no such file"
        raise ValueError(f"{file} cannot be imported: {why}.")
    with _show_bar("checking", quiet) as tell:
        return unpack(
            file, folder, progress=tell, most_parameters=bundle_format.OWN_PARAMETERS, most_rows=bundle_format.OWN_ROWS
        )


@contextlib.contextmanager
def _show_bar(what: str, quiet: bool) -> Iterator[bundle_format.Progress]:
    """A bar on a terminal, nothing in a log: it is over in seconds."""
    console = Console(stderr=True, quiet=quiet)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
