"""The models page says what the cards say, and the committed one is up to date."""

from __future__ import annotations

from pathlib import Path

from experiments.models_page import models_page
from inference.engine.catalog import shipped_models

PAGE = Path(__file__).resolve().parents[2] / "docs" / "models.md"


def test_the_committed_page_is_that_of_the_shipped_cards() -> None:
    cards = [entry.card for entry in shipped_models()]
    assert PAGE.read_text(encoding="utf-8") == models_page(cards), "run: python -m experiments models-page"


def test_every_shipped_model_states_what_must_be_known_of_it() -> None:
    for entry in shipped_models():
        card = entry.card
        for split in ("valid", "test"):
            assert {"n", "nll", "accuracy", "auc", "auc_interval", "ece"} <= card.metrics[split].keys()
        if card.group == "p4m":
            assert card.metrics["test"]["equivariance_error"] <= card.equivariance_tolerance
        else:
            assert card.metrics["test"]["equivariance_error"] > card.equivariance_tolerance
        assert {"data", "patches", "seed", "temperature"} <= card.training.keys()
