"""Temperature scaling finds the temperature that made the logits."""

from __future__ import annotations

import pytest
import torch

from gcnn.evaluation.calibrate import temperature


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_logits_that_were_scaled_are_scaled_back(factor: float) -> None:
    generator = torch.Generator().manual_seed(1)
    honest = torch.randn(200_000, generator=generator) * 2
    labels = torch.bernoulli(honest.sigmoid(), generator=generator)
    assert temperature(honest * factor, labels) == pytest.approx(factor, rel=0.02)
