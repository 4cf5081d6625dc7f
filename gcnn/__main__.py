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
    start: Annotated[
        str | None,
        typer.Option(
            help="Model whose weights to go on from, of this network or a narrower one: folder or name."
        ),
    ] = None,
    teacher: Annotated[
        str | None,
        typer.Option(help="Model whose probabilities are learnt beside the labels: folder or name."),
    ] = None,
) -> None:
    """Train a network; killed and started again, it goes on after the last finished epoch.

    More GPUs or machines: accelerate launch -m gcnn fit ...
    """
    from gcnn.model_folder import find_folder, read_float32_card
    from gcnn.training.config import TrainConfig
    from gcnn.training.fit import StepReport, Watcher
    from gcnn.training.fit import fit as run

    settings: dict[str, Any] = json.loads(config.read_bytes()) if config else {}
    if not isinstance(settings, dict):
        raise TrainingError(f'{config} does not hold a JSON object of settings, such as {{"epochs": 30}}')
    settings |= {"network": network}
    given = {"epochs": epochs, "regime": regime, "seed": seed}
    settings |= {key: value for key, value in given.items() if value is not None}
    models = {"start": start, "teacher": teacher}
    folders = {key: find_folder(model) for key, model in models.items() if model is not None}
    settings |= {key: read_float32_card(folder).sha256 for key, folder in folders.items()}
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
            on_teacher=lambda line: bar.update(task, note=line),
            on_step=on_step,
            on_epoch=lambda record: typer.echo(json.dumps(record)),
        )
        run(chosen, data=data, out=out, watcher=watcher, **folders)


@app.command()
def evaluate(
    model: Annotated[str, typer.Argument(help="A model folder, or the name of a shipped one.")],
    data: Annotated[Path, typer.Option(help="Folder in PCam's HDF5 layout.")],
    split: Annotated[str, typer.Option(help="train, valid or test.")] = "test",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Write the reliability plot to this PNG.")] = None,
    rotation_patches: Annotated[int, typer.Option(min=0, help="Patches to turn by 32 angles.")] = 256,
) -> None:
    """Measure a model on a split of PCam: quality, calibration, equivariance, stability under rotation."""
    from gcnn.data.pcam import PcamSplit
    from gcnn.evaluation.report import evaluate_network
    from gcnn.model_folder import find_folder, load_to_measure

    net, card = load_to_measure(find_folder(model))
    patches = PcamSplit(data, split)
    result = evaluate_network(net, patches, card.transform, rotation_patches=rotation_patches, plot=plot)
    patches.close()
    if as_json:
        typer.echo(json.dumps({"model": card.name, "split": split, **result}))
        return
    Console().print(_table(card.title, split, result))


def _table(title: str, split: str, result: dict[str, Any]) -> Table:
    low, high = result["auc_interval"]
    counts = result["confusion"]
    rows = {
        "NLL": f"{result['nll']:.4f}",
        "accuracy at 0.5": f"{result['accuracy']:.4f}",
        "AUC (95 % interval)": f"{result['auc']:.4f} ({low:.4f} to {high:.4f})",
        "ECE, 15 bins": f"{result['ece']:.4f}",
        "tumour called tumour / normal": f"{counts['tp']} / {counts['fn']}",
        "normal called normal / tumour": f"{counts['tn']} / {counts['fp']}",
        "equivariance error": f"{result['equivariance_error']:.1e}",
    }
    if result["rotation_std"] is not None:
        name = f"std over 32 rotations ({result['rotation_patches']} patches, {result['rotation_margin']} margin)"
        rows[name] = f"{result['rotation_std']:.4f}"
    for origin, measured in result.get("by_origin", {}).items():
        rows[f"AUC of origin {origin} ({measured['n']} patches)"] = f"{measured.get('auc', float('nan')):.4f}"
    table = Table("measure", "value", title=f"{title} on {split} ({result['n']} patches)")
    for row in rows.items():
        table.add_row(*row)
    return table


@app.command()
def ship(
    run: Annotated[Path, typer.Argument(help="Folder of a run made by `fit`.")],
    data: Annotated[Path, typer.Option(help="Folder in PCam's HDF5 layout.")],
    out: Annotated[Path, typer.Option(help="Model folder to write; its name becomes the model's.")],
    rotation_patches: Annotated[int, typer.Option(min=0, help="Patches to turn by 32 angles.")] = 256,
) -> None:
    """Write the best weights of a run as a model folder: card, weights, ONNX."""
    from gcnn.training.ship import ship as write

    typer.echo(write(run, data=data, out=out, rotation_patches=rotation_patches).model_dump_json(indent=2))


@app.command()
def recard(
    model: Annotated[Path, typer.Argument(help="Model folder to measure anew and rewrite.")],
    data: Annotated[Path, typer.Option(help="Folder in PCam's HDF5 layout.")],
    rotation_patches: Annotated[int, typer.Option(min=0, help="Patches to turn by 32 angles.")] = 256,
) -> None:
    """Measure a model folder anew, calibrate it, and rewrite its card and ONNX file."""
    from gcnn.training.ship import recard as write

    typer.echo(write(model, data=data, rotation_patches=rotation_patches).model_dump_json(indent=2))


@app.command()
def quantise(
    model: Annotated[str, typer.Argument(help="A float32 model: its folder, or the name of a shipped one.")],
    data: Annotated[Path, typer.Option(help="Folder in PCam's HDF5 layout.")],
    out: Annotated[Path, typer.Option(help="Model folder to write; its name becomes the model's.")],
    rotation_patches: Annotated[int, typer.Option(min=0, help="Patches to turn by 32 angles.")] = 256,
) -> None:
    """Write a model in 8 bits, two to three times as fast on a CPU, if it loses no more than 0.003 of AUC."""
    from gcnn.model_folder import find_folder
    from gcnn.quantise import quantise as write

    card = write(find_folder(model), data=data, out=out, rotation_patches=rotation_patches)
    typer.echo(card.model_dump_json(indent=2))


def main() -> None:
    """Console script: one sentence and exit code 2 for what the user can mend, no traceback."""
    from pydantic import ValidationError

    try:
        app()
    except ModuleNotFoundError as error:
        if error.name == "openvino":
            _console.print(
                "A model in 8 bits needs OpenVINO, which is not installed: name its float32 model.",
                style="red",
            )
            raise SystemExit(2) from error
        if error.name not in {
            "accelerate",
            "h5py",
            "matplotlib",
            "onnx",
            "onnxruntime",
            "tensorboard",
            "torchmetrics",
        }:
            raise
        _console.print(
            f"Training needs {error.name}: install the project with its extra, equiscope[train].", style="red"
        )
        raise SystemExit(2) from error
    except (GcnnError, ValidationError, json.JSONDecodeError, OSError) as error:
        # No markup: a path may hold what looks like it, such as [/x].
        _console.print(_sentence(error), style="red", highlight=False, soft_wrap=True, markup=False)
        raise SystemExit(2) from error


def _sentence(error: Exception) -> str:
    """What is wrong and where, without the words that are for programmers."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        found = [(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
        return "; ".join(
            f"{where}: {what}" if where else what.removeprefix("Value error, ") for where, what in found
        )
    if isinstance(error, json.JSONDecodeError):
        return f"The settings are not JSON: {error}"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


if __name__ == "__main__":
    main()
