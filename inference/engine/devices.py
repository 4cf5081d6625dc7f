"""Which device runs a model, decided without importing torch unless there is a CUDA card."""

from __future__ import annotations

import ctypes
import sys
from importlib.util import find_spec
from typing import Literal

import numpy as np

from inference.engine.catalog import ModelEntry
from inference.engine.group_check import ELEMENTS
from inference.engine.predictor import Predictor
from inference.errors import EngineError

_EXACT = 1e-5
"""Of probabilities: more than this is no rounding in float32."""
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
    named in the notices, never passed over in silence. A model in 8 bits is for the CPU.

    Raises:
        EngineError: "cuda" was asked for and is not to be had, or what computes 8 bits is not installed.
    """
    if model.card.precision == "int8" and device != "cpu":
        if device == "cuda":
            raise EngineError(
                "A model in 8 bits runs on the CPU",
                where=model.card.name,
                advice="Choose its float32 model, or --device cpu",
            )
        notice = "The CUDA card is not used: a model in 8 bits runs on the CPU. Its float32 model would use the card."
        predictor, notices = _on_cpu(model)
        return predictor, ((notice, *notices) if cuda_device_count() else notices)
    if device == "cpu" or (device == "auto" and cuda_device_count() == 0):
        return _on_cpu(model)
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
    predictor, notices = _on_cpu(model)
    return predictor, (notice, *notices)


def _on_cpu(model: ModelEntry) -> tuple[Predictor, tuple[str, ...]]:
    """The fastest engine installed: OpenVINO, ONNX Runtime where it has no wheel, and torch, which is always there."""
    if find_spec("openvino") is not None:
        from inference.engine.openvino_predictor import OpenVinoPredictor

        predictor = OpenVinoPredictor(model)
        return predictor, _notices_on_rounding(model, predictor)
    if model.card.precision == "int8":
        # ONNX Runtime rounds between the layers so that turned pictures differ; torch has no weights to take.
        raise EngineError(
            "A model in 8 bits needs OpenVINO, which is not installed",
            where=model.card.name,
            advice="Choose its float32 model",
        )
    if find_spec("onnxruntime") is not None:
        from inference.engine.onnx_runtime_predictor import OnnxRuntimePredictor

        return OnnxRuntimePredictor(model), ()
    from inference.engine.torch_predictor import TorchPredictor

    return TorchPredictor(model), ()


def _notices_on_rounding(model: ModelEntry, predictor: Predictor) -> tuple[str, ...]:
    """A warning where this processor cuts off 8-bit sums, as one without VNNI does with weights of full 8 bits.

    Ours have seven (`gcnn.quantise`); others may not. No library tells, so it is tried on a picture of noise, a square
    one, which has the same shape when turned.
    """
    if model.card.precision != "int8" or model.card.group == "plain":
        return ()
    noise = np.random.default_rng(0).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    maps = [e.undone(predictor.probabilities([e.of_picture(noise)])[0]) for e in ELEMENTS]
    apart = float(np.ptp(maps, axis=0).max())
    if apart <= _EXACT:
        return ()
    return (
        f"This processor cuts off sums of this 8-bit model: turned pictures differ ({apart:.3f} on noise), and "
        "probabilities may be wrong by much more. Use the float32 model, or make the 8-bit one anew.",
    )
