"""Metrics against other implementations and against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchmetrics.functional.classification import binary_auroc

from gcnn.evaluation.metrics import auc_interval, confusion


def test_the_interval_is_that_of_aucs_over_resampled_patches() -> None:
    """The vectorised AUC with ties must equal torchmetrics' over the very same bootstrap samples."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 60)
    scores = np.round(rng.normal(labels, 1.0), 1)  # rounded, so that many are tied
    drawing, found = np.random.default_rng(0), []
    for _ in range(200):
        drawn = np.bincount(drawing.integers(0, 60, 60), minlength=60)
        order = np.argsort(scores, kind="stable")  # the implementation counts patches in this order
        picked = np.repeat(order, drawn)
        found.append(
            float(binary_auroc(torch.tensor(scores[picked]).sigmoid(), torch.tensor(labels[picked])))
        )
    expected = np.percentile(found, (2.5, 97.5))
    assert auc_interval(scores, labels, samples=200) == pytest.approx(tuple(expected), abs=1e-6)


def test_one_class_alone_has_no_interval() -> None:
    assert np.isnan(auc_interval(np.array([0.1, 0.7]), np.array([1, 1]))).all()


def test_confusion_counts_each_of_the_four_outcomes() -> None:
    logits = torch.tensor([-1.0, 2.0, -3.0, 0.0, 5.0, 1.0])
    labels = torch.tensor([0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    assert confusion(logits, labels) == {"tn": 1, "fp": 1, "fn": 1, "tp": 3}
