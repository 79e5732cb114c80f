"""One run, trained in this process: run directory in, rows, samples, checkpoints and status out.

Owns when things are written and in which order, so that a kill at any moment loses nothing: the rows up to a step are
durable before the checkpoint of that step appears. The caller holds the run's lock.
"""

import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any

from dcgan.config import batch_error, list_changes, parse_config
from dcgan.data import images
from dcgan.data.datasets import Dataset, load_dataset
from dcgan.latents import latents, purpose_seed
from dcgan.models.gan import GAN
from dcgan.runs.best import Best
from dcgan.runs.run import Run
from dcgan.runs.status import Problem, RunStatus
from dcgan.training.clock import TrainingClock
from dcgan.training.control import Control, StayEnded, Wish
from dcgan.training.judging import LiveQuality
from dcgan.training.loop import StepsDone, count_steps, train
from dcgan.training.problems import TrainingProblem, explain, images_problem, is_disk_full
from dcgan.training.rows import to_rows
from dcgan.training.state import get_sampler_state, get_state, set_state

STATUS_SECONDS = 1.0
DOWNLOAD_SECONDS = 0.5  # between two words on how far a download is
PAUSE_POLL_SECONDS = 0.2
UNSEEN_SECONDS = 60.0  # without a grid, after which one is drawn beside a judgement

log = logging.getLogger(__name__)


class _AskedError(Exception):
    """Ends a download, because whoever steers wants something else."""


class Trainer:
    """Not thread-safe. Lives for one stay of a run in a process."""

    def __init__(self, run: Run, control: Control, should_yield: Callable[[], bool] = lambda: False) -> None:
        """Load the data, build the networks, restore the last checkpoint.

        Args:
            run: the run, whose lock the caller holds.
            control: what whoever steers wants.
            should_yield: asked while paused: whether to give the device up.

        Raises:
            StayEnded: whoever steers wanted so while the images were downloaded.
            TrainingProblem: the images or the checkpoint cannot be used.
        """
        self.run, self.control, self.should_yield = run, control, should_yield
        self.config = run.config()
        self.status = run.written_status()
        self.clock, self._told_at = TrainingClock(self.status.seconds), float("-inf")
        self._load_data()
        self.gan = GAN(self.config)
        rows = self.config.saving.sample_rows
        seed = purpose_seed(self.config.training.seed, "samples")
        self.fixed_latents = latents(seed, rows * rows, self.config.generator.latent_dim)
        self.clock = TrainingClock(self._restore())
        self.quality = LiveQuality(self.gan, self.dataset, run.checkpoints.best(), self.clock.seconds)
        self._rows: list[dict[str, Any]] = []
        self._saved_at = self._told_at = self._sampled_at = time.monotonic()
        self._saved_step: int | None = None
        self._sampled_step: int | None = None
        run.hold_reserve()

    def train(self) -> RunStatus:
        """Train until the run ends, is stopped, or gives way; returns the status that was written."""
        try:
            return self._train()
        except Exception as error:
            problem = explain(error, self.run.run_dir.parent)
            log.log(logging.WARNING if isinstance(error, TrainingProblem) else logging.ERROR, problem, exc_info=error)
            if is_disk_full(error):
                self.run.free_reserve()
                self.run.checkpoints.make_room()
            return self._fail(problem)

    def _train(self) -> RunStatus:
        self._tell(status=RunStatus.RUNNING, phase="training", error=None)
        if self.status.step == 0:
            self._sample()
        for done in train(self.gan, self.dataset.images, images.to_float, self.gan.steps_per_call):
            self._keep(done)
            if done.epoch_end or done.step % self.config.saving.sample_every < len(done.metrics):
                self._sample(done.epoch_end)
            is_best = self._judge(done)
            if done.epoch_end or is_best:
                self._save_generator(done)
            if done.epoch_end or is_best or time.monotonic() - self._saved_at >= self.config.saving.checkpoint_seconds:
                self._save()
                self._mark_best(is_best)
            elif time.monotonic() - self._told_at >= STATUS_SECONDS:
                self._flush()
            if (ended := self._heed()) is not None:
                return ended
        return self._end(RunStatus.FINISHED)  # the last epoch's end has saved

    def _load_data(self) -> None:
        """Load the images, and refuse those that the run was not begun with."""
        batch_size = self.config.training.batch_size
        try:
            self.dataset = self._fetch()
            if batch_size > len(self.dataset.images):
                raise batch_error(batch_size, len(self.dataset.images))
        except ValueError as error:
            raise images_problem(error, self.config.data.dataset) from None
        self.steps_per_epoch, steps = count_steps(self.config.training, len(self.dataset.images))
        known = {"sample_data": self.dataset.is_sample, "dataset_sha256": self.dataset.sha256}
        self.status = self.status.changed(steps=steps, **known)

    def _fetch(self) -> Dataset:
        """Return the images; a download ends at once when something is asked, and begins again after a pause."""
        while True:
            try:
                dataset = load_dataset(self.config.data.dataset, self.config.data.limit, self._watch_download)
            except _AskedError:
                self.status = self.status.changed(data_bytes=None)
                if (ended := self._obey(self._wish())) is not None:
                    raise StayEnded(ended) from None
                continue
            if self.status.phase == "downloading":
                self._tell(phase="starting", data_bytes=None)
            return dataset

    def _watch_download(self, done: int, total: int) -> None:
        """Say how far the download is, and end it when something else is wanted."""
        if self._wish() != Wish.GO:
            raise _AskedError
        if time.monotonic() - self._told_at >= DOWNLOAD_SECONDS:
            self._tell(phase="downloading", data_bytes=(done, total))

    def _restore(self) -> float:
        """Go back to the newest whole checkpoint and forget what lies after it; returns its seconds of training."""
        checkpoint, reasons = self.run.checkpoints.load_last()
        for reason in reasons:
            log.warning("checkpoint passed over: %s", reason)
            self.run.append_event("fell-back", reason=reason)
        if checkpoint is None and reasons:  # to begin anew would drop grids and generators that are whole
            raise TrainingProblem("no-checkpoint")
        step, seconds = 0, 0.0
        if checkpoint is not None:
            if checkpoint.notes.get("dataset_sha256") != self.dataset.sha256:
                raise TrainingProblem("data-changed", dataset=self.dataset.name)
            self._require_settings(checkpoint.notes.get("config"))
            set_state(self.gan, checkpoint.arrays)
            step, seconds = checkpoint.step, float(checkpoint.notes.get("seconds", 0.0))
        self.run.cut_history(step)
        self.run.checkpoints.forget_after(step)
        best = self.run.checkpoints.settle_best(self.run.metrics())
        self.run.append_event("started" if checkpoint is None else "resumed", step=step)
        epoch = step // self.steps_per_epoch
        self.status = self.status.changed(step=step, seconds=seconds, epoch=epoch, paced_from=None)
        self.status = self.status.changed(best=None if best is None else best.model_dump(mode="json"))
        return seconds

    def _require_settings(self, saved: Any) -> None:
        """Refuse settings that somebody changed under a checkpoint: the run would be neither the one nor the other."""
        changed = list_changes(parse_config(saved), self.config) if saved is not None else []
        if changed:
            raise TrainingProblem("settings-changed", fields=", ".join(changed))

    def _keep(self, done: StepsDone) -> None:
        """Turn a call's metrics into rows."""
        rate = self.clock.rate(done.step * self.config.training.batch_size)
        self._rows += to_rows(done, self.steps_per_epoch, self.clock.seconds, rate)
        if self.status.paced_from is None:
            self.status = self.status.changed(paced_from=(done.step, self._rows[-1]["seconds"]))
        self.status = self.status.changed(
            step=done.step, epoch=int(done.epoch), seconds=self._rows[-1]["seconds"], losses=done.metrics[-1],
            images_per_second=self._rows[-1]["images_per_second"],
        )  # fmt: skip

    def _flush(self, *, durable: bool = False) -> None:
        """Write the rows that wait, and the status."""
        self.run.append_metrics(self._rows, durable=durable)
        self._rows.clear()
        self._tell()

    def _tell(self, **values: Any) -> None:
        self.status = self.status.changed(**values)
        self.run.write_status(self.status)
        self._told_at = time.monotonic()

    def _sample(self, epoch_end: bool = False) -> None:
        """Save the grid of the fixed latents, and D's belief in each of its images; training's random state is left."""
        saving, step = self.config.saving, self.status.step
        samples = self.gan.generate(self.fixed_latents)
        scores = [round(float(score), 4) for score in self.gan.score(samples)]
        grid = images.grid(images.to_uint8(samples), columns=saving.sample_rows, inverted=saving.inverted)
        epoch = round(step / self.steps_per_epoch, 5)
        facts = {"step": step, "epoch": epoch, "epoch_end": epoch_end, "scores": scores}
        self.run.save_sample(step, images.encode_png(grid), facts)
        self._sampled_at, self._sampled_step = time.monotonic(), step

    def _save(self) -> None:
        """Save the full state: first the rows that it counts on, then the state."""
        self._flush(durable=True)
        self._tell(phase="saving")
        notes = {"seconds": self.clock.seconds, "dataset_sha256": self.dataset.sha256}
        notes["config"] = self.config.model_dump(mode="json")
        sha256 = self.run.checkpoints.save(self.status.step, get_state(self.gan), notes)
        self.run.append_event("checkpoint", step=self.status.step, sha256=sha256)
        self._tell(phase="training", bytes=self.run.size())
        self._saved_at, self._saved_step = time.monotonic(), self.status.step

    def _judge(self, done: StepsDone) -> Best | None:
        """Judge the generator where it is time, and keep the row; returns it as the best, if it is."""
        is_last = done.step == self.status.steps
        if not self.quality.is_due(self.clock.seconds, done.step, is_last):
            return None
        self._tell(phase="judging")
        values = self.quality.judge(self.clock.seconds)
        self._tell(phase="training")
        if values is None:
            return None
        if time.monotonic() - self._sampled_at >= UNSEEN_SECONDS:
            self._sample()
        at = {"step": done.step, "epoch": round(done.epoch, 5), "seconds": round(self.clock.seconds, 3)}
        self._rows.append(at | values)
        return self.quality.is_best(values, done.step, done.epoch, done.epoch_end)

    def _mark_best(self, best: Best | None) -> None:
        """Say that what has just been saved is the best."""
        if best is not None:
            self.run.checkpoints.mark_best(best)
            self._tell(best=best.model_dump(mode="json"))

    def _save_generator(self, done: StepsDone) -> None:
        notes = {"config": self.config.model_dump(mode="json"), "epoch": int(done.epoch)}
        self.run.checkpoints.save_generator(done.step, get_sampler_state(self.gan), notes)

    def _heed(self) -> RunStatus | None:
        """Do what whoever steers wants; returns a status when this stay ends."""
        wish = self._wish()
        if wish != Wish.GO and self._saved_step != self.status.step:  # else it has just been saved
            self._save()
        if wish in (Wish.PAUSE, Wish.STOP) and self._sampled_step != self.status.step:  # seen where it rests
            self._sample()
        return self._obey(wish)

    def _obey(self, wish: Wish) -> RunStatus | None:
        """Do what is wanted of a run of which everything is saved; returns a status when this stay ends."""
        if wish == Wish.PAUSE:
            wish = self._pause()
        if wish == Wish.GO:
            return None
        if wish == Wish.PAUSE:  # still paused, but another run waits for the device
            return RunStatus.PAUSED
        if wish == Wish.STOP:
            return self._end(RunStatus.STOPPED)
        return self._end(RunStatus.INTERRUPTED, Problem(code=self.control.reason))

    def _pause(self) -> Wish:
        """Wait until the wish is another one, or another run should have the device."""
        began = self.clock.seconds
        self.run.append_event("paused", step=self.status.step)
        self._tell(status=RunStatus.PAUSED)
        while (wish := self._wish()) == Wish.PAUSE:
            if self.should_yield():
                self.run.append_event("gave-way", step=self.status.step)
                return wish
            if time.monotonic() - self._told_at >= STATUS_SECONDS:
                self._tell()
            time.sleep(PAUSE_POLL_SECONDS)
        self.clock.leave_out(began)
        if wish == Wish.GO:
            self.run.append_event("resumed", step=self.status.step)
            self._tell(status=RunStatus.RUNNING)
        return wish

    def _wish(self) -> Wish:
        wish = self.control.poll()
        for request_id in self.control.take_applied():
            self.run.append_event("request-applied", request=request_id, step=self.status.step, wish=wish.value)
        return wish

    def _end(self, status: RunStatus, problem: Problem | None = None) -> RunStatus:
        self._tell(status=status, phase="", error=problem, bytes=self.run.size())
        self.run.append_event(status.value, step=self.status.step)
        return status

    def _fail(self, problem: Problem) -> RunStatus:
        """Say why; what was saved before still stands, and the rows after it are cut on resume."""
        with contextlib.suppress(OSError):
            self.run.append_metrics(self._rows)
        self._tell(status=RunStatus.FAILED, phase="", error=problem)
        with contextlib.suppress(OSError):
            self.run.append_event("failed", code=problem.code, **problem.values)
        return RunStatus.FAILED
