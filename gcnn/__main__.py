"""`equiscope-train`: fit, evaluate and ship networks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from gcnn.errors import GcnnError, TrainingError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Train and evaluate the paper's networks on PCam.",
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
    regime: Annotated[float | None, typer.Option(help="Share of the training patches to learn from.")] = None,
    seed: Annotated[int | None, typer.Option(help="Overrides the seed.")] = None,
) -> None:
    """Train a network; killed and started again, it goes on after the last finished epoch.

    More GPUs or machines: accelerate launch -m gcnn fit ...
    """
    from gcnn.training.config import TrainConfig
    from gcnn.training.fit import StepReport, Watcher
    from gcnn.training.fit import fit as run

    settings: dict[str, Any] = json.loads(config.read_bytes()) if config else {}
    if not isinstance(settings, dict):
        raise TrainingError(f'{config} does not hold a JSON object of settings, such as {{"epochs": 30}}')
    settings |= {"network": network}
    given = {"epochs": epochs, "regime": regime, "seed": seed}
    settings |= {key: value for key, value in given.items() if value is not None}
    chosen = TrainConfig.model_validate(settings)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=_console, disable=not _console.is_terminal) as bar:
        task = bar.add_task(chosen.network, total=chosen.epochs * chosen.steps_per_epoch, note="")

        def on_step(report: StepReport) -> None:
            done = (report.epoch - 1) * chosen.steps_per_epoch + report.step
            note = f"loss {report.loss:.3f}, {report.seconds_left / 60:.0f} min left"
            bar.update(task, completed=done, note=note)

        watcher = Watcher(
            on_start=lambda line: _console.print(line, highlight=False, markup=False),
            on_step=on_step,
            on_epoch=lambda record: typer.echo(json.dumps(record)),
        )
        run(chosen, data=data, out=out, watcher=watcher)


@app.command()
def evaluate(
    model: Annotated[str, typer.Argument(help="A model folder, or the name of a shipped one.")],
    data: Annotated[Path, typer.Option(help="Folder in PCam's HDF5 layout.")],
    split: Annotated[str, typer.Option(help="train, valid or test.")] = "test",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Measure a model on a split of PCam: NLL, accuracy, AUC, calibration error, equivariance error."""
    import resources
    from gcnn.data.pcam import PcamSplit
    from gcnn.model_folder import load_network
    from gcnn.training.ship import equivariance_of, split_metrics

    shipped = Path(resources.__file__).parent / "models" / model
    net, card = load_network(shipped if shipped.is_dir() else Path(model))
    patches = PcamSplit(data, split)
    result = split_metrics(net, patches, card)
    result["equivariance_error"] = equivariance_of(net)["largest_difference"]
    if as_json:
        typer.echo(json.dumps({"model": card.name, "split": split, **result}))
        return
    table = Table("measure", "value", title=f"{card.title} on {split} ({result['n']} patches)")
    for key in ("nll", "accuracy", "auc", "ece", "equivariance_error"):
        table.add_row(key, f"{result[key]:.4g}")
    Console().print(table)


@app.command()
def ship(
    run: Annotated[Path, typer.Argument(help="Folder of a run made by `fit`.")],
    data: Annotated[Path, typer.Option(help="Folder in PCam's HDF5 layout.")],
    out: Annotated[Path, typer.Option(help="Model folder to write; its name becomes the model's.")],
) -> None:
    """Write the best weights of a run as a model folder: card, weights, ONNX."""
    from gcnn.training.ship import ship as write

    typer.echo(write(run, data=data, out=out).model_dump_json(indent=2))


def main() -> None:
    """Console script: one sentence and exit code 2 for what the user can mend, no traceback."""
    from pydantic import ValidationError

    try:
        app()
    except ModuleNotFoundError as error:
        if error.name not in {"accelerate", "h5py", "matplotlib", "onnx", "tensorboard", "torchmetrics"}:
            raise
        _console.print(
            f"Training needs {error.name}: install the project with its extra, equiscope[train].", style="red"
        )
        raise SystemExit(2) from error
    except (GcnnError, ValidationError, json.JSONDecodeError, OSError) as error:
        # No markup: a path may hold what looks like it, such as [/x].
        sentence = f"{type(error).__name__}: {error}"
        _console.print(sentence, style="red", highlight=False, soft_wrap=True, markup=False)
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
