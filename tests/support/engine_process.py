"""A running engine process and its conversation, started as the window starts it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from inference.engine.messages import EngineReady, Event, Message, decode, encode

COMMAND = (sys.executable, "-m", "inference.engine", "serve", "--device", "cpu")
FORGETFUL = (sys.executable, str(Path(__file__).parent / "small_memory_engine.py"))
"""An engine whose device has too little memory; see there."""


class Engine:
    """A running engine and its conversation."""

    def __init__(self, command: Sequence[str] = COMMAND, *, most_ahead: int = -1) -> None:
        """`most_ahead` is about how many bytes it may say before they are heard, where the system can limit that."""
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pipesize=most_ahead,
        )
        self._guard = self._start_guard()

    def _start_guard(self) -> threading.Timer:
        """A hung engine must fail its test, not the whole run."""
        guard = threading.Timer(100, self.process.kill)
        guard.start()
        return guard

    def ready(self) -> Engine:
        """Waits until it takes requests."""
        assert isinstance(self.hear(), EngineReady)
        return self

    def say(self, message: Message) -> None:
        self._guard.cancel()
        self._guard = self._start_guard()
        assert self.process.stdin is not None
        self.process.stdin.write(encode(message))
        self.process.stdin.flush()

    def hear(self) -> Event:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the engine ended without a word"
        return decode(line)  # type: ignore[return-value]

    def hear_until(self, *kinds: type) -> list[Event]:
        heard = [self.hear()]
        while not isinstance(heard[-1], kinds):
            heard.append(self.hear())
        return heard

    def close(self) -> None:
        self._guard.cancel()
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        self.process.wait(timeout=20)
