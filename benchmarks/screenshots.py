"""Pictures of every page, to be looked at: `python -m benchmarks.screenshots FOLDER`.

The real app on folders of its own, once without any run, once with the gallery and some runs of it in other states, and
where something is wrong; light and dark, wide and narrow, in both languages. One PNG each, named by what it shows.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.app import SETTLED
from benchmarks.chromium import find_chromium
from benchmarks.process import ROOT, ServerProcess
from dcgan.runs.labels import Labels
from dcgan.runs.run import Run
from dcgan.runs.status import Problem, RunStatus
from dcgan.runs.store import RunStore
from dcgan.runs.unpacking import unpack

SIZES = {"wide": (1440, 1000), "narrow": (390, 1600)}
THEMES = ("light", "dark")
LANGUAGES = ("en", "tr")
SETTLE_MS, WAIT_MS = 700, 30_000
DISK_FULL = Problem(code="disk-full", values={"folder": "/runs"})
IMAGES_LOADED = "() => [...document.images].every((image) => image.complete)"
NOWHERE = "20261123-142530-fashion-mnist-0000000000000000"


@dataclass(frozen=True)
class Shot:
    """One picture: what the app holds, the page's name and address, and how it is looked at."""

    scene: str
    page: str
    address: str
    size: str
    theme: str
    language: str

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.page}-{self.scene}-{self.theme}-{self.size}-{self.language}.png"


def make_runs(folder: Path, gallery: Path) -> dict[str, str]:
    """Put runs in several states into a folder, made of the gallery's bundles in turn; returns their ids by state.

    Raises:
        FileNotFoundError: the gallery is empty.
    """
    bundles = sorted(gallery.glob("*.dcgan"))
    if not bundles:
        raise FileNotFoundError(f"There is no bundle in {gallery} to make runs of.")
    states: dict[str, dict[str, Any]] = {
        "finished": {"status": RunStatus.FINISHED},
        "stopped": {"status": RunStatus.STOPPED, "thin": False},
        "failed": {"status": RunStatus.FAILED, "thin": False, "error": DISK_FULL},
        "broken": {"status": RunStatus.FINISHED},
    }
    known = {}
    for number, (state, changes) in enumerate(states.items()):
        bundle = bundles[(number + 1) % len(bundles)]  # the notebook's recipe itself comes first
        run = _copy(unpack(bundle, folder / "made"), folder / "made", folder / "runs", number)
        run.write_status(run.written_status().changed(**changes))
        known[state] = run.run_id
    store = RunStore(folder / "runs")
    labels = Labels(name="İlk deneme", tags=("class 9b", "baseline"), star=True)
    (store.get(known["stopped"]).run_dir / "labels.json").write_text(labels.model_dump_json())
    (store.get(known["broken"]).run_dir / "status.json").write_text("{torn")
    return known


def _copy(run_id: str, made: Path, runs: Path, number: int) -> Run:
    """Move a run that was just unpacked to an id of its own."""
    runs.mkdir(exist_ok=True)
    place = runs / f"{run_id[:-1]}{number:x}"
    (made / run_id).rename(place)
    return Run(place)


def list_shots(known: Mapping[str, str]) -> Iterator[Shot]:
    """All pictures: everything of a full app, and two looks at an empty one and at what is wrong."""
    run = known["finished"]
    full = {
        "home": "/", "learn": "/learn?step=4", "curves": "/learn?step=8", "data": "/data",
        "train": "/train", "live": f"/train?run={run}",
        "compare": f"/compare?runs={run},{known['stopped']}", "generate": f"/generate?run={run}&walk=1,5,9",
    }  # fmt: skip
    for (page, address), size, theme, language in product(full.items(), SIZES, THEMES, LANGUAGES):
        yield Shot("full", page, address, size, theme, language)
    empty = {page: address.partition("?run")[0] for page, address in full.items() if page in EMPTY}
    wrong = {
        "train": f"/train?run={NOWHERE}", "live": f"/train?run={known['failed']}",
        "broken": f"/train?run={known['broken']}", "compare": f"/compare?runs={NOWHERE},{run}",
        "generate": f"/generate?run={run}&checkpoint=7",
    }  # fmt: skip
    for scene, pages in (("empty", empty), ("failing", wrong)):
        for page, address in pages.items():
            yield Shot(scene, page, address, "wide", "light", "en")
            yield Shot(scene, page, address, "narrow", "dark", "tr")


EMPTY = ("home", "train", "compare", "generate")


def take(browser: Browser, server: ServerProcess, shot: Shot, folder: Path) -> None:
    """Open the address as the shot says and keep the picture."""
    width, height = SIZES[shot.size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=shot.theme,  # type: ignore[arg-type]
        reduced_motion="reduce", locale=shot.language,
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"{server.url}{shot.address}{'&' if '?' in shot.address else '?'}lang={shot.language}")
    _settle(page)
    page.screenshot(path=folder / shot.name)
    context.close()


def _settle(page: Page) -> None:
    page.wait_for_function(SETTLED, timeout=WAIT_MS)
    page.wait_for_timeout(SETTLE_MS)
    for settled in (SETTLED, IMAGES_LOADED):
        page.wait_for_function(settled, timeout=WAIT_MS)


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screenshots", description="Pictures of every page.")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--only", default="", help="only those whose name holds this, such as compare-full")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Take all pictures; returns 0."""
    options = parse_options(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dcgan-pictures-") as name, sync_playwright() as playwright:
        folder = Path(name)
        known = make_runs(folder, ROOT / "gallery")
        shots = [shot for shot in list_shots(known) if options.only in shot.name]
        browser = playwright.chromium.launch(executable_path=find_chromium())
        for is_empty in (False, True):
            chosen = [shot for shot in shots if (shot.scene == "empty") == is_empty]
            if chosen:
                server = _serve(folder, is_empty)
                try:
                    for shot in chosen:
                        take(browser, server, shot, options.folder)
                        print(options.folder / shot.name, flush=True)
                finally:
                    server.end()
        browser.close()
    return 0


def _serve(folder: Path, is_empty: bool) -> ServerProcess:
    place = folder / ("empty" if is_empty else ".")
    place.mkdir(exist_ok=True)
    variables = {"DCGAN_RUNS": str(place / "runs"), "DCGAN_STATE": str(place / "state"), "DCGAN_PUBLIC": "0"}
    if is_empty:
        variables["DCGAN_GALLERY"] = str(place / "gallery")
    return ServerProcess(folder / f"server-{os.getpid()}-{is_empty}.log", variables=variables)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
