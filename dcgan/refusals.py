"""What an error means to the person at a terminal: one sentence, and the exit code that goes with it.

Owns both. Leaves printing to `cli`.
"""

import errno

BAD_INPUT, FAILED = 2, 1

# Problems of a run that count as bad input: a person can mend them.
TO_MEND = (
    "disk-full", "data-missing", "too-few-images", "sample-broken", "data-changed", "settings-changed", "no-checkpoint",
)  # fmt: skip

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
# What the system says of a path that a person gave and that will not do.
_BAD_PATHS = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ELOOP,
    errno.ENAMETOOLONG, errno.EINVAL, errno.ENOTEMPTY,
)  # fmt: skip
_WAYS_OUT = "name another folder with --runs or --out, or with DCGAN_RUNS or DCGAN_STATE."
_MOST_CHARACTERS = 200


def refuse(error: ValueError | OSError) -> tuple[str, int]:
    """Return the sentence and the exit code for an error; a `ValueError` is, by our rule, what a person gave."""
    if isinstance(error, OSError):
        return _refuse_system(error)
    return str(error), BAD_INPUT


def _refuse_system(error: OSError) -> tuple[str, int]:
    if error.errno in _DISK_FULL:
        return f"The disk is full: make room, then try again. ({error})", BAD_INPUT
    if error.errno in _BAD_PATHS and (path := error.filename2 or error.filename):
        return f"{_shorten(str(path))} cannot be used ({error.strerror}): {_WAYS_OUT}", BAD_INPUT
    return str(error), FAILED


def _shorten(path: str) -> str:
    """A path that fits into a sentence: its beginning and its end."""
    half = _MOST_CHARACTERS // 2
    return path if len(path) <= _MOST_CHARACTERS else f"{path[:half]}…{path[-half:]}"
