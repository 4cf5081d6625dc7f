"""What the commands of `equiscope-scan` share: choice of device, exit codes, the progress bar."""

from __future__ import annotations

from enum import StrEnum

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

CANCELLED_EXIT = 130  # what a shell reports for a program stopped by Ctrl+C


class Device(StrEnum):
    """What computes."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


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
