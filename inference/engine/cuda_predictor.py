"""The model on a CUDA card: batches of fixed sizes in two lanes, so that copying one overlaps computing another.

What only a card can do goes through `Card`, so that everything else is tested without one. In each lane a batch is
copied from page-locked memory, computed by a recorded CUDA graph (by plain calls where none can be recorded), and
copied back. Half precision is used only where it keeps the tolerance of the model's card.
"""

from __future__ import annotations

import copy
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.engine.catalog import ModelEntry
from inference.engine.predictor import sigmoid
from inference.engine.torch_predictor import ColourNet
from inference.slides.grid import CELL, MARGIN
from inference.slides.slide import RgbImage

MOST_IMAGES = 16
LANES = 2
MOST_SHAPES = 4
"""Shapes of batches a lane keeps ready: tiles of a scan and previews of the live model, each full and in part."""
PROBE = (8, CELL * 8 + 2 * MARGIN)
"""Images, and their side in px, that half precision is tried on."""


class Lane(Protocol):
    """A queue of a card's work, beside which those of other lanes run."""

    def entered(self) -> AbstractContextManager[object]:
        """Within it, work goes into this lane."""
        ...

    def wait(self) -> None:
        """Until all work of the lane is done."""
        ...


class Card(Protocol):
    """What only a card can do; `CudaCard` is the real one."""

    @property
    def name(self) -> str: ...

    @property
    def device(self) -> torch.device: ...

    def lane(self) -> Lane: ...

    def page_locked(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """Memory of the CPU that the card copies from and to by itself."""
        ...

    def recorded(self, work: Callable[[], None]) -> Callable[[], None]:
        """The same work without the CPU's part in it; RuntimeError where it cannot be recorded."""
        ...


class CudaCard:
    """A CUDA device of torch."""

    def __init__(self, device: str = "cuda") -> None:
        self.device = torch.device(device)
        self.name = torch.cuda.get_device_name(self.device)
        # The fastest of several algorithms may be another one at the next start, when a scan is resumed.
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True

    def lane(self) -> CudaLane:
        return CudaLane(torch.cuda.Stream(self.device))

    def page_locked(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        return torch.empty(shape, dtype=dtype, pin_memory=True)

    def recorded(self, work: Callable[[], None]) -> Callable[[], None]:
        torch.cuda.current_stream(self.device).synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(
            graph, stream=torch.cuda.current_stream(self.device), capture_error_mode="thread_local"
        ):
            work()
        replay: Callable[[], None] = graph.replay
        return replay


class CudaLane:
    """A stream of torch."""

    def __init__(self, stream: torch.cuda.Stream) -> None:
        self._stream = stream

    def entered(self) -> AbstractContextManager[object]:
        context: AbstractContextManager[object] = torch.cuda.stream(self._stream)
        return context

    def wait(self) -> None:
        self._stream.synchronize()


class CudaPredictor:
    """Runs batches of 1, 2, 4, 8 or 16 images; safe to use from several threads."""

    batch = MOST_IMAGES
    calls = LANES
    one_by_one = False

    def __init__(self, model: ModelEntry, card: Card | None = None) -> None:
        """Loads the model onto a card, the first CUDA device by default."""
        card = card or CudaCard()
        self.device = f"{card.name} (torch)"
        net = ColourNet(model).to(card.device)
        halved = half_if_within(net, card.device, tolerance=model.card.equivariance_tolerance)
        self.precision = "float32" if halved is None else "float16"
        recording = threading.Lock()
        self._lanes: queue.SimpleQueue[_LaneWork] = queue.SimpleQueue()
        for _ in range(LANES):
            self._lanes.put(_LaneWork(card, halved or net, recording))

    def probabilities(self, images: Sequence[RgbImage]) -> list[NDArray[np.float32]]:
        lane = self._lanes.get()
        try:
            results: list[NDArray[np.float32]] = []
            for start in range(0, len(images), MOST_IMAGES):
                results.extend(sigmoid(lane.logits(images[start : start + MOST_IMAGES])))
            return results
        except torch.OutOfMemoryError as error:
            # What is kept ready for other shapes may be what the memory lacks.
            lane.forget()
            raise MemoryError(str(error)) from error
        finally:
            self._lanes.put(lane)


class _LaneWork:
    """One lane with its buffers."""

    def __init__(self, card: Card, net: ColourNet, recording: threading.Lock) -> None:
        self._card = card
        self._net = net
        self._recording = recording
        self._lane = card.lane()
        self._ready: OrderedDict[tuple[int, ...], _Ready] = OrderedDict()

    def logits(self, images: Sequence[RgbImage]) -> NDArray[np.float32]:
        """(images, rows, columns); the batch is filled up to a power of two, so that few shapes occur."""
        shape = (1 << (len(images) - 1).bit_length(), *images[0].shape)
        with torch.inference_mode(), self._lane.entered():
            ready = self._ready.pop(shape, None) or self._made(shape)
            self._ready[shape] = ready
            if len(self._ready) > MOST_SHAPES:
                self._ready.popitem(last=False)
            for place, image in zip(ready.colours, images, strict=False):
                place.copy_(torch.from_numpy(image))
            ready.colours[len(images) :] = 0
            ready.on_card.copy_(ready.colours, non_blocking=True)
            ready.work()
            ready.logits.copy_(ready.logits_on_card, non_blocking=True)
            self._lane.wait()
        return ready.logits[: len(images)].numpy().copy()

    def forget(self) -> None:
        """Gives back the memory of what is kept ready."""
        self._ready.clear()
        if self._card.device.type == "cuda":
            torch.cuda.empty_cache()

    def _made(self, shape: tuple[int, ...]) -> _Ready:
        on_card = torch.zeros(shape, dtype=torch.uint8, device=self._card.device)
        # What libraries set up at their first call must not be recorded: this is that call.
        logits_on_card = self._net(on_card)

        def work() -> None:
            logits_on_card.copy_(self._net(on_card))

        recorded: Callable[[], None] = work
        # One at a time: a recording is spoilt by some calls of other threads.
        with self._recording:
            try:
                recorded = self._card.recorded(work)
            except torch.OutOfMemoryError:
                raise
            except RuntimeError:
                # An old driver or a card that cannot: slower, and the same values.
                self._lane.wait()
        return _Ready(
            self._card.page_locked(shape, torch.uint8),
            on_card,
            logits_on_card,
            self._card.page_locked(tuple(logits_on_card.shape), torch.float32),
            recorded,
        )


class _Ready:
    """Buffers and work for batches of one shape."""

    def __init__(
        self,
        colours: Tensor,
        on_card: Tensor,
        logits_on_card: Tensor,
        logits: Tensor,
        work: Callable[[], None],
    ) -> None:
        self.colours, self.on_card = colours, on_card
        self.logits_on_card, self.logits = logits_on_card, logits
        self.work = work


def half_if_within(net: ColourNet, device: torch.device, *, tolerance: float) -> ColourNet | None:
    """The network in half precision if its probabilities are those of float32 to within a tolerance, else None.

    Compared on made images of the colours that the model was trained on, rough and smooth.
    """
    with torch.inference_mode():
        colours = probe_images(net).to(device)
        expected = torch.sigmoid(net(colours))
        try:
            half = copy.deepcopy(net)
            half.net.half()
            found = torch.sigmoid(half(colours))
        except RuntimeError:
            return None
    # NaN, where half precision overflows, is no small difference.
    return half if bool((found - expected).abs().max() <= tolerance) else None


def probe_images(net: ColourNet) -> Tensor:
    """(n, side, side, 3) uint8: noise of the training colours' mean and spread at several scales, always the same."""
    count, side = PROBE
    generator = torch.Generator().manual_seed(0)
    mean, std = (t.cpu().view(1, 3, 1, 1) / net.scale for t in (net.mean, net.std))
    images = []
    for index in range(count):
        coarse = side // 2 ** (index % 5)
        noise = torch.randn(1, 3, coarse, coarse, generator=generator)
        smooth = torch.nn.functional.interpolate(noise, size=(side, side), mode="bilinear")
        images.append((mean + std * smooth).clamp(0, 255).round().to(torch.uint8))
    return torch.cat(images).permute(0, 2, 3, 1).contiguous()
