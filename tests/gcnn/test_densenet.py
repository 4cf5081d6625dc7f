"""The six networks: weights, output shape, exact equivariance, and where it must fail."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gcnn.densenet import TABLE_1, count_weights, network
from gcnn.evaluation.equivariance import assert_equivariant, equivariance_errors
from gcnn.geometry import field_of_cell, is_exactly_equivariant, output_side
from gcnn.groups import P4, P4M
from tests.support.networks import lively_network

WEIGHTS = {
    "p4m-densenet": 119_023,
    "p4m-densenet-m": 15_980,
    "p4-densenet": 125_485,
    "densenet-plus": 127_833,
    "densenet-plus-m": 901_281,
    "densenet": 127_833,
}


@pytest.mark.parametrize(("name", "weights"), WEIGHTS.items())
def test_weight_counts_are_those_of_table_1(name: str, weights: int) -> None:
    assert count_weights(network(name)) == weights


def test_the_six_networks_are_named() -> None:
    assert set(TABLE_1) == set(WEIGHTS)
    assert [n for n, plan in TABLE_1.items() if plan.augment_turns] == ["densenet-plus", "densenet-plus-m"]
    with pytest.raises(KeyError, match="p4m-densenet-m"):
        network("resnet")


@pytest.mark.parametrize(("height", "width"), [(96, 96), (127, 128), (160, 224)])
def test_output_shape(height: int, width: int) -> None:
    logits = lively_network("p4m-densenet-m")(torch.zeros(2, 3, height, width))
    assert logits.shape == (2, 1, output_side(height), output_side(width))


@pytest.mark.parametrize(
    ("name", "size"),
    [("p4m-densenet", (96, 96)), ("p4m-densenet-m", (96, 96)), ("p4m-densenet-m", (128, 192))],
)
def test_p4m_networks_are_exactly_equivariant(name: str, size: tuple[int, int]) -> None:
    net = lively_network(name).double()
    x = torch.rand(1, 3, *size, dtype=torch.float64)
    assert is_exactly_equivariant(*size)
    assert_equivariant(net, x, P4M, tolerance=1e-12)


def test_p4_is_equivariant_under_rotations_and_fails_reflections() -> None:
    net = lively_network("p4-densenet").double()
    x = torch.rand(1, 3, 128, 128, dtype=torch.float64)
    assert_equivariant(net, x, P4, tolerance=1e-12)
    errors = equivariance_errors(net, x, P4M)
    assert min(error for (m, _), error in zip(P4M.elements, errors, strict=True) if m) > 1e-5
    with pytest.raises(AssertionError, match="not equivariant under p4m"):
        assert_equivariant(net, x, P4M, tolerance=1e-5)


def test_the_plain_network_fails() -> None:
    net = lively_network("densenet").double()
    x = torch.rand(1, 3, 96, 96, dtype=torch.float64)
    assert min(equivariance_errors(net, x, P4M)[1:]) > 1e-5


def test_a_side_that_is_no_multiple_of_32_breaks_it() -> None:
    net = lively_network("p4m-densenet-m").double()
    x = torch.rand(1, 3, 112, 112, dtype=torch.float64)
    assert not is_exactly_equivariant(112, 112)
    with pytest.raises(AssertionError):
        assert_equivariant(net, x, P4M, tolerance=1e-5)


def test_nan_is_not_equivariant() -> None:
    with pytest.raises(AssertionError):
        assert_equivariant(
            lambda x: x.mean(1, keepdim=True) * float("nan"), torch.rand(1, 3, 4, 4), P4M, tolerance=1
        )


def test_a_cell_sees_its_field_and_nothing_else() -> None:
    net = lively_network("p4m-densenet-m").double()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, 0.1)  # every ReLU open, so that no path is hidden by chance
            nn.init.constant_(module.bias, 9.0)
    x = torch.rand(1, 3, 160, 160, dtype=torch.float64, requires_grad=True)
    net(x)[0, 0, 1, 2].backward()
    assert x.grad is not None
    rows, columns = x.grad.abs().sum((0, 1)).nonzero(as_tuple=True)
    assert (int(rows.min()), int(rows.max()) + 1) == field_of_cell(1)
    assert (int(columns.min()), int(columns.max()) + 1) == field_of_cell(2)


def test_stitched_tiles_equal_the_whole_plane() -> None:
    """Tiles of side T = 32 n, step T - 64: the same heatmap as in one shot, to rounding."""
    net = lively_network("p4m-densenet-m")
    plane = torch.rand(1, 3, 64 + 32 * 7, 64 + 32 * 9)
    with torch.inference_mode():
        whole = net(plane)
        stitched = torch.full_like(whole, torch.nan)
        for row in range(0, 7, 3):
            for column in range(0, 9, 3):
                tile = plane[..., 32 * row : 32 * row + 160, 32 * column : 32 * column + 160]
                logits = net(tile)
                stitched[..., row : row + 3, column : column + 3] = logits
    torch.testing.assert_close(stitched, whole, rtol=0, atol=1e-6)
