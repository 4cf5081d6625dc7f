"""Memory that does not suffice: fewer tiles at a time, each step only where it is needed, and the heatmap whole."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.engine.cancel import CancelToken
from inference.engine.catalog import ModelEntry, find_model
from inference.engine.focus import Focus
from inference.engine.messages import ScanDone, ScanNotice, ScanRequest, ScanStarted, Scores
from inference.engine.openvino_predictor import OpenVinoPredictor
from inference.engine.predictor_cache import PredictorCache
from inference.engine.room import Room
from inference.engine.scan import Work, scan
from inference.slides.slide import RgbImage
from tests.support.make_slide import textured, write_pyramid
from tests.support.models import write_model


class Memory:
    """Holds so many images at a time, whoever brings them; the first calls stay until another has found no room."""

    def __init__(self, holds: int) -> None:
        self._holds = holds
        self._lock = threading.Lock()
        self._lacked = threading.Event()
        self.now, self.calls_now, self.most, self.failures = 0, 0, 0, 0

    def take(self, images: int) -> None:
        with self._lock:
            if self.now + images > self._holds:
                self.failures += 1
                self._lacked.set()
                raise MemoryError
            self.now += images
            self.most = max(self.most, self.now)
        assert self._lacked.wait(30)

    def give_back(self, images: int) -> None:
        with self._lock:
            self.now -= images


class Crowded(OpenVinoPredictor):
    """OpenVINO in little memory."""

    def __init__(self, model: ModelEntry, memory: Memory, *, batch: int, calls: int) -> None:
        super().__init__(model)
        self.memory, self.batch, self.calls = memory, batch, calls

    def probabilities(self, images: Sequence[RgbImage]) -> list[np.ndarray]:
        self.memory.take(len(images))
        try:
            return super().probabilities(images)
        finally:
            self.memory.give_back(len(images))


class Card:
    """A card that holds so many images a call, however many calls there are."""

    device, precision, one_by_one = "Card", "float32", False

    def __init__(self, *, batch: int, calls: int, holds: int) -> None:
        self.batch, self.calls, self.holds = batch, calls, holds
        self.both = threading.Barrier(calls)
        self.tried: list[int] = []

    def probabilities(self, images: Sequence[RgbImage]) -> list[np.ndarray]:
        self.tried.append(len(images))
        if len(self.tried) <= self.calls:
            self.both.wait(10)
        if len(images) > self.holds:
            raise MemoryError
        return [np.full((1, 1), image[0, 0, 0], np.float32) for image in images]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "lively")


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 x 2 tiles, all tissue."""
    return write_pyramid(tmp_path_factory.mktemp("slides") / "s.tif", textured(2600, 4500, seed=1), mpp=0.243)


@pytest.mark.parametrize(("batch", "calls", "holds"), [(1, 3, 1), (1, 3, 2), (2, 2, 1), (2, 2, 2)])
def test_a_scan_goes_on_where_it_is_in_memory_for_a_tile_or_two(
    slide: Path, model: Path, batch: int, calls: int, holds: int
) -> None:
    memory = Memory(holds)
    predictor = Crowded(find_model(str(model)), memory, batch=batch, calls=calls)
    models = PredictorCache("cpu", make=lambda _model, _device: (predictor, ()))
    events = list(scan(ScanRequest("r", str(slide), str(model)), models, CancelToken()))
    assert isinstance(events[-1], ScanDone)
    assert len([e for e in events if isinstance(e, ScanStarted)]) == 1
    assert len({(e.row, e.column) for e in events if isinstance(e, Scores)}) == 6
    notices = [e.text for e in events if isinstance(e, ScanNotice)]
    ends = "1 tile is" if min(batch, holds) == 1 else "2 tiles are"
    assert notices[-1] == f"CPU (OpenVINO) ran out of memory: {ends} computed at a time."
    assert len(notices) == len(set(notices))
    # What began together may fail together, and no one ever again at the limit that was found.
    assert memory.failures <= calls + len(notices) - 1
    assert memory.most <= holds


@pytest.mark.parametrize(("holds", "ends"), [(16, 16), (8, 8), (5, 4), (1, 1)])
def test_a_shortage_that_hits_both_lanes_of_a_card_is_one_step_down(holds: int, ends: int) -> None:
    card = Card(batch=16, calls=2, holds=holds)
    room = Room(card)
    images = [np.full((96, 96, 3), value, np.uint8) for value in range(16)]
    with ThreadPoolExecutor(2) as lanes:
        for values in lanes.map(room.probabilities, [images, images]):
            assert [float(value[0, 0]) for value in values] == list(range(16))
    assert room.most == ends
    assert card.tried.count(holds) <= 2 * 16 // holds


def test_one_image_that_does_not_fit_alone_is_a_shortage() -> None:
    card = Card(batch=2, calls=1, holds=0)
    with pytest.raises(MemoryError):
        Room(card).probabilities([np.zeros((96, 96, 3), np.uint8)] * 2)
    assert card.tried == [2, 1]


def test_another_device_has_its_own_room() -> None:
    nothing: Any = None
    card = Card(batch=2, calls=1, holds=1)
    work = Work(
        ScanRequest("r", "s", "m"), nothing, nothing, nothing, nothing, nothing, nothing, card, (), (), CancelToken(),
        Focus(), lambda: 0.0, 0.0,
    )  # fmt: skip
    work.room.probabilities([np.zeros((96, 96, 3), np.uint8)] * 2)
    assert work.room.most == 1
    larger = replace(work, predictor=Card(batch=4, calls=1, holds=4))
    assert larger.room.most == 4
