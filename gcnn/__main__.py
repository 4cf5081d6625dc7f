"""`equiscope-train`: fit, evaluate and ship networks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Train and evaluate the paper's networks on PCam."
)
_console = Console(stderr=True)


@app.callback()
def _program() -> None:
    """Keeps the commands by name, however few there are."""


@app.command()
def fit(
    network: Annotated[str, typer.Option(help="A row of the paper's Table 1, e.g. p4m-densenet-m.")],
    data: Annotated[Path, typer.Option(help="Folder in PCam's HDF5 layout.")],
    out: Annotated[Path, typer.Option(help="Folder of the run; an unfinished run in it is resumed.")],
    config: Annotated[Path | None, typer.Option(help="JSON file with any of the run's settings.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Overrides the number of epochs.")] = None,
    seed: Annotated[int | None, typer.Option(help="Overrides the seed.")] = None,
) -> None:
    """Train a network; killed and started again, it goes on after the last finished epoch."""
    from gcnn.training.config import TrainConfig
    from gcnn.training.fit import StepReport
    from gcnn.training.fit import fit as run

    settings: dict[str, Any] = json.loads(config.read_bytes()) if config else {}
    settings |= {"network": network}
    settings |= {key: value for key, value in (("epochs", epochs), ("seed", seed)) if value is not None}
    chosen = TrainConfig.model_validate(settings)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, console=_console, disable=not _console.is_terminal) as bar:
        task = bar.add_task(chosen.network, total=chosen.epochs * chosen.steps_per_epoch, note="")

        def on_step(report: StepReport) -> None:
            done = (report.epoch - 1) * chosen.steps_per_epoch + report.step
            note = f"loss {report.loss:.3f}, {report.seconds_left / 60:.0f} min left"
            bar.update(task, completed=done, note=note)

        best = run(chosen, data=data, out=out, on_step=on_step, on_epoch=lambda r: typer.echo(json.dumps(r)))
    typer.echo(f"best weights: {best}")


if __name__ == "__main__":
    app()
