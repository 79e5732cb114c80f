"""Facts about whose something is."""

import hashlib

import pytest

from dcgan.runs.visitors import LOCAL, STRANGER, Visitor, owner_of

SECRET = "0123456789abcdef" * 4
OWNER = hashlib.sha256(SECRET.encode()).hexdigest()


def test_an_owner_is_the_sum_of_a_secret_and_never_the_secret() -> None:
    assert owner_of(SECRET) == OWNER != SECRET


@pytest.mark.parametrize(
    "value",
    [None, "", "x", 7, 1.5, True, [SECRET], {"secret": SECRET}, SECRET.encode(), SECRET[:-1], SECRET + "0",
     SECRET.upper(), f" {SECRET}", f"{SECRET}\n", "z" * 64, "\u0661" * 64, "a" * 10_000_000],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_no_secret_makes_no_owner(value: object) -> None:
    assert owner_of(value) is None


def test_everything_is_the_local_persons() -> None:
    assert all(LOCAL.owns(owner) for owner in ("", OWNER, "x"))
    assert LOCAL.is_known


def test_only_the_same_owner_owns() -> None:
    visitor = Visitor(OWNER)
    assert visitor.is_known and visitor.owns(OWNER)
    assert not any(visitor.owns(owner) for owner in ("", OWNER[:-1], OWNER.upper(), f"{OWNER} ", "ü" * 64, "\ud800"))


def test_one_who_is_not_known_owns_nothing_not_even_what_belongs_to_nobody() -> None:
    assert not STRANGER.is_known
    assert not any(STRANGER.owns(owner) for owner in ("", OWNER))


def test_knowing_an_owners_sum_is_no_way_to_become_that_owner() -> None:
    assert owner_of(OWNER) not in (None, OWNER)
