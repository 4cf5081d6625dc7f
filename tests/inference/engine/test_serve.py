"""The engine process, started as the window starts it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from inference.engine.messages import (
    CancelRequest,
    EngineReady,
    Failed,
    QuitRequest,
    ScanCancelled,
    ScanDone,
    ScanRequest,
    ScanStarted,
    Scores,
)
from tests.support.engine_process import Engine
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_model


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine().ready()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_model(tmp_path_factory.mktemp("models") / "lively"))


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> str:
    image = textured(2000, 9000, seed=1)
    return str(write_pyramid(tmp_path_factory.mktemp("slides") / "s.tif", image, mpp=0.243))


def test_a_scan_an_error_a_cancel_and_another_scan_in_one_process(
    engine: Engine, slide: str, model: str
) -> None:
    engine.say(ScanRequest("1", slide, model))
    heard = engine.hear_until(ScanDone, Failed)
    assert isinstance(heard[-1], ScanDone)
    started = next(e for e in heard if isinstance(e, ScanStarted))
    assert sum(e.values.size for e in heard if isinstance(e, Scores)) == started.rows * started.columns
    assert {e.run_id for e in heard if not isinstance(e, EngineReady)} == {"1"}

    engine.say(ScanRequest("2", f"{slide}.not-there", model))
    failed = engine.hear_until(Failed)[-1]
    assert isinstance(failed, Failed)
    assert (failed.run_id, failed.error) == ("2", "SlideError")
    assert failed.advice

    engine.say(ScanRequest("3", slide, model))
    engine.hear_until(Scores)
    engine.say(CancelRequest("3"))
    assert isinstance(engine.hear_until(ScanCancelled, ScanDone)[-1], ScanCancelled)

    engine.say(ScanRequest("4", slide, model))
    assert isinstance(engine.hear_until(ScanDone, Failed)[-1], ScanDone)

    engine.say(QuitRequest())
    assert engine.process.wait(timeout=20) == 0


def test_a_scan_cancelled_while_it_waits_its_turn_never_begins(
    engine: Engine, slide: str, model: str
) -> None:
    engine.say(ScanRequest("1", slide, model))
    engine.say(ScanRequest("2", slide, model))
    engine.say(CancelRequest("2"))
    assert isinstance(engine.hear_until(ScanDone)[-1], ScanDone)
    assert engine.hear() == ScanCancelled("2")


def test_it_ends_when_its_window_dies(engine: Engine) -> None:
    assert engine.process.stdin is not None
    engine.process.stdin.close()
    assert engine.process.wait(timeout=20) == 0


def test_garbage_on_its_input_is_left_out(engine: Engine, slide: str, model: str) -> None:
    assert engine.process.stdin is not None
    engine.process.stdin.write(b"\xff\x00 not json\n{}\n")
    engine.say(ScanRequest("1", slide, "no-such-model"))
    failed = engine.hear_until(Failed)[-1]
    assert isinstance(failed, Failed)
    assert failed.error == "ModelError"


def test_the_cpu_engine_never_imports_torch(slide: str, model: str) -> None:
    """The whole scan in a fresh interpreter; afterwards torch must not have been loaded."""
    code = (
        "import sys; from inference.engine.messages import ScanRequest;"
        "from inference.engine.cancel import CancelToken; from inference.engine.predictor_cache import PredictorCache;"
        "from inference.engine.scan import scan;"
        f"events = list(scan(ScanRequest('1', {slide!r}, {model!r}), PredictorCache('cpu'), CancelToken()));"
        "print(type(events[-1]).__name__, 'torch' in sys.modules, 'openvino' in sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True
    )
    assert out.stdout.split() == ["ScanDone", "False", "True"]
