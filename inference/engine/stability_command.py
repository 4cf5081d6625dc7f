"""`equiscope-scan stability`: how far models' answers for a region depend on its turn."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from inference.engine.cancel import CancelToken
from inference.engine.command_line import (
    CANCELLED_EXIT,
    Device,
    DeviceOption,
    MppOption,
    RegionOption,
    parsed_region,
    progress_bar,
)
from inference.engine.default_model import DEFAULT_MODEL
from inference.engine.messages import ScanStage
from inference.engine.stability_messages import StabilityEvent, StabilityProgress


def stability_command(
    slide: Annotated[Path, typer.Argument(help="The slide.")],
    region: RegionOption,
    out: Annotated[Path, typer.Option(help="Folder for figure and data; made if it does not exist.")],
    models: Annotated[
        str, typer.Option(help="Names of shipped models or model folders, with commas.")
    ] = DEFAULT_MODEL,
    angles: Annotated[int, typer.Option(min=2, max=128, help="Angles k * 90 / N degrees.")] = 32,
    exact: Annotated[
        bool,
        typer.Option("--exact", help="Turn each cell about its own middle: slower, no interpolated maps."),
    ] = False,
    mpp: MppOption = None,
    threshold: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Probability that flips are counted across.")
    ] = 0.5,
    device: DeviceOption = Device.AUTO,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Predict a region under turns below 90 degrees and write the figure, the maps and how stable they are.

    Writes stability.png, stability.pdf, stability.npz, stability.csv and stability.json into OUT.
    """
    from inference.engine.stability_folder import StabilityJob, stability_to_folder

    job = StabilityJob(
        slide=slide,
        models=tuple(name.strip() for name in models.split(",") if name.strip()),
        region_l0=parsed_region(region),
        angles=angles,
        mpp=mpp,
        threshold=threshold,
        exact=exact,
        device=device.value,
    )
    cancel = CancelToken()
    signal.signal(signal.SIGINT, lambda *_: cancel.cancel())
    with progress_bar() as bar:
        task = bar.add_task("Rotation stability", total=None, note="")

        def show(event: ScanStage | StabilityEvent) -> None:
            if isinstance(event, ScanStage):
                bar.update(task, description=event.text)
            elif isinstance(event, StabilityProgress):
                left = "" if event.seconds_left is None else f"{event.seconds_left:.0f} s left"
                bar.update(task, description="Turning", total=1.0, completed=event.part_done, note=left)

        summary = stability_to_folder(job, out, cancel, on_event=show)
    if summary is None:
        Console(stderr=True).print("Cancelled.")
        raise typer.Exit(CANCELLED_EXIT)
    if as_json:
        typer.echo(orjson.dumps(summary))
        return
    Console().print(_table(summary, slide.name))
    for notice in summary["notices"]:
        Console(stderr=True).print(notice, style="yellow", highlight=False)
    typer.echo(f"Figure and data in {out}. Research use only.")


def _table(summary: dict[str, Any], slide: str) -> Table:
    rows, columns = summary["grid"]["shape"]
    table = Table(title=f"{slide} · {rows} x {columns} cells under {summary['angles']} angles")
    for heading in (
        "model", "mean std", "95th percentile", "cells that flip", "of it interpolation", "quarter turns, mirrored",
        "seconds",
    ):  # fmt: skip
        table.add_column(heading, justify="left" if heading == "model" else "right")
    for each in summary["models"]:
        table.add_row(
            each["title"],
            _text(each["mean_std"], ".4f"),
            _text(each["p95_std"], ".4f"),
            _text(each["flip_share"], ".1%"),
            _text(each["interpolation_std"], ".4f"),
            _text(each["group_error"], ".1e"),
            _text(each["seconds"], ".1f"),
        )
    return table


def _text(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
