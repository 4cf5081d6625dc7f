"""The models to choose from, read from their folders; run it off the GUI thread, as it checks every file's hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.state.models import ModelChoice

if TYPE_CHECKING:
    from gcnn.card import ModelCard


def list_models(asked_for: str | None = None) -> tuple[ModelChoice, ...]:
    """The shipped models, with the one asked for (name or folder) first if it is none of them.

    Raises ModelError for an unknown model and for a folder that is not intact.
    """
    # pydantic, which the cards need, takes longer to import than all else the window shows at first.
    from inference.engine.catalog import find_model, shipped_models

    choices = tuple(_choice(entry.card.name, entry.card) for entry in shipped_models())
    if asked_for is None or asked_for in [choice.name for choice in choices]:
        return choices
    return (_choice(asked_for, find_model(asked_for).card), *choices)


def _choice(name: str, card: ModelCard) -> ModelChoice:
    beside = card.metrics.get("test", {}).get("beside_float32")
    note = ""
    if beside is not None:
        apart = f"{beside['mean_difference']:.2f} in the mean, {beside['largest_difference']:.2f} at most"
        note = f"Computes in 8 bits: faster on a CPU, probabilities differ from the exact model's ({apart})."
    return ModelChoice(name, card.title, card.mpp, note)
