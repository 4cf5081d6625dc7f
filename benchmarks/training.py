"""Training steps of the networks of Table 1, and what equivariance costs in code.

`python -m benchmarks.training [--networks ...] [--batch 64] [--rounds 5] [--threads 1] [--default-allocator]`
interleaves each network with its twin: the same layers of torch's own Conv2d and BatchNorm2d with as many channels. The
difference is what filter expansion and group batch norm cost. Prints a table and one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import replace

import torch
from rich.console import Console
from rich.table import Table
from torch import nn
from torch.nn import functional as F

from benchmarks.timing import timed
from gcnn.densenet import TABLE_1, GroupDenseNet
from gcnn.groups import PLAIN
from gcnn.layers.conv import GroupConv2d
from gcnn.layers.norm import GroupBatchNorm2d
from gcnn.training.memory import keep_freed_memory

GEMM_SIDE = 2048


def main() -> None:
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", nargs="+", default=list(TABLE_1), choices=list(TABLE_1))
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--default-allocator", action="store_true")
    wishes = parser.parse_args()
    torch.set_num_threads(wishes.threads)
    if not wishes.default_allocator:
        keep_freed_memory()
    square = torch.rand(GEMM_SIDE, GEMM_SIDE)
    table = Table(title=f"Training, batch {wishes.batch}, {wishes.threads} threads, medians")
    for column in ("network", "patches/s", "twin, patches/s", "cost of equivariance", "GFLOP/s", "of sgemm"):
        table.add_column(column, justify="left" if column == "network" else "right")
    facts: dict[str, dict[str, float]] = {}
    for name in wishes.networks:
        steps = {"sgemm": lambda: square @ square, "ours": _step(GroupDenseNet(TABLE_1[name]), wishes.batch)}
        steps["twin"] = _step(plain_twin(name), wishes.batch)
        seconds: dict[str, list[float]] = {key: [] for key in steps}
        for work in steps.values():
            work()
        for _ in range(wishes.rounds):
            for key, work in steps.items():
                seconds[key].append(timed(work))
        median = {key: statistics.median(values) for key, values in seconds.items()}
        sgemm = 2 * GEMM_SIDE**3 / median["sgemm"] / 1e9
        # Backward costs twice forward: one pass for the weights, one for the input.
        gflops = 6 * multiply_adds(name) * wishes.batch / median["ours"] / 1e9
        cost = median["ours"] / median["twin"] - 1
        facts[name] = {
            "patches_per_second": wishes.batch / median["ours"],
            "twin_patches_per_second": wishes.batch / median["twin"],
            "cost": cost,
            "gflops": gflops,
            "sgemm_gflops": sgemm,
        }
        rates = (f"{wishes.batch / median[key]:.1f}" for key in ("ours", "twin"))
        table.add_row(TABLE_1[name].title, *rates, f"{cost:+.1%}", f"{gflops:.0f}", f"{gflops / sgemm:.0%}")
    Console(stderr=True).print(table)
    machine = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    print(json.dumps({**machine, "load": os.getloadavg()[0], "threads": wishes.threads, "networks": facts}))


def plain_twin(name: str) -> nn.Module:
    """The network of a row with torch's own layers, as many channels and the same order of work."""
    plan = TABLE_1[name]
    order = plan.group.order
    wide = replace(plan, group=PLAIN, maps=tuple(m * order for m in plan.maps), growth=plan.growth * order)
    net = GroupDenseNet(wide)
    for parent in list(net.modules()):
        for child_name, child in list(parent.named_children()):
            if isinstance(child, GroupConv2d):
                own = nn.Conv2d(child.in_maps, child.out_maps, child.kernel, bias=False)
                setattr(parent, child_name, own)
            elif isinstance(child, GroupBatchNorm2d):
                own_norm = nn.BatchNorm2d(child.num_features, eps=child.eps, momentum=child.momentum)
                setattr(parent, child_name, own_norm)
    return net


def multiply_adds(name: str) -> int:
    """Multiply-adds of one 96 x 96 patch, forward, as the network computes it (pool before 1x1)."""
    counted = 0

    def count(module: nn.Conv2d, _: object, out: torch.Tensor) -> None:
        nonlocal counted
        counted += out[0].numel() * module.weight[0].numel()

    twin = plain_twin(name)
    for module in twin.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(count)
    with torch.inference_mode():
        twin.eval()(torch.zeros(1, 3, 96, 96))
    return counted


def _step(net: nn.Module, batch: int) -> Callable[[], object]:
    """One optimiser step on a fixed random batch."""
    torch.manual_seed(0)
    x, y = torch.randn(batch, 3, 96, 96), (torch.rand(batch) > 0.5).float()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    net.train()

    def work() -> None:
        loss = F.binary_cross_entropy_with_logits(net(x).reshape(-1), y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return work


if __name__ == "__main__":
    main()
