"""The presets beside each other as Markdown: medians over the seeds, then every run.

Owns the choice of the median and the words. Leaves training and scoring to whoever calls.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.outcomes import Outcome
from benchmarks.scores import Scores

FAVOURITE = "stable"  # the default preset has to be the best for equal CPU time


@dataclass(frozen=True)
class Column:
    """One figure of the tables: its head, how it is read from an outcome, how it is written."""

    head: str
    read: Callable[[Outcome], float]
    digits: int = 1

    def write(self, outcomes: Sequence[Outcome]) -> str:
        """Return the median over outcomes as a cell."""
        return f"{median(self.read(outcome) for outcome in outcomes):,.{self.digits}f}"


def columns(with_fid: bool) -> Sequence[Column]:
    """Return the figures in the order of the tables."""
    kid = (
        Column("KID x 1000", lambda outcome: 1000 * outcome.scores.kid)
        if with_fid
        else Column("KID", lambda outcome: outcome.scores.kid, 2)
    )
    return [
        *([Column("FID-10k", lambda outcome: outcome.scores.fid or 0.0)] if with_fid else []),
        kid,
        Column("FCD", lambda outcome: outcome.scores.fcd, 2),
        Column("precision", lambda outcome: outcome.scores.precision, 2),
        Column("recall", lambda outcome: outcome.scores.recall, 2),
        Column("coverage", lambda outcome: outcome.scores.coverage, 2),
        Column("minutes", lambda outcome: outcome.minutes),
        Column("CPU minutes", lambda outcome: outcome.cpu_minutes),
        Column("epochs", lambda outcome: outcome.epochs, 0),
        Column("best epoch", lambda outcome: outcome.best_epoch),
    ]


def by_preset(outcomes: Sequence[Outcome]) -> Mapping[str, Sequence[Outcome]]:
    """Return the runs of each preset, in the order in which the presets come first."""
    presets = dict.fromkeys(outcome.preset for outcome in outcomes)
    return {preset: [outcome for outcome in outcomes if outcome.preset == preset] for preset in presets}


def leading(outcome: Outcome) -> float:
    """Return the figure that decides which preset is the best: FID where it was measured, else FCD."""
    return outcome.scores.fcd if outcome.scores.fid is None else outcome.scores.fid


def rank_medians(outcomes: Sequence[Outcome]) -> list[tuple[float, str]]:
    """Return the median of the deciding figure and the preset, the best first."""
    return sorted((median(map(leading, runs)), preset) for preset, runs in by_preset(outcomes).items())


def to_markdown(outcomes: Sequence[Outcome], real: Scores, facts: Sequence[str]) -> str:
    """Return the report.

    Args:
        outcomes: of all runs, at least one; FID was measured of all or of none.
        real: what as many training images get.
        facts: sentences on how it came about, each a paragraph.
    """
    with_fid = real.fid is not None
    shown = columns(with_fid)
    floor = Outcome(
        preset="real images", seed=0, epochs=0, minutes=0, cpu_minutes=0, best_epoch=0, machine="", scores=real
    )
    count = len(shown) - 4  # scores; real images take no time
    medians = [
        *([preset, *(column.write(runs) for column in shown)] for preset, runs in by_preset(outcomes).items()),
        ["real images", *(column.write([floor]) for column in shown[:count]), *[""] * (len(shown) - count)],
    ]
    singles = [[one.preset, str(one.seed), *(column.write([one]) for column in shown)] for one in outcomes]
    heads = [column.head for column in shown]
    seeds = sorted({len(runs) for runs in by_preset(outcomes).values()})
    caption = f"Median of {' to '.join(map(str, seeds))} seed{'' if seeds == [1] else 's'}; each column has its own."
    return "\n\n".join(
        [
            "# The presets for the same CPU time",
            *facts,
            name_features(with_fid),
            caption,
            markdown_table(["preset", *heads], medians),
            describe_order(outcomes),
            "Every run:",
            markdown_table(["preset", "seed", *heads], singles),
        ]
    ) + "\n"  # fmt: skip


def name_features(with_fid: bool) -> str:
    """Return whose features the figures are on."""
    if with_fid:
        return (
            "FID-10k, KID, precision, recall and coverage are on the features of the 2015-12-05 Inception at 299 px, "
            "FCD on those of the data set's own classifier."
        )
    return "All figures are on the features of the data set's own classifier; FID was not measured."


def describe_order(outcomes: Sequence[Outcome]) -> str:
    """Return which preset is the best, as a sentence."""
    (value, best), *others = rank_medians(outcomes)
    name = "FCD" if outcomes[0].scores.fid is None else "FID-10k"
    rest = "; ".join(f"`{preset}` {other:,.1f}" for other, preset in others)
    return f"The lowest median {name} is that of `{best}`: {value:,.1f}" + (f" ({rest})." if rest else ".")


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table, its first column to the left and the others to the right.

    Raises:
        ValueError: a row has not as many cells as the head.
    """
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    if any(len(line) != len(head) for line in lines):
        raise ValueError(f"Every row of this table needs {len(head)} cells.")
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
