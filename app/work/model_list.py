"""The models to choose from, read from their folders; run it off the GUI thread, as it checks every file's hash."""

from __future__ import annotations

from app.state.models import ModelChoice


def list_models(asked_for: str | None = None) -> tuple[ModelChoice, ...]:
    """The shipped models, with the one asked for (name or folder) first if it is none of them.

    Raises ModelError for an unknown model and for a folder that is not intact.
    """
    # pydantic, which the cards need, takes longer to import than all else the window shows at first.
    from inference.engine.catalog import find_model, shipped_models

    choices = tuple(
        ModelChoice(entry.card.name, entry.card.title, entry.card.mpp) for entry in shipped_models()
    )
    if asked_for is None or asked_for in [choice.name for choice in choices]:
        return choices
    card = find_model(asked_for).card
    return (ModelChoice(asked_for, card.title, card.mpp), *choices)
