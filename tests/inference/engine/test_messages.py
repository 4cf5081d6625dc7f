"""Messages survive the line between the processes; anything else is one clear error."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engine.messages import (
    CancelRequest,
    EngineReady,
    Failed,
    Message,
    QuitRequest,
    ScanCancelled,
    ScanDone,
    ScanProgress,
    ScanRequest,
    ScanStage,
    Scores,
    decode,
    encode,
)
from inference.errors import EngineError

MESSAGES: list[Message] = [
    ScanRequest("a", "/slides/ä 幻灯片 🔬.svs", "p4m-densenet-m", 0.25, None, True),
    CancelRequest("a"),
    QuitRequest(),
    EngineReady("1.0"),
    ScanStage("a", "Finding tissue"),
    ScanProgress("a", 3, 9, 1.5, None),
    ScanDone("a", 1.25, 0, 1, 2),
    ScanCancelled("a"),
    Failed("a", "SlideError", "what\nand more", "where", "advice"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_every_message_is_one_line_and_comes_back(message: Message) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode(line) == message


def test_scores_come_back_bit_for_bit_with_their_nan() -> None:
    values = np.array([[0.1, np.nan, 1.0], [0.0, 1 / 3, 0.5]], np.float32)
    back = decode(encode(Scores("a", 4, 7, values)))
    assert isinstance(back, Scores)
    assert (back.run_id, back.row, back.column) == ("a", 4, 7)
    assert back.values.tobytes() == values.tobytes()
    assert back.values.shape == values.shape


@given(st.binary(max_size=60))
def test_garbage_is_an_engine_error(line: bytes) -> None:
    with pytest.raises(EngineError, match="no message"):
        decode(line)


@pytest.mark.parametrize(
    "line", [b'{"type":"Scores"}', b'{"type":"Nothing"}', b"[]", b'{"type":"QuitRequest","x":1}']
)
def test_json_that_is_no_message_is_an_engine_error(line: bytes) -> None:
    with pytest.raises(EngineError, match="no message"):
        decode(line)
