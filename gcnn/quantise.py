"""A model folder in 8 bits: less exact than float32, two to three times as fast on a CPU, and no less equivariant.

Weights are rounded to int8 with a scale for each filter, activations with one for all channels of a layer: turning a
picture permutes filters and pixels and changes no scale. What remains are sums of integers, which know no order: in
OpenVINO the eight elements of p4m give a square tile the same number to the last bit. A tile that is not square has
another shape when turned, for which OpenVINO may add in another order where it goes back to fractions, and a value may
be rounded the other way.

Weights take seven of the eight bits: a processor without VNNI adds two products of 8 bits in 16, which full weights
would overflow. It cuts such sums off without a word, and probabilities move by up to 0.5.
"""

from __future__ import annotations

import logging
import tempfile
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

from gcnn.card import ONNX_FILE, WEIGHTS_FILE, InputTransform, ModelCard, write_card
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
        CardError: the source is not intact or in 8 bits already, or `out` holds a float32 model.
        QuantisationError: the 8-bit model is worse by more than `MOST_AUC_LOST` on validation; `out` is left as it is.
    """
    if out.resolve() == source.resolve():
        raise CardError(f"{out} is the model to be quantised; write to another folder")
    net, card = load_network(source)
    if (out / WEIGHTS_FILE).exists():
        raise CardError(f"{out} holds a float32 model; write to another folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        made = Path(folder) / ONNX_FILE
        patches = _round_on_patches(source, made, data, card.transform)
        metrics = _measured(net, OnnxNetwork(made), data, card.transform, rotation_patches)
        out.mkdir(exist_ok=True)
        made.replace(out / ONNX_FILE)
    largest = metrics["test"]["beside_float32"]["largest_difference"]
    rounded = card.model_copy(
        update={
            "name": out.name,
            "title": f"{card.title}, 8 bit",
            "precision": "int8",
            "equivariance_tolerance": TOLERANCE,
            "training": {**card.training, "rounded_from": card.sha256, "calibration_patches": patches},
            "metrics": metrics,
            "limits": f"{card.limits} Computed in 8 bits: probabilities differ from those of {card.name} by up to "
            f"{largest:.2f} on single patches.",
        }
    )
    return write_card(out, rounded)


def _round_on_patches(source: Path, made: Path, data: Path, transform: InputTransform) -> int:
    """Writes the source's ONNX file in 8 bits, its scales from training patches; returns of how many."""
    train = PcamSplit(data, "train")
    chosen = np.unique(np.linspace(0, len(train) - 1, min(CALIBRATION_PATCHES, len(train))).astype(int))
    parts = np.array_split(chosen, -(-len(chosen) // _BATCH))
    write_onnx_in_8_bits(
        source / ONNX_FILE, made, (to_input(train.patches(part), transform) for part in parts)
    )
    train.close()
    return len(chosen)


def _measured(
    net: nn.Module, rounded: nn.Module, data: Path, transform: InputTransform, rotation_patches: int
) -> dict[str, dict[str, Any]]:
    """The metrics of the 8-bit network by split. Raises QuantisationError where it is worse on validation."""
    metrics: dict[str, dict[str, Any]] = {}
    for name in ("valid", "test"):
        split = PcamSplit(data, name)
        measured = evaluate_network(rounded, split, transform, rotation_patches=rotation_patches)
        beside = _beside(net, rounded, split, transform)
        metrics[name] = {**measured, "beside_float32": beside}
        split.close()
        lost = beside["auc"] - measured["auc"]
        if name == "valid" and lost > MOST_AUC_LOST:
            raise QuantisationError(
                f"In 8 bits the model loses {lost:.4f} of AUC on validation, more than {MOST_AUC_LOST}; "
                "go on using the float32 model. Nothing was written"
            )
    return metrics


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
            reduce_range=True,
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
