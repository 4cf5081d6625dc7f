"""The model on the CPU where OpenVINO has no wheel: the same ONNX file in ONNX Runtime, without torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from gcnn.card import ONNX_FILE
from inference.engine.catalog import ModelEntry
from inference.engine.predictor import sigmoid, usable_cores
from inference.errors import EngineError
from inference.slides.slide import RgbImage

# Builds for Windows report events to the system, which may send them on.
ort.disable_telemetry_events()


class OnnxRuntimePredictor:
    """Runs one image after the other on all cores, so that no result depends on its neighbours in a batch."""

    device = "CPU (ONNX Runtime)"
    precision = "float32"
    calls = 1
    one_by_one = True

    def __init__(self, model: ModelEntry, *, threads: int | None = None) -> None:
        """Reads the model.

        Args:
            threads: CPU threads, all cores by default.
        """
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or usable_cores()
        options.log_severity_level = 3
        path = model.folder / ONNX_FILE
        try:
            self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        # Each failure is another class of the library's, all of them children of Exception alone.
        except Exception as error:
            raise EngineError(
                "ONNX Runtime cannot read the model", where=str(path), advice="Reinstall the model"
            ) from error
        transform = model.card.transform
        self._input = self._session.get_inputs()[0].name
        self._scale = np.float32(transform.scale)
        self._mean, self._std = (np.array(v, np.float32) for v in (transform.mean, transform.std))
        self.batch = usable_cores()

    def probabilities(self, images: Sequence[RgbImage]) -> list[NDArray[np.float32]]:
        results = []
        for image in images:
            x = (image.astype(np.float32) * self._scale - self._mean) / self._std
            planes = np.ascontiguousarray(np.moveaxis(x, 2, 0)[np.newaxis])
            (logits,) = self._session.run(None, {self._input: planes})
            results.append(sigmoid(logits[0, 0]))
        return results
