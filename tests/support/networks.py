"""Networks with weights and statistics as a trained one has them: none at its neutral value."""

from __future__ import annotations

import torch
from torch import nn

from gcnn.densenet import GroupDenseNet, network


def lively_network(name: str, *, seed: int = 0) -> GroupDenseNet:
    """A network of Table 1 in evaluation mode whose batch norms do something."""
    torch.manual_seed(seed)
    net = network(name)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 2.0)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.3, 0.3)
    return net.eval()
