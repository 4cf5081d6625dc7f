"""Layers commute with every element of their group: Phi(L_g f) = L_g Phi(f), in float64."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gcnn.groups import GROUPS, P4M, PointGroup
from gcnn.layers.conv import GroupConv2d, expansion_index
from gcnn.layers.norm import GroupBatchNorm2d
from gcnn.layers.pool import GroupMeanPool, halve
from gcnn.transform import turn_features, turn_planes

TOLERANCE = 1e-12
groups = pytest.mark.parametrize("group", GROUPS.values(), ids=lambda g: g.name)


def features(group: PointGroup, maps: int, side: int = 9) -> Tensor:
    return torch.randn(2, maps * group.order, side, side, dtype=torch.float64)


@groups
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
def test_lifting_conv_is_equivariant(group: PointGroup, kernel: int) -> None:
    conv = GroupConv2d(group, 3, 2, kernel=kernel, lifting=True).double()
    x = torch.randn(2, 3, 9, 9, dtype=torch.float64)
    for g in range(group.order):
        torch.testing.assert_close(
            conv(turn_planes(x, group, g)), turn_features(conv(x), group, g), rtol=0, atol=TOLERANCE
        )


@groups
@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
def test_group_conv_is_equivariant(group: PointGroup, kernel: int) -> None:
    conv = GroupConv2d(group, 2, 3, kernel=kernel).double()
    f = features(group, 2)
    for g in range(group.order):
        torch.testing.assert_close(
            conv(turn_features(f, group, g)), turn_features(conv(f), group, g), rtol=0, atol=TOLERANCE
        )


def test_turning_space_without_the_group_axis_is_not_enough() -> None:
    """Negative control: the group axis must be permuted as well."""
    conv = GroupConv2d(P4M, 2, 3, kernel=3).double()
    f = features(P4M, 2)
    wrong = conv(turn_planes(f, P4M, 1)) - turn_planes(conv(f), P4M, 1)
    assert wrong.abs().max() > 1e-2


@groups
def test_batch_norm_in_training_does_not_see_that_one_sample_was_turned(group: PointGroup) -> None:
    f = features(group, 3)
    for g in range(group.order):
        straight, turned = GroupBatchNorm2d(group, 3).double(), GroupBatchNorm2d(group, 3).double()
        mixed = torch.cat((f[:1], turn_features(f[1:], group, g)))
        expected = straight(f)
        expected = torch.cat((expected[:1], turn_features(expected[1:], group, g)))
        torch.testing.assert_close(turned(mixed), expected, rtol=0, atol=TOLERANCE)
        torch.testing.assert_close(turned.running_var, straight.running_var, rtol=0, atol=TOLERANCE)


def test_batch_norm_has_one_parameter_per_group_map() -> None:
    norm = GroupBatchNorm2d(P4M, 5)
    assert {p.shape for p in (norm.weight, norm.bias, norm.running_mean, norm.running_var)} == {(5,)}


@groups
def test_group_pooling_makes_invariant_maps(group: PointGroup) -> None:
    pool, f = GroupMeanPool(group), features(group, 3)
    for g in range(group.order):
        torch.testing.assert_close(
            pool(turn_features(f, group, g)), turn_planes(pool(f), group, g), rtol=0, atol=TOLERANCE
        )


@groups
def test_every_weight_is_used_once_per_orientation(group: PointGroup) -> None:
    index = expansion_index(group, 3, lifting=False)
    expected = torch.arange(group.order * 9)
    assert index.shape == (group.order, group.order * 9)
    for row in index:
        torch.testing.assert_close(row.sort().values, expected)
    torch.testing.assert_close(index[0], expected)  # the identity leaves the filter as it is


def test_initial_weights_keep_the_scale_of_activations() -> None:
    torch.manual_seed(0)
    conv = GroupConv2d(P4M, 16, 16, kernel=3)
    f = torch.relu(torch.randn(4, 16 * 8, 12, 12))
    gain = conv(f).square().mean() / f.square().mean()
    assert 1.0 < gain < 4.0  # He: the second moment doubles before the next ReLU halves it


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda group: group.name)
def test_batch_norm_is_torchs_over_the_values_of_a_map(
    group: PointGroup, memory_format: torch.memory_format
) -> None:
    """Output, gradients and running statistics, in the layout of CPUs and that of GPUs."""
    torch.manual_seed(0)
    own = GroupBatchNorm2d(group, 3).double()
    theirs = torch.nn.BatchNorm2d(3, eps=own.eps, momentum=own.momentum).double()
    for norm in (own, theirs):
        torch.nn.init.uniform_(norm.weight, generator=torch.Generator().manual_seed(1))
        torch.nn.init.uniform_(norm.bias, generator=torch.Generator().manual_seed(2))
    values = 3 * features(group, 3) + 5
    x, same = (values.clone().to(memory_format=memory_format).requires_grad_() for _ in range(2))
    slope = torch.randn_like(values)
    merged = same.reshape(len(x), 3, -1, x.shape[3])
    for out, source in ((own(x), x), (theirs(merged).reshape(x.shape), same)):
        (out * slope).sum().backward()
        assert source.grad is not None
    torch.testing.assert_close(own(x), theirs(merged).reshape(x.shape), atol=1e-12, rtol=0)
    torch.testing.assert_close(x.grad, same.grad, atol=1e-12, rtol=0)
    for name in ("weight", "bias"):
        torch.testing.assert_close(getattr(own, name).grad, getattr(theirs, name).grad, atol=1e-9, rtol=0)
    for name in ("running_mean", "running_var"):
        torch.testing.assert_close(getattr(own, name), getattr(theirs, name), atol=1e-12, rtol=0)
    own.eval()
    theirs.eval()
    torch.testing.assert_close(own(x), theirs(merged).reshape(x.shape), atol=1e-12, rtol=0)


def test_batch_norm_works_in_half_precision() -> None:
    """As under autocast on a GPU: half-precision values, float32 parameters and moments."""
    norm = GroupBatchNorm2d(P4M, 2)
    x = features(P4M, 2).float()
    half = x.bfloat16().requires_grad_()
    out = norm(half)
    assert out.dtype == torch.bfloat16
    out.float().square().mean().backward()
    assert half.grad is not None
    assert norm.weight.grad is not None
    assert norm.weight.grad.dtype == torch.float32
    torch.testing.assert_close(out.float(), GroupBatchNorm2d(P4M, 2)(x), atol=0.03, rtol=0)


@pytest.mark.parametrize("shape", [(2, 3, 8, 10), (1, 2, 9, 7), (1, 1, 2, 3)])
def test_halving_is_torchs_average_pool_and_so_is_its_gradient(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    same = x.detach().clone().requires_grad_()
    out, expected = halve(x), torch.nn.functional.avg_pool2d(same, 2)
    torch.testing.assert_close(out, expected, atol=1e-15, rtol=0)
    slope = torch.randn_like(out)
    (out * slope).sum().backward()
    (expected * slope).sum().backward()
    torch.testing.assert_close(x.grad, same.grad, atol=1e-15, rtol=0)
