"""docs/models.md: what the cards of the shipped models say, as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gcnn.card import ModelCard

HEAD = """# Shipped models

Made from the cards by `python -m experiments models-page`; not written by hand. Research use only: none of these models
is a medical device.
"""


def models_page(cards: Sequence[ModelCard]) -> str:
    """The whole page, a table over all models and a part for each."""
    lines = [HEAD, "| model | network | NLL | accuracy | AUC (95 % interval) | ECE | std over rotations |"]
    lines.append("|---|---|--:|--:|--:|--:|--:|")
    for card in cards:
        test = card.metrics["test"]
        cells = [f"[`{card.name}`](#{card.name})", card.title, *_figures(test), f"{test['rotation_std']:.4f}"]
        lines.append("| " + " | ".join(cells) + " |")
    lines.append("\nAll on PCam's test patches as far as they are at hand; see each model for how many.\n")
    return "\n".join(lines) + "\n" + "\n".join(_part(card) for card in cards)


def _part(card: ModelCard) -> str:
    training = card.training
    facts = [
        f"Network: {card.title} (`{card.network}`), group {card.group}, {card.mpp} um/px, cells of {card.stride} px.",
        f"Training: {training['data']}, {training['patches']:,} patches ({training['tumour_patches']:,} tumour), "
        f"{training['sampling']}; {training['epochs_run']} epochs of {training['steps_per_epoch']} batches of "
        f"{training['batch']}, Adam, {training['schedule']} rate up to {training['learning_rate']:g}, "
        f"seed {training['seed']}; epoch {training['best_epoch']} kept ({training['selection']}).",
        _precision(card),
        f"Jitter besides colour, focus and JPEG: {training['jitter']['angles']:.0%} of the patches turned by any angle."
        if training.get("jitter", {}).get("angles")
        else "",
        f"Started from: weights `{training['start'][:12]}`." if training.get("start") else "",
        f"Learnt from beside the labels: weights `{training['teacher'][:12]}`, {training['teacher_weight']:.0%}."
        if training.get("teacher")
        else "",
        f"Temperature: logits divided by {training['temperature']:.3f}, from the validation patches."
        if training["temperature"] != 1
        else "Temperature: 1; scaling did not lower the validation loss.",
        f"Equivariance error: {card.metrics['test']['equivariance_error']:.1e} (largest difference of probabilities "
        f"over the 8 rotations and reflections, {card.precision}).",
        f"Stability: mean standard deviation {card.metrics['test']['rotation_std']:.4f} over 32 rotations below 90 "
        f"degrees of {card.metrics['test']['rotation_patches']} test patches, corners "
        f"{card.metrics['test']['rotation_margin']}.",
        f"Use: {card.intended_use}",
        f"Limits: {card.limits}",
        f"Data: {card.data_licence}.",
        *(f"`{name}`: sha256 `{digest}`." for name, digest in card.files.items()),
    ]
    rows = ["| split | patches | NLL | accuracy | AUC (95 % interval) | ECE |", "|---|--:|--:|--:|--:|--:|"]
    for split in ("valid", "test"):
        measured = card.metrics[split]
        rows.append(f"| {split} | {measured['n']:,} | " + " | ".join(_figures(measured)) + " |")
        for origin, part in measured.get("by_origin", {}).items():
            figures = _figures(part) if "auc" in part else ["", "", "", ""]
            rows.append(f"| {split}, origin {origin} | {part['n']:,} | " + " | ".join(figures) + " |")
    listed = "\n".join(f"- {fact}" for fact in facts if fact)
    return f"## {card.name}\n\n{listed}\n\n" + "\n".join(rows) + "\n"


def _precision(card: ModelCard) -> str:
    """What was rounded and what that changed; "" for float32."""
    if card.precision == "float32":
        return ""
    training, test = card.training, card.metrics["test"]
    beside = test["beside_float32"]
    return (
        f"In 8 bits, for CPUs with OpenVINO: weights `{training['rounded_from'][:12]}` rounded, scales from "
        f"{training['calibration_patches']} training patches. Test AUC {test['auc']:.4f} instead of "
        f"{beside['auc']:.4f}; probabilities differ by {beside['mean_difference']:.3f} in the mean and "
        f"{beside['largest_difference']:.2f} at most."
    )


def _figures(measured: dict[str, Any]) -> list[str]:
    low, high = measured["auc_interval"]
    return [
        f"{measured['nll']:.3f}",
        f"{measured['accuracy']:.3f}",
        f"{measured['auc']:.3f} ({low:.3f} to {high:.3f})",
        f"{measured['ece']:.3f}",
    ]
