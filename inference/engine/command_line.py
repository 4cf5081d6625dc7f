"""What the commands of `equiscope-scan` share: options, a region's numbers, exit codes, the progress bar."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

CANCELLED_EXIT = 130  # what a shell reports for a program stopped by Ctrl+C


class Device(StrEnum):
    """What computes."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


ModelOption = Annotated[str, typer.Option(help="Name of a shipped model, or a model folder.")]
MppOption = Annotated[
    float | None, typer.Option(min=0.01, max=100.0, help="Micrometres per level-0 pixel, e.g. 0.25.")
]
RegionOption = Annotated[str, typer.Option(help="X,Y,W,H in level-0 pixels.")]
DeviceOption = Annotated[Device, typer.Option(help="What computes.")]


def parsed_region(text: str) -> tuple[float, float, float, float]:
    """X,Y,W,H as numbers. Raises typer.BadParameter for anything else."""
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is not X,Y,W,H in level-0 pixels, e.g. 6000,700,1500,1500"
        ) from error
    return x, y, width, height


def progress_bar() -> Progress:
    """A bar with a note on standard error; silent where that is no terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[note]}"),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal)
