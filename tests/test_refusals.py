"""Facts about the sentence and the exit code that an error gets on a terminal."""

import errno

import pytest

from dcgan.refusals import refuse


def test_what_a_person_gave_is_its_own_sentence() -> None:
    assert refuse(ValueError("epochs = 0 cannot be used")) == ("epochs = 0 cannot be used", 2)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_can_be_mended(number: int) -> None:
    sentence, code = refuse(OSError(number, "No space left on device", "/runs/x"))
    assert sentence.startswith("The disk is full: make room") and code == 2


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EACCES])
def test_a_path_that_will_not_do_is_named_with_the_ways_out(number: int) -> None:
    sentence, code = refuse(OSError(number, "why", "/a/path"))
    assert sentence.startswith("/a/path cannot be used (why): name another folder") and code == 2


def test_of_two_paths_the_one_that_was_given_is_named() -> None:
    sentence, _ = refuse(OSError(errno.EISDIR, "Is a directory", "/out/.tmp-x.gif-1", None, "/out/x.gif"))
    assert sentence.startswith("/out/x.gif cannot be used")


def test_a_path_of_thousands_of_letters_fits_into_a_sentence() -> None:
    sentence, _ = refuse(OSError(errno.ENAMETOOLONG, "File name too long", "/" + "x" * 5000 + "/end"))
    assert len(sentence) < 400 and "/end cannot be used" in sentence


def test_anything_else_is_no_bad_input() -> None:
    assert refuse(OSError(errno.EIO, "Input/output error", "/a/path"))[1] == 1
    assert refuse(OSError("odd")) == ("odd", 1)
