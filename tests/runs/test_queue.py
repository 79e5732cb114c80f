"""Facts about the line before a device."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from dcgan.jobs.process import ROOT
from dcgan.runs import queue
from dcgan.runs.queue import DeviceQueue, read_place

Waiter = Callable[[str], "subprocess.Popen[str]"]

WAIT = """
import sys, time
from dcgan.runs.queue import DeviceQueue, read_place
ticket = DeviceQueue().join(sys.argv[1])
print(ticket.position(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def line() -> DeviceQueue:
    return DeviceQueue()


@pytest.fixture
def waiter() -> Iterator[Waiter]:
    """Makes a process that stands in line."""
    begun: list[subprocess.Popen[str]] = []

    def begin(name: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", WAIT, name]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        begun.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().strip().isdigit()
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def test_places_follow_the_time_of_joining(line: DeviceQueue) -> None:
    tickets = [line.join(name) for name in "cab"]
    assert [ticket.position() for ticket in tickets] == [1, 2, 3]
    tickets[0].leave()
    assert [ticket.position() for ticket in tickets[1:]] == [1, 2]


def test_a_place_can_be_as_old_as_it_is_said_to_be(line: DeviceQueue) -> None:
    new = line.join("new")
    old = line.join("old", since=1.0)
    assert (old.position(), new.position()) == (1, 2)


def test_those_who_gave_way_go_first_among_themselves_by_time(line: DeviceQueue) -> None:
    usual = line.join("usual", since=1.0)
    first = line.join("first", first=True)
    second = line.join("second", first=True)
    assert [ticket.position() for ticket in (first, second, usual)] == [1, 2, 3]


def test_nobodys_second_run_goes_before_anothers_first(line: DeviceQueue) -> None:
    ann = [line.join(f"ann-{number}", since=float(number), owner="ann") for number in (1, 2, 3)]
    bob = [line.join(f"bob-{number}", since=float(number), owner="bob") for number in (4, 5)]
    eve = line.join("eve", since=6.0, owner="eve")
    order = [read_place(path).run_id for path in line.waiting()]
    assert order == ["ann-1", "bob-4", "eve", "ann-2", "bob-5", "ann-3"]
    assert [ticket.position() for ticket in (*ann, *bob, eve)] == [1, 4, 6, 2, 5, 3]


def test_one_who_has_the_device_waits_behind_those_who_waited_meanwhile(line: DeviceQueue) -> None:
    second = line.join("ann's second", since=time.time() - 60, owner="ann")
    line.note_turn("ann")
    assert second.position() == 1  # nobody else waits
    other = line.join("bob's first", since=time.time() - 30, owner="bob")
    assert (other.position(), second.position()) == (1, 2)


def test_one_who_had_a_turn_is_not_overtaken_by_all_who_come_later(line: DeviceQueue) -> None:
    second = line.join("ann's second", since=time.time() - 60, owner="ann")
    line.note_turn("ann")
    newcomers = [line.join(f"{name}'s first", since=time.time() + 1, owner=name) for name in ("bob", "eve")]
    assert [ticket.position() for ticket in (second, *newcomers)] == [1, 2, 3]


def test_runs_that_gave_way_go_before_their_owners_others_and_not_before_all_of_anothers(line: DeviceQueue) -> None:
    usual = line.join("ann's", since=1.0, owner="ann")
    woken = [line.join(f"ann's woken {number}", since=float(number), first=True, owner="ann") for number in (3, 4)]
    other = line.join("bob's", since=2.0, owner="bob")
    assert [ticket.position() for ticket in (woken[0], other, woken[1], usual)] == [1, 2, 3, 4]


def test_all_that_belongs_to_nobody_in_particular_is_one_owners(line: DeviceQueue) -> None:
    line.note_turn()
    tickets = [line.join(name, since=float(number)) for number, name in enumerate("abc")]
    assert [ticket.position() for ticket in tickets] == [1, 2, 3]


def test_a_turn_in_the_future_or_long_ago_counts_for_nothing(line: DeviceQueue) -> None:
    ann = line.join("ann's", since=1.0, owner="ann")
    line.note_turn("ann")
    (mark,) = (line.folder / "queue" / "device-0" / "turns").iterdir()
    bob = line.join("bob's", since=2.0, owner="bob")
    assert ann.position() == 2
    for moment in (time.time() + 3600, time.time() - 2 * queue.TURN_SECONDS):
        os.utime(mark, (moment, moment))
        expected = 1 if moment > time.time() else 2  # long ago is still after both began to wait
        assert ann.position() == expected
    line.note_turn("eve")  # whoever has the first turn sweeps
    assert not mark.exists()
    assert (ann.position(), bob.position()) == (1, 2)


def test_a_ticket_of_another_version_is_passed_by_nobody_who_came_later(line: DeviceQueue) -> None:
    path = line.folder / "queue" / "device-0" / "1-0000000005.000000-a-run-0123abcd.ticket"
    with FileLock(path):
        ticket = line.join("run", since=9.0)
        assert [place.run_id for place in map(read_place, line.waiting())] == [path.name, "run"]
        assert ticket.position() == 2


def test_the_same_run_may_stand_twice(line: DeviceQueue) -> None:
    tickets = [line.join("run", since=5.0) for _ in range(2)]
    assert {ticket.position() for ticket in tickets} == {1, 2}
    assert len(line.waiting()) == 2


def test_leaving_twice_is_harmless(line: DeviceQueue) -> None:
    ticket = line.join("run")
    ticket.leave()
    ticket.leave()
    assert line.waiting() == []
    assert list(ticket.path.parent.glob("*.ticket")) == []


def test_a_ticket_of_a_dead_process_is_skipped_and_swept(line: DeviceQueue, waiter: Waiter) -> None:
    dead = waiter("dead")
    ticket = line.join("living")
    assert ticket.position() == 2
    dead.kill()
    dead.wait()
    assert ticket.position() == 1
    assert [path.name for path in ticket.path.parent.glob("*.ticket")] == [ticket.path.name]


def test_a_stopped_waiter_blocks_nobody_and_has_its_place_again_when_it_goes_on(
    line: DeviceQueue, waiter: Waiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = waiter("stopped")
    ticket = line.join("awake")
    stopped.send_signal(signal.SIGSTOP)
    assert ticket.position() == 2
    monkeypatch.setattr(queue, "ASLEEP_SECONDS", 0.3)
    time.sleep(0.4)
    assert ticket.position() == 1
    assert len(list(ticket.path.parent.glob("*.ticket"))) == 2  # it is passed, not thrown out
    os.utime(next(path for path in ticket.path.parent.glob("*stopped*")))  # as it does once it goes on
    assert ticket.position() == 2


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_is_set_puts_nobody_out_of_line_for_long(
    line: DeviceQueue, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = line.join("first"), line.join("second")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + hours * 3600)
    for ticket in (first, second):
        os.utime(ticket.path, (time.time(), time.time()))  # the system's own clock was set too
    assert len(line.waiting()) == 2
    later = line.join("later")
    os.utime(later.path, (time.time(), time.time()))
    assert len(line.waiting()) == 3


def test_the_longest_wait_is_that_of_whoever_came_first(line: DeviceQueue) -> None:
    assert line.longest_wait() == 0.0
    line_up = [line.join("a", since=time.time() - 30), line.join("b")]
    assert line.longest_wait() == pytest.approx(30, abs=2)
    line_up[0].leave()
    assert line.longest_wait() == pytest.approx(0, abs=2)


def test_one_holds_the_device_and_others_see_it(line: DeviceQueue) -> None:
    assert line.is_free()
    with line.hold_device(0.1):
        assert not line.is_free()
        with pytest.raises(Timeout), DeviceQueue().hold_device(0.1):
            pytest.fail("two hold one device")
    assert line.is_free()


def test_devices_have_lines_of_their_own(tmp_path: Path) -> None:
    first, second = (DeviceQueue(tmp_path, name) for name in ("device-0", "device-1"))
    kept = first.join("run")
    assert second.waiting() == []
    with first.hold_device(0.1):
        assert second.is_free()
    kept.leave()


def test_a_state_folder_that_is_cleared_under_way_stops_nobody(line: DeviceQueue) -> None:
    ticket = line.join("run")
    ticket.path.unlink()
    assert ticket.position() == 1
    ticket.leave()


def test_many_who_join_look_and_leave_at_once_lose_no_place(line: DeviceQueue) -> None:
    """Places are found by looking at locks without a lock around it all: a look may take a new ticket for a moment."""
    failures: list[BaseException] = []

    def come_and_go(name: str) -> None:
        try:
            own = DeviceQueue()
            for _ in range(5):
                ticket = own.join(name)
                assert ticket.path in own.waiting()
                ticket.leave()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=come_and_go, args=(f"run{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert line.waiting() == []


def test_the_folder_is_the_environments_or_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DCGAN_STATE", str(tmp_path / "mine"))
    assert queue.state_folder() == tmp_path / "mine"
    monkeypatch.delenv("DCGAN_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert queue.state_folder().name == "dcgan-studio"


@pytest.mark.parametrize("closed", [".", "queue/device-0", "queue/device-0/turns"])
def test_a_state_folder_that_cannot_be_written_is_named_at_once(
    tmp_path: Path, closed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = os.access  # by a stand-in: an administrator may write everywhere
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path / closed and access(path, mode))
    with pytest.raises(PermissionError) as caught:
        DeviceQueue(tmp_path)
    assert caught.value.filename == str(tmp_path / closed)
