"""Widening: the wide network begins where the narrow one ended, and learns in all its maps."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from gcnn.densenet import GroupDenseNet, network
from gcnn.layers.norm import GroupBatchNorm2d
from gcnn.training.widen import can_widen, widen


def _trained(name: str) -> GroupDenseNet:
    """A network whose batch norms are no longer those of a fresh one."""
    torch.manual_seed(3)
    net = network(name)
    for module in net.modules():
        if isinstance(module, GroupBatchNorm2d):
            for values in (module.weight, module.running_var):
                nn.init.uniform_(values, 0.5, 1.5)
            for values in (module.bias, module.running_mean):
                nn.init.normal_(values, std=0.3)
    return net


def _patches() -> torch.Tensor:
    return torch.randn(4, 3, 96, 96, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("training", [False, True])
def test_a_widened_network_gives_the_logits_of_the_narrow_one(training: bool) -> None:
    narrow, wide = _trained("p4m-densenet-m"), network("p4m-densenet")
    widen(narrow, wide)
    x = _patches()
    with torch.no_grad():
        ours, theirs = wide.train(training)(x), narrow.train(training)(x)
    assert ours.std() > 2e-3  # a hundred times the tolerance below
    assert torch.allclose(ours, theirs, atol=2e-5)


def test_every_weight_of_a_widened_network_learns_within_a_few_steps() -> None:
    wide = network("p4m-densenet")
    widen(_trained("p4m-densenet-m"), wide)
    wide.train()
    before = {name: p.detach().clone() for name, p in wide.named_parameters() if name.endswith("conv.weight")}
    optimizer = torch.optim.SGD(wide.parameters(), lr=0.1)
    y = torch.tensor([0.0, 1.0, 0.0, 1.0])
    for _ in range(
        6
    ):  # a zero learns only when what comes after it is no longer zero: one step a layer at most
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(wide(_patches()).reshape(-1), y).backward()
        optimizer.step()
    for name, p in wide.named_parameters():
        if name in before:
            moved = (p != before[name]).flatten(2).any(-1) if p.dim() == 5 else p != before[name]
            assert moved.all(), name


def test_only_networks_of_one_group_that_are_nowhere_narrower_can_be_widened() -> None:
    nets = {name: network(name) for name in ("p4m-densenet", "p4m-densenet-m", "p4-densenet", "densenet")}
    assert can_widen(nets["p4m-densenet-m"], nets["p4m-densenet"])
    assert not can_widen(nets["p4m-densenet"], nets["p4m-densenet-m"])
    assert not can_widen(nets["p4m-densenet-m"], nets["p4-densenet"])
    assert not can_widen(nets["densenet"], nets["p4m-densenet"])
