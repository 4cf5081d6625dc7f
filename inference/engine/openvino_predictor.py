"""The model on the CPU: the shipped ONNX file in OpenVINO, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
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
        self._compiled: dict[tuple[int, int], ov.CompiledModel] = {}
        self.batch = 4  # the streams are kept busy while the next images are made

    def probabilities(self, images: Sequence[RgbImage]) -> list[NDArray[np.float32]]:
        height, width, _ = images[0].shape
        queue = ov.AsyncInferQueue(self._compile(height, width))
        results: dict[int, NDArray[np.float32]] = {}

        def keep(request: ov.InferRequest, index: int) -> None:
            results[index] = sigmoid(request.get_output_tensor(0).data[0, 0].copy())

        queue.set_callback(keep)
        for index, image in enumerate(images):
            queue.start_async({0: image[np.newaxis]}, index)
        queue.wait_all()
        return [results[index] for index in range(len(images))]

    def _compile(self, height: int, width: int) -> ov.CompiledModel:
        """The model for one image size, taking uint8 RGB as it comes from the slide."""
        key = (height, width)
        if key not in self._compiled:
            model = self._model.clone()
            steps = PrePostProcessor(model)
            steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
            steps.input().tensor().set_shape([1, height, width, 3])
            steps.input().model().set_layout(ov.Layout("NCHW"))
            mean = [value / self._transform.scale for value in self._transform.mean]
            std = [value / self._transform.scale for value in self._transform.std]
            steps.input().preprocess().convert_element_type(ov.Type.f32).mean(mean).scale(std)
            self._compiled[key] = self._core.compile_model(steps.build(), "CPU", self._settings)
        return self._compiled[key]
