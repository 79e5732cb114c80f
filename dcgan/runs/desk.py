"""What one visitor may see and do: the only way from a page to the runs.

Owns who may do what. Every verb asks here, in the backend, whose the run is; what a widget or an address says counts
for nothing. Leaves doing it to `manager`, counting to `quota`, and who somebody is to `visitors`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from dcgan.config import Config
from dcgan.runs.archive import Source
from dcgan.runs.bundle_format import OWN_PARAMETERS, OWN_ROWS, Progress
from dcgan.runs.errors import LimitError, NotYoursError, RunError, RunNotFoundError
from dcgan.runs.gallery import Gallery
from dcgan.runs.judging import Judging
from dcgan.runs.labels import LabelChanges, Labels
from dcgan.runs.limits import Limits
from dcgan.runs.manager import RunManager
from dcgan.runs.quota import Quota
from dcgan.runs.run import Run
from dcgan.runs.store import ListedRun
from dcgan.runs.unpacking import unpack
from dcgan.runs.visitors import Visitor

JUDGED_SAMPLES = 10_000  # as the command line takes, so that either finds what the other has measured


class Desk:
    """Thread-safe. The runs, as far as they are one visitor's business; cheap to make.

    All verbs raise `RunNotFoundError` for what is no run's id, and `NotYoursError` where the run is another's, belongs
    to the gallery, or the visitor is not known yet; then nothing was changed.
    """

    def __init__(self, manager: RunManager, visitor: Visitor, gallery: Gallery | None = None) -> None:
        """Bind the runs to a visitor; an anonymous one needs a manager with limits."""
        assert visitor.is_local or manager.quota is not None, "an anonymous visitor without limits"
        self._manager, self.visitor, self._gallery = manager, visitor, gallery

    @property
    def folder(self) -> Path:
        """Where the runs are; for sentences to the local visitor alone."""
        return self._manager.store.folder

    @property
    def limits(self) -> Limits | None:
        """What this visitor may have; None for the local one, who may have everything."""
        return None if self.visitor.is_local or self._manager.quota is None else self._manager.quota.limits

    def list_runs(self) -> list[ListedRun]:
        """Return the visitor's runs, newest first; a broken one of unknown owner is listed for the local visitor alone.

        Raises:
            OSError: the folder cannot be read.
        """
        runs = self._manager.store.list_runs()
        if self.visitor.is_local:
            return runs
        return [run for run in runs if run.status is not None and self.visitor.owns(run.status.owner)]

    def list_gallery(self) -> list[ListedRun]:
        """Return the gallery's runs that have been unpacked so far, in the order of their bundles' names."""
        return [] if self._gallery is None else self._gallery.list_runs()

    def list_seen(self) -> list[ListedRun]:
        """Return the visitor's runs, newest first, and then the gallery's that are not among them. Raises as above."""
        own = self.list_runs()
        known = {run.run_id for run in own}
        return [*own, *(run for run in self.list_gallery() if run.run_id not in known)]

    def get(self, run_id: str) -> Run:
        """Return a run to look at, and to generate from: whoever knows its full id may."""
        shown = None if self._gallery is None else self._gallery.find(run_id)
        if shown is not None and not self.visitor.is_local:  # no visitor's run stands before it
            return shown
        try:
            return self._manager.store.get(run_id)
        except RunNotFoundError:
            if shown is None:
                raise
            return shown

    def owns(self, run_id: str) -> bool:
        """Whether the visitor may steer, rename and delete a run; for what a page offers, while the verbs ask again."""
        try:
            self.require_owner(run_id)
        except RunError:
            return False
        return True

    def is_shown(self, run_id: str) -> bool:
        """Whether a run belongs to the gallery."""
        return self._gallery is not None and self._gallery.find(run_id) is not None

    def require_owner(self, run_id: str) -> Run:
        """Return a run that is the visitor's; for whoever changes it."""
        if self.is_shown(run_id) and not self.visitor.is_local:
            raise NotYoursError("gallery-run", run=run_id)
        try:
            run = self._manager.store.get(run_id)
        except RunNotFoundError:
            if self.is_shown(run_id):
                raise NotYoursError("gallery-run", run=run_id) from None
            raise
        self._require(run, run_id)
        return run

    def require_taker(self, run_id: str) -> Run:
        """Return a run whose bundle, checkpoints and files the visitor may take home: an own one, or the gallery's."""
        if self.is_shown(run_id):
            return self.get(run_id)
        return self.require_owner(run_id)

    def may_take(self, run_id: str) -> bool:
        """Whether `require_taker` would return; for what a page offers."""
        return self.is_shown(run_id) or self.owns(run_id)

    def require_judge(self, run_id: str) -> Run:
        """Return a run whose checkpoints the visitor may have judged: an own one, or the gallery's.

        What is measured of a run of the gallery is kept beside it for everybody, and it has a few checkpoints, each to
        be measured once: all visitors together cannot ask for more than that, one at a time each, behind all training.
        """
        run = self.require_taker(run_id)
        self._require_known()
        return run

    def may_judge(self, run_id: str) -> bool:
        """Whether `require_judge` would return; for what a page offers."""
        return self.visitor.is_known and self.may_take(run_id)

    def require_allowed(self, config: Config) -> None:
        """Refuse a config that asks for more than the visitor may have.

        Raises:
            ConfigError: a field is beyond its limit.
            LimitError: what it would keep is.
        """
        if not self.visitor.is_local:
            self._quota.require_allowed(config)

    def start(self, config: Config) -> str:
        """Make a run of the visitor's and put it in line; returns its id.

        Raises:
            NotYoursError: nobody knows yet who the visitor is.
            ConfigError, LimitError: more than the visitor may have.
            OSError: the folder cannot be written; nothing is left behind.
        """
        if self.visitor.is_local:
            return self._manager.start(config)
        self._require_known()
        self._quota.require_allowed(config)
        with self._quota.hold():
            self._quota.require_room(self.visitor.owner)
            return self._manager.start(config, self.visitor.owner)

    def pause(self, run_id: str) -> None:
        """Ask for a checkpoint and a pause. Raises as `RunManager.pause`, too."""
        self.require_owner(run_id)
        self._manager.pause(run_id)

    def stop(self, run_id: str) -> None:
        """Ask for a checkpoint and an end. Raises as `RunManager.stop`, too."""
        self.require_owner(run_id)
        self._manager.stop(run_id)

    def resume(self, run_id: str) -> None:
        """Go on with a run. Raises as `RunManager.resume`, too.

        Raises:
            LimitError: the visitor has no room for one more, or the run has used up its time.
        """
        run = self.require_owner(run_id)
        if self.visitor.is_local:
            self._manager.resume(run_id)
            return
        with self._quota.hold():
            self._quota.require_minutes(run.status())
            self._quota.require_epochs(run.config())
            self._quota.require_room(self.visitor.owner, but=run_id)
            self._manager.resume(run_id)

    def relabel(self, run_id: str, **changes: Unpack[LabelChanges]) -> Labels:
        """Change some of the owner's words about a run. Raises as `RunManager.relabel`, too."""
        self.require_owner(run_id)
        return self._manager.relabel(run_id, **changes)

    def delete(self, run_id: str) -> None:
        """Move a run that rests into the trash. Raises as `RunManager.delete`, too."""
        self.require_owner(run_id)
        self._manager.delete(run_id)

    def restore(self, run_id: str) -> None:
        """Bring a deleted run back. Raises as `RunManager.restore`, too.

        Raises:
            LimitError: the visitor's other runs have taken its room meanwhile.
        """
        deleted = self._manager.store.trash.find(run_id)
        if deleted is None:  # back already, or never there
            self.require_owner(run_id)
        else:
            self._require(Run(deleted), run_id)
        if deleted is None or self.visitor.is_local:
            self._manager.restore(run_id)
            return
        with self._quota.hold("import"), self._quota.hold():
            self._quota.require_fewer(self.visitor.owner)
            self._quota.require_share(self.visitor.owner, Run(deleted).size())
            self._manager.restore(run_id)

    def judge(self, run_id: str, steps: Sequence[int]) -> None:
        """Have checkpoints of a run judged, in a process of its own and in turn with others.

        Raises:
            RefusedCheckpointError: one of them is not there.
            LimitError: the visitor has something judged already, or wants more than one checkpoint at a time.
        """
        run = self.require_judge(run_id)
        if not self.visitor.is_local and len(steps) > 1:
            raise LimitError("limit-judging-all")
        self._manager.judges.start(run, steps, JUDGED_SAMPLES, "" if self.visitor.is_local else self.visitor.owner)

    def judging(self, run_id: str, step: int) -> Judging | None:
        """Return how far the judging of a checkpoint is, whoever asked for it, or how the visitor's own ended."""
        return self._manager.judges.find(run_id, step, self.visitor.owns)

    def may_cancel(self, judging: Judging) -> bool:
        """Whether it was the visitor who asked for this; for what a page offers."""
        return self.visitor.owns(judging.owner)

    def cancel_judging(self, run_id: str, step: int) -> None:
        """End what the visitor began with `judge`; what was judged so far is kept.

        Raises:
            NotYoursError: another visitor began it.
        """
        self.require_judge(run_id)
        self._manager.judges.cancel(run_id, step, self.visitor.owns)

    def bring_in(self, source: Source, progress: Progress | None = None) -> str:
        """Put the run that is in a bundle among the visitor's; returns its id. Raises as `unpack`, too.

        Raises:
            NotYoursError: nobody knows yet who the visitor is.
            LimitError: the visitor has no room left, or others import at this moment.
        """
        if self.visitor.is_local:
            return unpack(source, self.folder, progress=progress, most_parameters=OWN_PARAMETERS, most_rows=OWN_ROWS)
        self._require_known()
        owner = self.visitor.owner
        with self._quota.hold("import"):
            self._quota.require_fewer(owner)
            run_id = unpack(source, self.folder, owner, progress, self._quota.room_of(owner), keeps_id=False)
            self._quota.make_room(owner)
            return run_id

    @property
    def _quota(self) -> Quota:
        assert self._manager.quota is not None
        return self._manager.quota

    def _require_known(self) -> None:
        if not self.visitor.is_known:
            raise NotYoursError("not-known")

    def _require(self, run: Run, run_id: str) -> None:
        """Refuse a run that is not the visitor's; what `run.json` says counts, written once by its creator."""
        if self.visitor.is_local:
            return
        self._require_known()
        if not self.visitor.owns(run.record().owner):
            raise NotYoursError("not-yours", run=run_id)
