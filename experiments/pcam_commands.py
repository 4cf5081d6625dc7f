"""Commands about PCam and the shipped models: the paper's Table 1, the models page, models on whole slides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

DOCS = Path(__file__).resolve().parent.parent / "docs"
_console = Console(stderr=True)


def pcam_table(
    data: Annotated[Path, typer.Option(help="Folder in PCam's HDF5 layout.")],
    runs: Annotated[Path, typer.Option(help="Folder of the run folders; finished runs are reused.")],
    config: Annotated[Path | None, typer.Option(help="JSON file with settings common to all runs.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds of the cheap networks.")] = 3,
    only: Annotated[list[str] | None, typer.Option(help="Train these networks only.")] = None,
    train: Annotated[bool, typer.Option(help="Train what is missing, or tabulate what is there.")] = True,
    rotation_patches: Annotated[int, typer.Option(min=1, help="Test patches to turn by 32 angles.")] = 256,
    docs: Annotated[Path, typer.Option(help="Where results.md and the folder results lie.")] = DOCS,
) -> None:
    """Table 1 and the data-regime curve: trains or reuses every run and writes them beside the paper's figures.

    Runs are independent: start the command several times with other --only to use more processes.
    """
    from experiments import pcam_table as tables
    from experiments.pcam_runs import read_record, train_and_measure
    from experiments.sections import replace_section
    from gcnn.training.fit import Watcher

    settings: dict[str, Any] = json.loads(config.read_bytes()) if config else {}
    records = docs / "results" / "pcam"
    for run in tables.planned_runs(seeds=seeds):
        if not train or (only and run.network not in only) or read_record(run, settings, folder=records):
            continue
        name = f"{run.network}, seed {run.seed}, {run.regime:.0%} of the patches"
        _console.print(f"{name}: training", highlight=False)

        def told(record: dict[str, Any], name: str = name) -> None:
            auc, seconds = record["valid"]["auc"], record["seconds"]
            line = f"{name}: epoch {record['epoch']}, validation AUC {auc:.4f}, {seconds:.0f} s"
            _console.print(line, highlight=False)

        watcher = Watcher(on_epoch=told)
        train_and_measure(
            run,
            settings,
            data=data,
            runs=runs,
            folder=records,
            watcher=watcher,
            rotation_patches=rotation_patches,
        )
    table, curves = tables.rows(settings, seeds=seeds, folder=records), tables.curve(settings, folder=records)
    tables.plot(table, curves, docs / "results" / "pcam.png")
    (docs / "results" / "pcam_table.csv").write_text(tables.table_csv(table), encoding="utf-8")
    replace_section(docs / "results.md", "pcam-table", tables.table_markdown(table))
    replace_section(docs / "results.md", "pcam-curve", tables.curve_markdown(curves))
    typer.echo(tables.table_markdown(table))


def models_page(docs: Annotated[Path, typer.Option(help="Where models.md lies.")] = DOCS) -> None:
    """Write docs/models.md from the cards of the shipped models."""
    from experiments.models_page import models_page as page
    from inference.engine.catalog import shipped_models

    (docs / "models.md").write_text(page([entry.card for entry in shipped_models()]), encoding="utf-8")


def slide_check(
    slides: Annotated[list[Path], typer.Argument(help="Slides; one without a mask is taken to be normal.")],
    model: Annotated[list[str], typer.Option(help="Model folders or names.")],
    normalise: Annotated[Path | None, typer.Option(help="PCam folder whose stain to move tiles to.")] = None,
    docs: Annotated[Path | None, typer.Option(help="Write the table into results.md there.")] = None,
) -> None:
    """Cell AUC and false alarms of models on whole slides; a mask lies beside its slide as NAME_tumour_mask.png."""
    from experiments.picture import read_mask
    from experiments.sections import replace_section
    from experiments.slide_check import check, pcam_stain

    target = None if normalise is None else pcam_stain(normalise)
    lines = [
        "| slide | model | tissue cells | above 0.5, normal cells | above 0.5, tumour cells | cell AUC |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for slide in slides:
        mask_path = slide.with_name(f"{slide.stem}_tumour_mask.png")
        mask = read_mask(mask_path) if mask_path.is_file() else None
        for name in model:
            found = check(slide, name, mask, target=target)
            figures = [f"{found.normal_above:.1%}", "", ""]
            if mask is not None:
                figures[1:] = [f"{found.tumour_above:.1%}", f"{found.auc:.3f}"]
            cells = found.tumour_cells + found.normal_cells
            lines.append(f"| {slide.name} | {Path(name).name} | {cells:,} | " + " | ".join(figures) + " |")
    text = "\n".join(lines)
    typer.echo(text)
    if docs is not None:
        section = "slide-check" if normalise is None else "slide-check-normalised"
        replace_section(docs / "results.md", section, text)
