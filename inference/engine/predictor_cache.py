"""Keeping a loaded model from one scan to the next."""

from __future__ import annotations

from inference.engine.catalog import ModelEntry
from inference.engine.devices import DeviceChoice, make_predictor
from inference.engine.predictor import Predictor


class PredictorCache:
    """Keeps the predictor used last: a second slide with the same model need not load it again."""

    def __init__(self, device: DeviceChoice) -> None:
        self._device = device
        self._kept: tuple[str, tuple[Predictor, tuple[str, ...]]] | None = None

    def __call__(self, model: ModelEntry) -> tuple[Predictor, tuple[str, ...]]:
        """The predictor of a model and the notices on its device."""
        if self._kept is None or self._kept[0] != model.card.sha256:
            self._kept = (model.card.sha256, make_predictor(model, self._device))
        return self._kept[1]
