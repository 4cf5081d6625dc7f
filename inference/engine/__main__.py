"""`equiscope-scan`: slides without a window, and the engine process itself."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from inference.engine.cancel import CancelToken
from inference.engine.command_line import (
    CANCELLED_EXIT,
    Device,
    DeviceOption,
    ModelOption,
    MppOption,
    RegionOption,
    parsed_region,
    progress_bar,
)
from inference.engine.default_model import DEFAULT_MODEL
from inference.engine.messages import ScanProgress, ScanStage
from inference.engine.review_commands import register
from inference.engine.stability_command import stability_command
from inference.errors import EquiscopeError
from inference.priority import ENGINE_TURN, hand_over_quickly, lower_process
from inference.results.candidates import DEFAULT_RADIUS_CELLS
from inference.slides.frames import RegionL0

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Scan whole-slide images for tumour without a window. Research use only, not a medical device.",
)
_console = Console(stderr=True)
app.command("stability")(stability_command)


@app.command("slide")
def scan_slide(
    slide: Annotated[Path, typer.Argument(help="The slide.")],
    out: Annotated[Path, typer.Option(help="Folder for the results; made if it does not exist.")],
    model: ModelOption = DEFAULT_MODEL,
    mpp: MppOption = None,
    threshold: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Probability from which a cell is a candidate.")
    ] = 0.5,
    radius: Annotated[
        int, typer.Option(min=0, help="Half side of the suppression window, in cells of 31 um.")
    ] = DEFAULT_RADIUS_CELLS,
    device: DeviceOption = Device.AUTO,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start anew, even if a scan was interrupted.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Write heatmap.tif, candidates.csv, regions.geojson, summary.json and the case file into OUT.

    An interrupted scan goes on where it stopped when it is started again with the same OUT.
    """
    from inference.engine.headless import ScanJob, scan_to_folder
    from inference.export.summary import summary_json

    job = ScanJob(
        slide=slide,
        out=out,
        model=model,
        mpp=mpp,
        threshold=threshold,
        radius_cells=radius,
        device=device.value,
        fresh=fresh,
    )
    cancel = CancelToken()
    signal.signal(signal.SIGINT, lambda *_: cancel.cancel())
    with progress_bar() as bar:
        task = bar.add_task("Scanning", total=None, note="")

        def show(event: ScanStage | ScanProgress) -> None:
            if isinstance(event, ScanStage):
                bar.update(task, description=event.text)
                return
            left = "" if event.seconds_left is None else f"{event.seconds_left:.0f} s left"
            note = f"{event.mpx_per_second:.2f} Mpx/s, {left}"
            bar.update(
                task, description="Scanning", total=event.total_cells, completed=event.done_cells, note=note
            )

        summary = scan_to_folder(job, cancel, on_event=show)
    if summary is None:
        _console.print("Cancelled. Start the same command again to go on where it stopped.")
        raise typer.Exit(CANCELLED_EXIT)
    if as_json:
        typer.echo(summary_json(summary), nl=False)
        return
    table = Table(title=f"{slide.name} · {summary.model} on {summary.device}, {summary.precision}")
    table.add_column("result")
    table.add_column("value", justify="right")
    for label, value in (
        ("candidates", f"{summary.candidates}"),
        (
            "highest probability",
            f"{summary.max_probability:.3f}" if summary.max_probability is not None else "–",
        ),
        ("tissue", f"{summary.tissue_fraction:.1%} of the slide, {summary.tissue_cells} cells"),
        ("seconds", f"{summary.seconds:.1f}"),
        ("unreadable tiles", f"{summary.unreadable_tiles}"),
    ):
        table.add_row(label, value)
    Console().print(table)
    for notice in summary.notices:
        _console.print(notice, style="yellow", highlight=False)
    typer.echo(f"Results in {out}. Research use only.")


@app.command("verify-equivariance")
def verify_equivariance_of(
    slide: Annotated[Path, typer.Argument(help="The slide.")],
    region: RegionOption,
    model: ModelOption = DEFAULT_MODEL,
    mpp: MppOption = None,
    device: DeviceOption = Device.AUTO,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Compare a region's heatmap under the four turns and four reflections.

    The exit code is 1 where they differ by more than the rounding that the model's card allows.
    """
    import orjson

    from inference.engine.equivariance import verify_equivariance
    from inference.engine.predictor_cache import PredictorCache

    region_l0 = _region(region)
    with progress_bar() as bar:
        task = bar.add_task("Comparing", total=1.0, note="")
        report = verify_equivariance(
            slide,
            region_l0,
            model_name=model,
            mpp=mpp,
            models=PredictorCache(device.value),
            on_progress=lambda part: bar.update(task, completed=part),
        )
    typer.echo(orjson.dumps(report.document()).decode() if as_json else report.sentence)
    if not report.verified:
        raise typer.Exit(1)


def _region(text: str) -> RegionL0:
    """The rectangle of X,Y,W,H; BadParameter for anything else."""
    x, y, width, height = parsed_region(text)
    if not (width > 0 and height > 0):
        raise typer.BadParameter("give X,Y,W,H in level-0 pixels, e.g. 10000,8000,2000,2000")
    return RegionL0(x, y, width, height)


@app.command("models")
def list_models() -> None:
    """List the shipped models."""
    from inference.engine.catalog import shipped_models

    table = Table("name", "network", "test AUC", "sha256")
    for entry in shipped_models():
        auc = entry.card.metrics.get("test", {}).get("auc")
        table.add_row(entry.card.name, entry.card.title, f"{auc:.3f}" if auc else "–", entry.card.sha256[:12])
    Console().print(table)


@app.command("demo-slide")
def demo_slide(
    out: Annotated[Path, typer.Argument(help="The TIFF to write.")],
    seed: Annotated[int, typer.Option(help="Another seed draws another node.")] = 7,
) -> None:
    """Draw the synthetic demo slide (about 33,000 x 22,000 px) and its true tumour outlines beside it."""
    from inference.synthetic.lymph_node import DemoSpec, write_demo_slide

    out.parent.mkdir(parents=True, exist_ok=True)
    with progress_bar() as bar:
        task = bar.add_task("Drawing the demo slide", total=1.0, note="")
        write_demo_slide(out, DemoSpec(seed=seed), progress=lambda done: bar.update(task, completed=done))
    typer.echo(f"Synthetic slide: {out}")


register(app)


@app.command("serve", hidden=True)
def serve_engine(device: Annotated[Device, typer.Option()] = Device.AUTO) -> None:
    """The engine of the window: JSON lines on standard input and output."""
    # Before the computing libraries start their threads.
    lower_process()
    from inference.engine.serve import serve

    serve(device=device.value)


def main() -> None:
    """Console script: one sentence and an exit code for every error a user can meet."""
    hand_over_quickly(ENGINE_TURN)
    try:
        app()
    except EquiscopeError as error:
        _console.print(error.sentence(), style="red", highlight=False, soft_wrap=True, markup=False)
        raise SystemExit(error.exit_code) from error


if __name__ == "__main__":
    main()
