"""Which device runs a model, decided without importing torch unless there is a CUDA card."""

from __future__ import annotations

import ctypes
import sys
from importlib.util import find_spec
from typing import Literal

from inference.engine.catalog import ModelEntry
from inference.engine.predictor import Predictor
from inference.errors import EngineError

DeviceChoice = Literal["auto", "cpu", "cuda"]


def cuda_device_count() -> int:
    """CUDA devices the driver reports; 0 without a driver. Torch needs seconds to say the same."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value


def make_predictor(model: ModelEntry, device: DeviceChoice = "auto") -> tuple[Predictor, tuple[str, ...]]:
    """The predictor for a device, and what the user should know of the choice.

    "auto" takes CUDA where a card is present and torch can use it, else the CPU; a card that cannot be used is
    named in the notices, never passed over in silence.

    Raises:
        EngineError: "cuda" was asked for and is not to be had.
    """
    if device == "cpu" or (device == "auto" and cuda_device_count() == 0):
        return _on_cpu(model), ()
    import torch

    if torch.cuda.is_available():
        from inference.engine.cuda_predictor import CudaPredictor

        return CudaPredictor(model), ()
    if device == "cuda":
        raise EngineError(
            "CUDA is not available",
            where=f"torch {torch.__version__}",
            advice="Use --device cpu, or install a CUDA build of torch",
        )
    notice = f"A CUDA card is present but torch {torch.__version__} cannot use it: the CPU computes instead."
    return _on_cpu(model), (notice,)


def _on_cpu(model: ModelEntry) -> Predictor:
    """The fastest engine installed: OpenVINO, ONNX Runtime where it has no wheel, and torch, which is always there."""
    if find_spec("openvino") is not None:
        from inference.engine.openvino_predictor import OpenVinoPredictor

        return OpenVinoPredictor(model)
    if find_spec("onnxruntime") is not None:
        from inference.engine.onnx_runtime_predictor import OnnxRuntimePredictor

        return OnnxRuntimePredictor(model)
    from inference.engine.torch_predictor import TorchPredictor

    return TorchPredictor(model)
