"""The model on the CPU: the shipped ONNX file in OpenVINO, without torch."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gcnn.card import ONNX_FILE
from inference.engine.catalog import ModelEntry
from inference.engine.openvino_offline import PrePostProcessor, ov
from inference.engine.predictor import sigmoid, usable_cores
from inference.engine.strips import in_strips
from inference.errors import EngineError
from inference.slides.slide import RgbImage

# The first array that OpenVINO hands out sets up its use of numpy, behind a lock that it waits for while it holds the
# interpreter's: two threads that asked for their first array at once would wait for each other for ever.
_SET_UP = ov.Tensor(np.zeros(1, np.float32)).data


class OpenVinoPredictor:
    """Runs each image alone, several at a time, so that no result depends on its neighbours in a batch.

    Safe to use from several threads.
    """

    device = "CPU (OpenVINO)"
    batch = 1
    one_by_one = True

    def __init__(self, model: ModelEntry, *, threads: int | None = None) -> None:
        """Reads the model; it is compiled for an image size when that size is first asked for.

        Args:
            threads: CPU threads, all cores by default.
        """
        self._core = ov.Core()
        self._transform = model.card.transform
        self.precision = model.card.precision
        # bf16 is OpenVINO's default where the processor has it; the card's tolerance is float32's.
        self._settings: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "THROUGHPUT",
            **({"INFERENCE_NUM_THREADS": threads} if threads else {}),
        }
        try:
            self._model = self._core.read_model(model.folder / ONNX_FILE)
        except RuntimeError as error:
            raise EngineError(
                "OpenVINO cannot read the model",
                where=str(model.folder / ONNX_FILE),
                advice="Reinstall the model",
            ) from error
        self._requests: dict[tuple[int, int], queue.SimpleQueue[ov.InferRequest]] = {}
        self._compiling = threading.Lock()
        # One tile for each stream, and one for the stream that is done first: what is lost where the process dies.
        self.calls = (threads or usable_cores()) + 1

    def probabilities(self, images: Sequence[RgbImage]) -> list[NDArray[np.float32]]:
        height, width, _ = images[0].shape
        free = self._requests_for(height, width)
        running: deque[ov.InferRequest] = deque()
        results: list[NDArray[np.float32]] = []

        def finish() -> ov.InferRequest:
            """The oldest request, its result taken; it counts as running until that is done."""
            running[0].wait()
            results.append(sigmoid(running[0].get_output_tensor(0).data[0, 0]))
            return running.popleft()

        # Without callbacks: OpenVINO would run them in its own threads, and freeing a model that still holds one
        # can wait for the interpreter's lock for ever.
        try:
            for image in images:
                try:
                    # Who has requests running never waits for those of another thread, which might wait for these.
                    request = free.get(block=not running)
                except queue.Empty:
                    request = finish()
                running.append(request)
                request.start_async({0: image[np.newaxis]})
            while running:
                free.put(finish())
        finally:
            # Empty but after an error: a request that did not come back would be waited for by the next call.
            for request in running:
                with suppress(RuntimeError):
                    request.wait()
                free.put(request)
        return results

    def _requests_for(self, height: int, width: int) -> queue.SimpleQueue[ov.InferRequest]:
        """Two requests for each stream, for images of one size as they come from the slide: uint8 RGB."""
        key = (height, width)
        # Sizes that are ready are computed while another is compiled.
        if key not in self._requests:
            with self._compiling:
                if key not in self._requests:
                    self._requests[key] = self._compile(height, width)
        return self._requests[key]

    def _compile(self, height: int, width: int) -> queue.SimpleQueue[ov.InferRequest]:
        model = self._model.clone()
        if self.precision == "float32":
            model = in_strips(model, height, width, self._prepared)
        else:
            # Maps of a quarter of the size stay in the cache as they are.
            model = self._prepared(model, height, width)
        compiled = self._core.compile_model(model, "CPU", self._settings)
        streams = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        requests: queue.SimpleQueue[ov.InferRequest] = queue.SimpleQueue()
        for _ in range(2 * streams):
            requests.put(compiled.create_infer_request())
        return requests

    def _prepared(self, model: ov.Model, height: int, width: int) -> ov.Model:
        """The same model for colours as they come from a slide, (1, height, width, 3) uint8."""
        steps = PrePostProcessor(model)
        steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
        steps.input().tensor().set_shape([1, height, width, 3])
        steps.input().model().set_layout(ov.Layout("NCHW"))
        mean = [value / self._transform.scale for value in self._transform.mean]
        std = [value / self._transform.scale for value in self._transform.std]
        steps.input().preprocess().convert_element_type(ov.Type.f32).mean(mean).scale(std)
        return steps.build()
