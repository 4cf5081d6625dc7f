"""What a model says of itself in a sentence, for reports."""

from __future__ import annotations

from inference.engine.catalog import find_model
from inference.errors import ModelError


def model_line(name: str, sha256: str) -> str:
    """Title, group, resolution, training data, test result and intended use of a model; "" where it is not at hand."""
    try:
        card = find_model(name).card
    except ModelError:
        return ""
    if card.sha256 != sha256:
        # Another model by the same name.
        return ""
    line = f"{card.title} (group {card.group}, {card.mpp:g} µm per pixel)"
    if card.training.get("data"):
        line += f", trained on {card.training['data']}"
    auc = card.metrics.get("test", {}).get("auc")
    if auc is not None:
        line += f"; AUC on its test patches {auc:.3f}"
    return f"{line}. {card.intended_use}"
