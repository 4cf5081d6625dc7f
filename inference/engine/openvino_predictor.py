"""The model on the CPU: the shipped ONNX file in OpenVINO, without torch."""

# ruff: noqa: E402

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Importing OpenVINO reports the import over the network, from a forked process that outlives a killed engine and
# holds its pipes. None makes the import of the reporting package fail, and OpenVINO then takes its own stub.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import openvino as ov
from openvino.preprocess import PrePostProcessor

from gcnn.card import ONNX_FILE
from inference.engine.catalog import ModelEntry
from inference.engine.predictor import sigmoid
from inference.errors import EngineError
from inference.slides.slide import RgbImage


class OpenVinoPredictor:
    """Runs each image alone, several at a time, so that no result depends on its neighbours in a batch."""

    device = "CPU (OpenVINO)"
    precision = "float32"

    def __init__(self, model: ModelEntry, *, threads: int | None = None) -> None:
        """Reads the model; it is compiled for an image size when that size is first asked for.

        Args:
            threads: CPU threads, all cores by default.
        """
        self._core = ov.Core()
        self._transform = model.card.transform
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
        self._requests: dict[tuple[int, int], list[ov.InferRequest]] = {}
        # Two for every core keep all streams at work to the end of a batch but for one image's time.
        self.batch = 2 * (os.cpu_count() or 2)

    def probabilities(self, images: Sequence[RgbImage]) -> list[NDArray[np.float32]]:
        height, width, _ = images[0].shape
        requests = self._requests_for(height, width)
        results: list[NDArray[np.float32]] = []
        # Without callbacks: OpenVINO would run them in its own threads, and freeing a model that still holds one
        # can wait for the interpreter's lock for ever.
        for start in range(0, len(images), len(requests)):
            running = list(zip(requests, images[start : start + len(requests)], strict=False))
            for request, image in running:
                request.start_async({0: image[np.newaxis]})
            for request, _ in running:
                request.wait()
                results.append(sigmoid(request.get_output_tensor(0).data[0, 0]))
        return results

    def _requests_for(self, height: int, width: int) -> list[ov.InferRequest]:
        """One request for each stream, for images of one size as they come from the slide: uint8 RGB."""
        key = (height, width)
        if key not in self._requests:
            model = self._model.clone()
            steps = PrePostProcessor(model)
            steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
            steps.input().tensor().set_shape([1, height, width, 3])
            steps.input().model().set_layout(ov.Layout("NCHW"))
            mean = [value / self._transform.scale for value in self._transform.mean]
            std = [value / self._transform.scale for value in self._transform.std]
            steps.input().preprocess().convert_element_type(ov.Type.f32).mean(mean).scale(std)
            compiled = self._core.compile_model(steps.build(), "CPU", self._settings)
            streams = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
            self._requests[key] = [compiled.create_infer_request() for _ in range(streams)]
        return self._requests[key]
