"""Work that gives way does so from its first thread on, and no other work with it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from inference.engine.__main__ import main
from inference.priority import ENGINE_TURN, STEPS, give_way, lower_thread, urgent

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="threads have priorities of their own on Linux only"
)


def test_a_process_and_the_threads_it_starts_give_way() -> None:
    code = (
        "import os, threading; from inference.priority import lower_process; lower_process(); told = []; "
        "thread = threading.Thread(target=lambda: told.append(os.getpriority(os.PRIO_PROCESS, 0))); "
        "thread.start(); thread.join(); print(os.getpriority(os.PRIO_PROCESS, 0), *told)"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    lowered = min(19, os.getpriority(os.PRIO_PROCESS, 0) + STEPS)
    assert told.split() == [str(lowered)] * 2


def test_a_thread_gives_way_alone() -> None:
    own, told = os.getpriority(os.PRIO_PROCESS, threading.get_native_id()), []

    def work() -> None:
        lower_thread()
        told.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert told == [min(19, own + STEPS)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == own


def test_the_engines_threads_take_short_turns_from_its_start_on(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = sys.getswitchinterval()
    monkeypatch.setattr(sys, "argv", ["equiscope-scan", "--help"])
    try:
        with pytest.raises(SystemExit):
            main()
        assert sys.getswitchinterval() == pytest.approx(ENGINE_TURN)
    finally:
        sys.setswitchinterval(usual)


def test_work_that_can_be_put_off_waits_for_urgent_work_and_then_goes_on() -> None:
    reached = threading.Event()

    def work() -> None:
        reached.set()
        give_way(60)

    thread = threading.Thread(target=work, daemon=True)
    with urgent():
        thread.start()
        assert reached.wait(10)
        thread.join(0.05)
        assert thread.is_alive()
    thread.join(10)
    assert not thread.is_alive()


def test_it_does_not_wait_longer_than_it_has_to() -> None:
    with urgent():
        give_way(0.01)
    began = time.monotonic()
    give_way(60)
    with urgent(when=False):
        give_way(60)
    assert time.monotonic() - began < 30


def test_urgent_work_within_urgent_work_or_that_fails_lets_others_go_on() -> None:
    began = time.monotonic()
    with pytest.raises(ZeroDivisionError), urgent(), urgent():
        raise ZeroDivisionError
    give_way(60)
    assert time.monotonic() - began < 30
