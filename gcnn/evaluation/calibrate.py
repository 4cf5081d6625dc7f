"""Temperature scaling: one number that makes probabilities as sure as they are right (Guo et al. 2017)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def temperature(logits: Tensor, labels: Tensor) -> float:
    """The T > 0 for which sigmoid(logits / T) has the lowest NLL against labels (N,) of 0 and 1.

    The NLL is convex in 1 / T and so has one minimum; the search runs over log T, which keeps T positive.
    """
    logits, labels = logits.double(), labels.double()
    log_t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([log_t], max_iter=100, tolerance_grad=1e-10, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        search.zero_grad()
        nll = F.binary_cross_entropy_with_logits(logits * torch.exp(-log_t), labels)
        nll.backward()
        return nll

    search.step(loss)
    return float(log_t.detach().exp())
