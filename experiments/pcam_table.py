"""The paper's Table 1 and its data-regime curve from our runs, beside the paper's own figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.pcam_runs import PcamRun, read_record
from gcnn.densenet import TABLE_1, count_weights, network

PAPER = {
    # Test NLL, accuracy in per cent and AUC in per cent of Veeling et al. 2018, Table 1.
    "p4m-densenet": (0.260, 89.8, 96.3),
    "p4m-densenet-m": (0.273, 89.3, 95.8),
    "p4-densenet": (0.329, 89.0, 94.5),
    "densenet-plus": (0.306, 88.1, 95.1),
    "densenet-plus-m": (0.365, 87.2, 94.6),
    "densenet": (0.315, 87.6, 95.5),
}
CHEAP = ("p4m-densenet-m", "densenet-plus", "densenet")
"""Networks that are run with several seeds."""
CURVE = ("p4m-densenet-m", "densenet-plus", "densenet")
"""Networks of the data-regime curve."""
REGIMES = (0.25, 0.5, 1.0)


@dataclass(frozen=True)
class Row:
    """A network's runs on all patches; records as `pcam_runs` writes them, possibly none."""

    name: str
    records: tuple[dict[str, Any], ...]

    def spread(self, split: str, key: str) -> tuple[float, float, float]:
        """Mean, lowest and highest over the seeds."""
        values = [record[split][key] for record in self.records]
        return mean(values), min(values), max(values)


def planned_runs(*, seeds: int) -> tuple[PcamRun, ...]:
    """All runs of table and curve: `seeds` of the cheap networks, one of the others, one a smaller regime."""
    table = [PcamRun(name, seed) for name in TABLE_1 for seed in range(seeds if name in CHEAP else 1)]
    curve = [PcamRun(name, 0, share) for share in REGIMES if share < 1 for name in CURVE]
    return (*table, *curve)


def rows(settings: dict[str, Any], *, seeds: int, folder: Path) -> tuple[Row, ...]:
    """Every network of Table 1 with what was measured of it so far."""
    found = []
    for name in TABLE_1:
        plans = [PcamRun(name, seed) for seed in range(seeds)]
        kept = (read_record(plan, settings, folder=folder) for plan in plans)
        found.append(Row(name, tuple(record for record in kept if record is not None)))
    return tuple(found)


def curve(settings: dict[str, Any], *, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Records of each network of the curve over the regimes, smallest first; seed 0."""
    plans = {name: [PcamRun(name, 0, share) for share in REGIMES] for name in CURVE}
    return {
        name: [r for plan in each if (r := read_record(plan, settings, folder=folder)) is not None]
        for name, each in plans.items()
    }


def table_csv(table: Sequence[Row]) -> str:
    """One line a run, with everything the Markdown table rounds."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    keys = ("nll", "accuracy", "auc", "ece", "equivariance_error", "rotation_std")
    writer.writerow(("network", "seed", "patches", "steps", "kept_epoch", *keys, "auc_low", "auc_high"))
    for row in table:
        for record in row.records:
            test = record["test"]
            facts = [record[key] for key in ("seed", "patches", "steps", "kept_epoch")]
            writer.writerow((row.name, *facts, *(test[key] for key in keys), *test["auc_interval"]))
    return out.getvalue()


def table_markdown(table: Sequence[Row]) -> str:
    """The table to read: ours as mean (lowest to highest) over the seeds, the paper's beside it."""
    lines = [
        "| network | weights | seeds | NLL | accuracy | AUC | AUC, 95 % interval | std over rotations "
        "| paper: NLL, accuracy, AUC |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in table:
        weights = f"{count_weights(network(row.name)) / 1000:.0f}K"
        paper = "{:.3f}, {:.1f}, {:.1f}".format(*PAPER[row.name])
        if not row.records:
            lines.append(f"| {TABLE_1[row.name].title} | {weights} | not run | | | | | | {paper} |")
            continue
        low, high = row.records[0]["test"]["auc_interval"]
        cells = [
            TABLE_1[row.name].title,
            weights,
            ", ".join(str(record["seed"]) for record in row.records),
            _spread(row, "nll", "{:.3f}"),
            _spread(row, "accuracy", "{:.1f}", 100),
            _spread(row, "auc", "{:.1f}", 100),
            f"{100 * low:.1f} to {100 * high:.1f}",
            _spread(row, "rotation_std", "{:.4f}"),
            paper,
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def curve_markdown(curves: dict[str, list[dict[str, Any]]]) -> str:
    """Test AUC of each network of the curve by share of the training patches."""
    lines = [
        "| network | " + " | ".join(f"{share:.0%}" for share in REGIMES) + " |",
        "|---|" + "--:|" * len(REGIMES),
    ]
    for name, found in curves.items():
        by_share = {record["regime"]: f"{100 * record['test']['auc']:.1f}" for record in found}
        cells = " | ".join(by_share.get(share, "not run") for share in REGIMES)
        lines.append(f"| {TABLE_1[name].title} | {cells} |")
    return "\n".join(lines) + "\n"


def _spread(row: Row, key: str, form: str, scale: float = 1) -> str:
    values = [form.format(scale * value) for value in row.spread("test", key)]
    return values[0] if len(row.records) == 1 else f"{values[0]} ({values[1]} to {values[2]})"


def plot(table: Sequence[Row], curves: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """AUC of every run beside the paper's, and AUC by training patches, as a PNG."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    for place, row in enumerate(table):
        found = [100 * record["test"]["auc"] for record in row.records]
        left.plot([place] * len(found), found, "o", color="C0", alpha=0.7, label="_" if place else "our runs")
        left.plot(place, PAPER[row.name][2], "D", mfc="none", color="C1", label="_" if place else "paper")
    left.set_xticks(range(len(table)), [TABLE_1[row.name].title for row in table], rotation=20, ha="right")
    left.set(ylabel="test AUC, %", title="Table 1")
    for name, found_records in curves.items():
        patches = [record["patches"] for record in found_records]
        right.plot(patches, [100 * r["test"]["auc"] for r in found_records], "o-", label=TABLE_1[name].title)
    right.set(xlabel="training patches", title="Data regimes, seed 0", xscale="log")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
