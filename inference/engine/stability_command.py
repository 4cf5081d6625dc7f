"""`equiscope-scan stability`: how far models' answers for a region, or a whole slide, depend on its turn."""

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
    parsed_region,
    progress_bar,
)
from inference.engine.default_model import DEFAULT_MODEL
from inference.engine.messages import ScanProgress, ScanStage
from inference.engine.slide_stability_messages import SlideStabilityStarted
from inference.engine.stability_messages import StabilityEvent, StabilityProgress
from inference.results.stability import TURN_COST

REGION_ANGLES, SLIDE_ANGLES = 32, 8
"""A region is looked at closely; over a whole slide 8 angles show where the answers turn with the glass."""


def stability_command(
    slide: Annotated[Path, typer.Argument(help="The slide.")],
    out: Annotated[Path, typer.Option(help="Folder for figure and data; made if it does not exist.")],
    region: Annotated[str | None, typer.Option(help="X,Y,W,H in level-0 pixels.")] = None,
    whole_slide: Annotated[
        bool,
        typer.Option("--whole-slide", help="All tissue cells instead of a region; goes on where it stopped."),
    ] = False,
    models: Annotated[
        str, typer.Option(help="Names of shipped models or model folders, with commas.")
    ] = DEFAULT_MODEL,
    angles: Annotated[
        int | None,
        typer.Option(min=2, max=128, help="Angles k * 90 / N degrees; 32, and 8 for a whole slide."),
    ] = None,
    exact: Annotated[
        bool,
        typer.Option("--exact", help="Turn each cell about its own middle: slower, no interpolated maps."),
    ] = False,
    mpp: MppOption = None,
    threshold: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Probability that flips are counted across.")
    ] = 0.5,
    device: DeviceOption = Device.AUTO,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start a whole slide anew, even if it was interrupted.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Predict a region or a whole slide under turns below 90 degrees and write how stable the answers are.

    A region: stability.png, .pdf, .npz, .csv and .json in OUT. A whole slide: stability-MODEL.ome.tif and .csv of
    each model, stability.json, and the case file; the same command goes on where it was stopped.
    """
    names = tuple(name.strip() for name in models.split(",") if name.strip())
    if whole_slide == (region is not None):
        raise typer.BadParameter("Give either --region X,Y,W,H or --whole-slide")
    if whole_slide and exact:
        raise typer.BadParameter("--exact is for regions: for a whole slide it would take days")
    if whole_slide:
        _whole_slide(
            slide, out, names, angles or SLIDE_ANGLES, mpp=mpp, threshold=threshold, device=device, fresh=fresh,
            as_json=as_json,
        )  # fmt: skip
        return
    from inference.engine.stability_folder import StabilityJob, stability_to_folder

    job = StabilityJob(
        slide=slide,
        models=names,
        region_l0=parsed_region(region or ""),
        angles=angles or REGION_ANGLES,
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


def _whole_slide(
    slide: Path,
    out: Path,
    models: tuple[str, ...],
    angles: int,
    *,
    mpp: float | None,
    threshold: float,
    device: Device,
    fresh: bool,
    as_json: bool,
) -> None:
    from inference.engine.slide_stability_folder import SlideStabilityJob, slide_stability_to_folder

    job = SlideStabilityJob(
        slide=slide,
        models=models,
        angles=angles,
        mpp=mpp,
        threshold=threshold,
        device=device.value,
        fresh=fresh,
    )
    cancel = CancelToken()
    signal.signal(signal.SIGINT, lambda *_: cancel.cancel())
    console = Console(stderr=True)
    with progress_bar() as bar:
        task = bar.add_task("Rotation stability", total=None, note="")

        def show(event: ScanStage | ScanProgress | SlideStabilityStarted) -> None:
            if isinstance(event, ScanStage):
                bar.update(task, description=event.text)
            elif isinstance(event, SlideStabilityStarted):
                console.print(
                    f"{event.tissue_cells:,} tissue cells under {event.turns} angles with {event.model_title}: about "
                    f"{event.turns * TURN_COST:.0f} times the work of a scan. Ctrl+C stops; the same command goes on.",
                    highlight=False,
                )
            else:
                left = "" if event.seconds_left is None else f"{event.seconds_left:.0f} s left"
                done, total = event.done_cells, event.total_cells
                bar.update(task, description="Turning", total=total, completed=done, note=left)

        summary = slide_stability_to_folder(job, out, cancel, on_event=show)
    if summary is None:
        console.print("Cancelled; what is computed is kept.")
        raise typer.Exit(CANCELLED_EXIT)
    if as_json:
        typer.echo(orjson.dumps(summary))
        return
    table = Table(title=f"{slide.name} under {summary['angles']} angles")
    columns = ("model", "cells", "mean std", "95th percentile", "cells that flip", "no value", "seconds")
    for heading in columns:
        table.add_column(heading, justify="left" if heading == "model" else "right")
    for each in summary["models"]:
        table.add_row(
            each["title"],
            f"{each['cells_counted']:,}",
            _text(each["mean_std"], ".4f"),
            _text(each["p95_std"], ".4f"),
            _text(each["flip_share"], ".1%"),
            f"{each['cells_without_value']:,}",
            _text(each["seconds"], ".1f"),
        )
    Console().print(table)
    for notice in summary["notices"]:
        console.print(notice, style="yellow", highlight=False)
    typer.echo(f"Layers in {out}. Research use only.")


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
