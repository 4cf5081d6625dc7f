"""The engine client against real processes that speak the protocol, well and badly."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.work.engine_client import ENGINE_COMMAND, EngineClient, EnginePhase
from inference.engine.messages import Failed, ScanCancelled, ScanDone, ScanRequest, ScanStarted, Scores
from inference.errors import EngineError
from tests.support import fake_engine
from tests.support.make_slide import textured, write_pyramid

START_MS = 15000
"""A fresh interpreter that imports numpy and OpenSlide on a busy machine."""


class Watched:
    """A client and everything it told."""

    def __init__(self, command: tuple[str, ...], *, cancel_ms: int = 3000) -> None:
        self.client = EngineClient(command, cancel_ms=cancel_ms)
        self.events: list[object] = []
        self.errors: list[EngineError] = []
        self.killed: list[str] = []
        self.client.eventArrived.connect(self.events.append)
        self.client.engineFailed.connect(self.errors.append)
        self.client.engineKilled.connect(self.killed.append)

    def has(self, kind: type) -> bool:
        return any(isinstance(event, kind) for event in self.events)


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pyramid(tmp_path_factory.mktemp("slides") / "made.tif", textured(2048, 3072), mpp=0.25)


@pytest.fixture
def watched(qtbot: QtBot) -> Iterator[list[Watched]]:
    """Clients put in here are ended with the test, and leave no process."""
    made: list[Watched] = []
    yield made
    for each in made:
        each.client.stop()
        assert each.client.phase in (EnginePhase.OFF, EnginePhase.DIED)


def _request(slide: Path, run_id: str = "run-1") -> ScanRequest:
    return ScanRequest(run_id, str(slide), "fake")


def test_a_scan_from_start_to_done_and_a_second_on_the_same_engine(
    qtbot: QtBot, slide: Path, watched: list[Watched]
) -> None:
    one = Watched(fake_engine.command("steady"))
    watched.append(one)
    assert one.client.phase is EnginePhase.OFF
    one.client.scan(_request(slide))
    assert one.client.phase is EnginePhase.STARTING
    qtbot.waitUntil(lambda: one.has(ScanDone), timeout=START_MS)
    assert one.client.phase is EnginePhase.READY
    started = next(event for event in one.events if isinstance(event, ScanStarted))
    cells = sum(event.values.size for event in one.events if isinstance(event, Scores))
    assert cells == started.rows * started.columns
    one.events.clear()
    one.client.scan(_request(slide, "run-2"))
    qtbot.waitUntil(lambda: one.has(ScanDone), timeout=5000)
    assert one.errors == []


def test_a_crash_is_told_with_the_engines_last_words_and_the_next_scan_starts_anew(
    qtbot: QtBot, slide: Path, watched: list[Watched]
) -> None:
    one = Watched(fake_engine.command("crash"))
    watched.append(one)
    for count in (1, 2):
        one.client.scan(_request(slide, f"run-{count}"))
        qtbot.waitUntil(lambda count=count: len(one.errors) == count, timeout=START_MS)
        assert one.client.phase is EnginePhase.DIED
    assert "killed by the test" in one.errors[0].sentence()
    assert "Scan again" in one.errors[0].sentence()


def test_a_line_that_is_no_message_ends_the_engine(qtbot: QtBot, slide: Path, watched: list[Watched]) -> None:
    one = Watched(fake_engine.command("garbage"))
    watched.append(one)
    one.client.scan(_request(slide))
    qtbot.waitUntil(lambda: len(one.errors) == 1, timeout=START_MS)
    assert "no message" in one.errors[0].what
    assert one.client.phase is EnginePhase.DIED


def test_a_refusal_is_an_event_and_the_engine_lives_on(
    qtbot: QtBot, slide: Path, watched: list[Watched]
) -> None:
    one = Watched(fake_engine.command("refuse"))
    watched.append(one)
    one.client.scan(_request(slide))
    qtbot.waitUntil(lambda: one.has(Failed), timeout=START_MS)
    assert one.client.phase is EnginePhase.READY
    assert one.errors == []


def test_a_cancel_is_heeded(qtbot: QtBot, slide: Path, watched: list[Watched]) -> None:
    one = Watched(fake_engine.command("slow"))
    watched.append(one)
    one.client.scan(_request(slide))
    qtbot.waitUntil(lambda: one.has(Scores), timeout=START_MS)
    one.client.cancel("run-1")
    qtbot.waitUntil(lambda: one.has(ScanCancelled), timeout=3000)
    assert one.client.phase is EnginePhase.READY
    assert one.killed == []


@pytest.mark.parametrize("behaviour", ["deaf", "mute"])
def test_an_engine_that_hears_no_cancel_is_killed(
    qtbot: QtBot, slide: Path, watched: list[Watched], behaviour: str
) -> None:
    # The deaf one still reads its input, but its scan never ends; the mute one has not even started.
    one = Watched(fake_engine.command(behaviour), cancel_ms=300)
    watched.append(one)
    one.client.scan(_request(slide))
    if behaviour == "deaf":
        qtbot.waitUntil(lambda: one.has(ScanStarted), timeout=START_MS)
    one.client.cancel("run-1")
    qtbot.waitUntil(lambda: one.killed == ["run-1"], timeout=5000)
    assert one.client.phase is EnginePhase.OFF
    assert one.errors == []


def test_lines_that_come_in_pieces_are_put_together(
    qtbot: QtBot, tmp_path: Path, watched: list[Watched]
) -> None:
    script = tmp_path / "pieces.py"
    script.write_text(
        "import sys, time\n"
        'lines = b\'{"type":"EngineReady","version":"x"}\\n\'\n'
        'lines += b\'{"type":"ScanCancelled","run_id":"a"}\\n{"type":"ScanCancelled","run_id":"b"}\\n\'\n'
        "for start in range(0, len(lines), 7):\n"
        "    sys.stdout.buffer.write(lines[start:start + 7]); sys.stdout.buffer.flush(); time.sleep(0.002)\n"
        "sys.stdin.read()\n"
    )
    one = Watched((sys.executable, str(script)))
    watched.append(one)
    one.client.scan(_request(Path("none")))
    qtbot.waitUntil(lambda: len(one.events) == 2, timeout=START_MS)
    assert [event.run_id for event in one.events] == ["a", "b"]


def test_an_engine_that_cannot_be_started_is_an_error(
    qtbot: QtBot, tmp_path: Path, watched: list[Watched]
) -> None:
    one = Watched((str(tmp_path / "no-such-program"),))
    watched.append(one)
    one.client.scan(_request(Path("none")))
    qtbot.waitUntil(lambda: len(one.errors) == 1, timeout=5000)
    assert "could not be started" in one.errors[0].what


def test_modules_in_the_folder_the_window_was_started_in_are_not_imported(
    qtbot: QtBot, tmp_path: Path, watched: list[Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text("print('from the wrong folder')\n")
    monkeypatch.chdir(tmp_path)
    one = Watched(ENGINE_COMMAND)
    watched.append(one)
    one.client.scan(_request(tmp_path / "none.svs"))
    qtbot.waitUntil(lambda: bool(one.events or one.errors), timeout=START_MS)
    assert one.errors == []
