"""Keeping loaded models from one request to the next."""

from __future__ import annotations

from collections.abc import Callable

from inference.engine.catalog import ModelEntry
from inference.engine.devices import DeviceChoice, make_predictor
from inference.engine.predictor import Predictor

Made = tuple[Predictor, tuple[str, ...]]
"""A predictor and the notices on its device."""
PredictorMaker = Callable[[ModelEntry, DeviceChoice], Made]
MOST_KEPT = 2
"""A scan and the live model, or the two models of a comparison, do not load each other away."""


class PredictorCache:
    """Keeps the predictors used last: a second slide with the same model need not load it again."""

    def __init__(self, device: DeviceChoice, *, make: PredictorMaker = make_predictor) -> None:
        self._device: DeviceChoice = device
        self._make = make
        self._kept: dict[str, Made] = {}

    def __call__(self, model: ModelEntry) -> Made:
        """The predictor of a model and the notices on its device."""
        key = model.card.sha256
        made = self._kept.pop(key, None) or self._make(model, self._device)
        # The one used last stands last.
        self._kept[key] = made
        if len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return made

    def on_cpu(self, model: ModelEntry) -> Made | None:
        """The predictor to use where the card's memory does not suffice; None if the CPU computes already."""
        device = self(model)[0].device
        if device.startswith("CPU"):
            return None
        predictor, notices = self._make(model, "cpu")
        notice = f"The memory of {device} does not suffice even for one tile: the CPU computes instead."
        self._kept[model.card.sha256] = (predictor, (*notices, notice))
        return self._kept[model.card.sha256]
