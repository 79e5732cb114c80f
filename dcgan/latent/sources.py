"""A generator by what a person names: a run's checkpoint, or a file from anywhere.

Owns what "last" means where the newest is damaged, and "best" while a run trains. Leaves reading and suspecting a file
to `runs.inspection`.
"""

from pathlib import Path

from dcgan.latent.generator import Generator, list_steps, open_generator
from dcgan.runs.errors import RefusedCheckpointError
from dcgan.runs.inspection import read_checkpoint
from dcgan.runs.run import Run
from dcgan.runs.store import RUN_ID, RunStore

BEST, LAST = "best", "last"


def open_checkpoint(run: Run, wished: str = LAST) -> Generator:
    """Return a run's generator at a step.

    Args:
        run: any run; it may be training.
        wished: a step in digits; "last": the newest that can be read, since the newest of all may be half a file; or
            "best": the one that was judged best.

    Raises:
        ValueError: `wished` is none of these.
        RefusedCheckpointError: there is no such checkpoint, or it is damaged; of "last", that all are; of "best", that
            the run has not been judged.
        OSError: it cannot be read.
    """
    if wished == BEST:
        return _open_best(run)
    if wished != LAST:
        return open_generator(run, _read_step(wished))
    first: RefusedCheckpointError | None = None
    for step in reversed(list_steps(run)):
        try:
            return open_generator(run, step)
        except RefusedCheckpointError as error:
            first = first or error
    raise first or RefusedCheckpointError("checkpoint-none", run=run.run_id)


def open_named(store: RunStore, name: str, wished: str | None = None) -> Generator:
    """Return the generator that a command line names: of a run in `store`, or in a file.

    Raises:
        ValueError: no such run or file, one that is refused, or a step where a file has only its own.
        OSError: it cannot be read.
    """
    path = Path(name)
    if RUN_ID.fullmatch(name) or not (path.suffix or path.is_file()):
        return open_checkpoint(store.get(name), LAST if wished is None else wished)
    if wished is not None:
        raise ValueError(f"--checkpoint {wished} cannot be used with a file: {name} is one checkpoint.")
    if not path.is_file():
        raise ValueError(f"There is no file {name}. Name a run, or a checkpoint that ends in .safetensors.")
    return Generator(read_checkpoint(path))


def _open_best(run: Run) -> Generator:
    """The best as it is now: another may become it, and drop this one, while it is opened."""
    best = run.checkpoints.best()
    if best is None:
        raise RefusedCheckpointError("checkpoint-not-judged", run=run.run_id)
    try:
        return open_generator(run, best.step)
    except RefusedCheckpointError:
        if run.checkpoints.best() == best:
            raise
        return _open_best(run)


def _read_step(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 13):
        raise ValueError(
            f'checkpoint = {text[:40]!r} cannot be used: it must be "best", "last" or a step, such as 1875.'
        )
    return int(text)
