"""Facts about one image of a grid looked at."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dcgan.data.images import encode_png, grid
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run, save_grid
from ui.film_look import _read_score


def page(folder: str) -> None:
    from pathlib import Path

    from dcgan.runs.run import Run
    from ui.film_look import show_film_look
    from ui.watch import RunWatch

    watch = RunWatch(Run(Path(folder)))
    show_film_look(watch, watch.samples()[-1])


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return make_run(RunStore(tmp_path), RunStatus.PAUSED, step=0)


def looked(run: Run) -> AppTest:
    app = AppTest.from_function(page, kwargs={"folder": str(run.run_dir)}, default_timeout=60).run()
    assert not app.number_input  # nothing before somebody wants to
    app.toggle[0].set_value(True).run()
    assert not app.exception
    return app


def test_an_image_of_the_grid_is_looked_at_as_the_generator_drew_it(run: Run) -> None:
    made_of = np.random.default_rng(0).integers(0, 256, (25, 28, 28, 1), np.uint8)
    picture = encode_png(grid(made_of, 5, inverted=run.config().saving.inverted))
    run.save_sample(100, picture, {"epoch": 1.0, "scores": [0.01 * index for index in range(25)]})
    app = looked(run)
    row, column = app.number_input
    assert (row.min, row.max, column.min, column.max) == (1, 5, 1, 5)
    row.set_value(2)
    column.set_value(5).run()
    (panel,) = [element.proto.body for element in app.get("html")]
    # the fifth of the second row is the tenth of all, whose score is 0.09
    assert 'alt="Row 2, column 5: ' in panel and "took it for real with 9\u00a0%" in panel


def test_a_grid_that_cannot_be_cut_is_a_sentence(run: Run) -> None:
    save_grid(run, 100)
    assert "cannot be cut" in looked(run).caption[0].value


@pytest.mark.parametrize("scores", [None, [], "0.5", [True], ["x"], [-0.1], [1.1], [float("nan")], {"0": 0.5}])
def test_a_score_that_is_none_is_not_shown(scores: object) -> None:
    assert _read_score(scores, 0) is None
