import io
import json
import time
import zipfile

import numpy as np
import pytest

from dcgan.data.images import decode_png
from dcgan.latent.archives import encode_npz, encode_zip, sample_name


def some_images(count: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (count, 6, 5, channels), dtype=np.uint8)


def test_a_sample_is_named_by_its_seed_and_number() -> None:
    assert [sample_name(7, 0), sample_name(4294967295, 12345)] == ["seed7-0000", "seed4294967295-12345"]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_zip_holds_every_image_as_a_png(channels: int) -> None:
    images = some_images(3, channels)
    content = encode_zip(images, [sample_name(7, index) for index in range(3)])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["seed7-0000.png", "seed7-0001.png", "seed7-0002.png"]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name, image in zip(archive.namelist(), images, strict=True):
            np.testing.assert_array_equal(decode_png(archive.read(name)), image)


def test_an_npz_is_read_without_pickles_and_says_where_it_came_from() -> None:
    images, latents = some_images(2), np.ones((2, 4), np.float32)
    facts = {"seed": 7, "truncation": 0.7, "run": "a-run", "config": {"preset": "notebook", "ä": [1, 2]}}
    with np.load(io.BytesIO(encode_npz(images, latents, facts)), allow_pickle=False) as archive:
        assert sorted(archive) == ["config", "images", "latents", "run", "seed", "truncation"]
        np.testing.assert_array_equal(archive["images"], images)
        assert (archive["images"].dtype, archive["latents"].dtype) == (np.uint8, np.float32)
        np.testing.assert_array_equal(archive["latents"], latents)
        assert (int(archive["seed"]), float(archive["truncation"]), str(archive["run"])) == (7, 0.7, "a-run")
        assert json.loads(str(archive["config"])) == {"preset": "notebook", "ä": [1, 2]}


def test_the_same_images_are_the_same_bytes_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    images, names, latents = some_images(2), ["a", "b"], np.ones((2, 4), np.float32)
    first = encode_zip(images, names), encode_npz(images, latents, {"seed": 7})
    later = time.time() + 10_000_000
    monkeypatch.setattr(time, "time", lambda: later)
    assert (encode_zip(images, names), encode_npz(images, latents, {"seed": 7})) == first


def test_a_name_for_each_image() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        encode_zip(some_images(2), ["a"])
