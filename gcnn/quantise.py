"""A model folder in 8 bits: less exact than float32, two to three times as fast on a CPU, and no less equivariant.

Weights are rounded to int8 with a scale for each filter, activations with one for all channels of a layer: turning a
picture permutes filters and pixels and changes no scale. What remains are sums of integers, which know no order: in
OpenVINO, on a processor with VNNI (AVX-512 or AVX), the eight elements of p4m give a square tile the same number to the
last bit. A tile that is not square has another shape when turned, for which OpenVINO may add in another order where it
goes back to fractions, and a value may be rounded the other way. Without VNNI sums are rounded on the way, and
probabilities of turned pictures differ by a few hundredths.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from torch import Tensor, nn

from gcnn.card import ONNX_FILE, InputTransform, ModelCard, write_card
from gcnn.data.loading import evaluation_batches, to_input
from gcnn.data.pcam import PcamSplit
from gcnn.errors import CardError, QuantisationError
from gcnn.evaluation.metrics import binary_metrics, predict
from gcnn.evaluation.report import ROTATION_PATCHES, evaluate_network
from gcnn.model_folder import load_network
from gcnn.onnx_export import ONNX_INPUT
from gcnn.onnx_network import OnnxNetwork

CALIBRATION_PATCHES = 500
"""Training patches whose largest activations set the scales."""
MOST_AUC_LOST = 0.003
"""On validation; a model that loses more is not written."""
TOLERANCE = 0.02
"""Of probabilities over the elements of p4m: a value rounded the other way has been seen to make 0.009."""
_BATCH = 10


def quantise(source: Path, *, data: Path, out: Path, rotation_patches: int = ROTATION_PATCHES) -> ModelCard:
    """Writes the model of a folder in 8 bits as another folder named after `out`; returns its card.

    The card has the metrics of the 8-bit model, and in `metrics[split]["beside_float32"]` the AUC of the source and
    how far probabilities are from its own. `rotation_patches` of each split are turned: see `evaluate_network`.

    Raises:
        CardError: the source is not intact or in 8 bits already.
        QuantisationError: the 8-bit model is worse by more than `MOST_AUC_LOST` on validation; `out` gets no card.
    """
    if out.resolve() == source.resolve():
        raise CardError(f"{out} is the model to be quantised; write to another folder")
    net, card = load_network(source)
    out.mkdir(parents=True, exist_ok=True)
    train = PcamSplit(data, "train")
    chosen = np.unique(np.linspace(0, len(train) - 1, min(CALIBRATION_PATCHES, len(train))).astype(int))
    parts = np.array_split(chosen, -(-len(chosen) // _BATCH))
    write_onnx_in_8_bits(
        source / ONNX_FILE, out / ONNX_FILE, (to_input(train.patches(part), card.transform) for part in parts)
    )
    train.close()
    rounded = OnnxNetwork(out / ONNX_FILE)
    metrics: dict[str, dict[str, Any]] = {}
    for name in ("valid", "test"):
        split = PcamSplit(data, name)
        measured = evaluate_network(rounded, split, card.transform, rotation_patches=rotation_patches)
        beside = _beside(net, rounded, split, card.transform)
        metrics[name] = {**measured, "beside_float32": beside}
        split.close()
        lost = beside["auc"] - measured["auc"]
        if name == "valid" and lost > MOST_AUC_LOST:
            raise QuantisationError(
                f"{out / ONNX_FILE} loses {lost:.4f} of AUC on validation, more than {MOST_AUC_LOST}; "
                f"go on using {source}"
            )
    largest = metrics["test"]["beside_float32"]["largest_difference"]
    made = card.model_copy(
        update={
            "name": out.name,
            "title": f"{card.title}, 8 bit",
            "precision": "int8",
            "equivariance_tolerance": TOLERANCE,
            "training": {
                **card.training,
                "rounded_from": card.sha256,
                "calibration_patches": len(chosen),
            },
            "metrics": metrics,
            "limits": f"{card.limits} Computed in 8 bits: probabilities differ from those of {card.name} by up to "
            f"{largest:.2f} on single patches.",
        }
    )
    return write_card(out, made)


def write_onnx_in_8_bits(source: Path, out: Path, inputs: Iterator[Tensor]) -> None:
    """Writes one of our ONNX files with 8-bit convs; what lies between them is left as it is.

    Args:
        inputs: (n, 3, h, w) float32 each, as the network takes them: their largest activations set the scales.
    """
    # It advises to fold the graph beforehand, which would undo how ours is laid out.
    logging.disable(logging.WARNING)
    try:
        quantize_static(
            str(source),
            str(out),
            _Calibration(inputs),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            # With zero in the middle an activation needs no offset, which is faster.
            extra_options={"ActivationSymmetric": True},
        )
    finally:
        logging.disable(logging.NOTSET)


class _Calibration(CalibrationDataReader):
    """Inputs as the library asks for them."""

    def __init__(self, inputs: Iterator[Tensor]) -> None:
        self._inputs = inputs

    def get_next(self) -> dict[str, Any] | None:
        x = next(self._inputs, None)
        return None if x is None else {ONNX_INPUT: x.numpy()}


def _beside(
    net: nn.Module, rounded: nn.Module, split: PcamSplit, transform: InputTransform
) -> dict[str, float]:
    """The AUC of the source over a split, and the mean and largest difference of the two networks' probabilities."""
    exact, labels = predict(net, evaluation_batches(split, transform))
    apart = (exact.sigmoid() - predict(rounded, evaluation_batches(split, transform))[0].sigmoid()).abs()
    return {
        "auc": binary_metrics(exact, labels)["auc"],
        "mean_difference": float(apart.mean()),
        "largest_difference": float(apart.max()),
    }
