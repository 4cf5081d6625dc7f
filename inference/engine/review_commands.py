"""The commands of `equiscope-scan` for reviewed cases: export, import, verify, copy-case."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from inference.engine.command_line import MppOption
from inference.engine.model_line import model_line
from inference.errors import AnnotationError, EquiscopeError, ExportError
from inference.export.export_job import LABELS, ExportJob, Format, export
from inference.export.export_source import ExportSource, source_of_case
from inference.export.region_images import DEFAULT_MPP, RegionOptions
from inference.importing.into_case import import_into_case
from inference.results.candidates import DEFAULT_RADIUS_CELLS
from inference.results.case_place import find_slide, fingerprint_of_case, open_case, save_copy
from inference.slides.frames import Mpp
from inference.slides.open_slide import open_slide

_console = Console(stderr=True)
_FORMATS = ",".join(Format)
VERIFY_EXIT = 1
"""Exit code where something does not agree."""


def export_case(
    case: Annotated[Path, typer.Argument(help="The case file.")],
    out: Annotated[Path, typer.Option(help="Folder for the files; made if it does not exist.")],
    formats: Annotated[
        str, typer.Option("--format", help=f"Which, with commas: {_FORMATS}, or all.")
    ] = "all",
    slide: Annotated[
        Path | None, typer.Option(help="The slide; else it is looked for beside the case by its fingerprint.")
    ] = None,
    mpp: MppOption = None,
    threshold: Annotated[float, typer.Option(min=0.0, max=1.0, help="From which a cell is shown.")] = 0.5,
    radius: Annotated[int, typer.Option(min=0, help="Half side of the suppression window, in cells.")] = (
        DEFAULT_RADIUS_CELLS
    ),
    run: Annotated[
        int | None, typer.Option(help="Number of the scan in the case; else the last one.")
    ] = None,
    region_mpp: Annotated[
        float, typer.Option(min=0.05, max=100.0, help="Resolution of region images, um per pixel.")
    ] = DEFAULT_MPP,
    tiff: Annotated[bool, typer.Option("--tiff", help="Region images as TIFF instead of PNG.")] = False,
    overlay: Annotated[
        bool, typer.Option(help="Region images also with heatmap, outlines, scale bar and legend.")
    ] = True,
    masks: Annotated[bool, typer.Option(help="Region images also as masks of their classes.")] = True,
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="Only annotations of this class; may be repeated.")
    ] = None,
    prefix: Annotated[str, typer.Option(help="Put before every file name.")] = "",
) -> None:
    """Write a case's annotations, candidates and heatmap in the formats of other programs.

    Formats for which something is missing are left out and told.
    """
    chosen = _formats(formats)
    with open_case(case) as opened:
        path = slide or find_slide(
            opened.fingerprint, (case.absolute().parent, case.absolute().parent.parent)
        )
        given = Mpp.square(mpp) if mpp is not None else None
        if given is None and (recorded := opened.mpp()) is not None and recorded[1] == "given":
            given = recorded[0]
        pixels = open_slide(path, mpp=given) if path is not None else None
        try:
            if pixels is not None and pixels.info.fingerprint != opened.fingerprint:
                raise ExportError(
                    "The slide is not the one of this case", where=str(path), advice="Give the right slide"
                )
            try:
                source = source_of_case(
                    opened, slide=pixels, threshold=threshold, radius_cells=radius, run_id=run
                )
            except KeyError as error:
                numbers = ", ".join(str(each.id) for each in opened.runs()) or "none"
                raise ExportError(
                    f"The case has no scan {run}", where=str(case), advice=f"Its scans: {numbers}"
                ) from error
            if source.run is not None:
                line = model_line(source.run.model, source.run.model_sha256)
                source = replace(source, model_line=line)
            regions = RegionOptions(mpp=region_mpp, tiff=tiff, overlay=overlay, masks=masks)
            job = ExportJob(out, chosen, regions, prefix, _of_classes(source, classes))
            outcome = export(source, job)
        finally:
            if pixels is not None:
                pixels.close()
    for name in outcome.files:
        typer.echo(name)
    for sentence in outcome.left_out:
        _console.print(sentence, style="yellow", highlight=False, markup=False)


def import_files(
    slide: Annotated[Path, typer.Argument(help="The slide that the annotations belong to.")],
    files: Annotated[list[Path], typer.Argument(help="GeoJSON, ASAP XML, ImageScope XML, Camelyon files.")],
    case: Annotated[Path, typer.Option(help="The case file to put them into; made if it does not exist.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Read annotation files into a slide's case and say, line by line, what was read and what was left out."""
    opened = open_slide(slide)
    try:
        info = opened.info
    finally:
        opened.close()
    outcome: dict[str, dict[str, object]] = {}
    lines: list[str] = []
    refusals = 0
    for file in files:
        try:
            result = import_into_case(case, info, file)
        except AnnotationError as error:
            refusals += 1
            outcome[str(file)] = {"read": 0, "left_out": 0, "reasons": [error.sentence()]}
            lines.append(error.sentence())
            continue
        outcome[str(file)] = {
            "read": result.read,
            "left_out": result.left_out,
            "reasons": list(result.reasons),
        }
        lines += result.summary()
    if as_json:
        typer.echo(orjson.dumps(outcome, option=orjson.OPT_INDENT_2).decode())
    else:
        typer.echo("\n".join(lines))
    if refusals == len(files):
        raise typer.Exit(EquiscopeError.exit_code)


def verify(
    folder: Annotated[Path, typer.Argument(help="The folder of an export.")],
    slide: Annotated[
        Path | None, typer.Option(help="The slide; else it is looked for beside the export.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model folder, where it is not a shipped one.")] = None,
    cells: Annotated[int, typer.Option(min=0, help="How many cells to compute anew.")] = 16,
) -> None:
    """Check an export: hashes, readability, and some cells computed anew from the slide."""
    from inference.engine.verify import verify_export

    wrong = 0
    words = {True: "agrees", False: "WRONG", None: "not checked"}
    for check in verify_export(folder, slide=slide, model=model, cells=cells):
        wrong += check.agrees is False
        typer.echo(f"{words[check.agrees]}: {check.what}")
    typer.echo("Everything checked agrees." if not wrong else f"{wrong} things do not agree.")
    if wrong:
        raise typer.Exit(VERIFY_EXIT)


def copy_case(
    case: Annotated[Path, typer.Argument(help="The case file; it may be in use.")],
    target: Annotated[Path, typer.Argument(help="The copy.")],
) -> None:
    """Copy a case file whole; copying it by other means may miss what was written last."""
    fingerprint_of_case(case)
    save_copy(case, target)
    typer.echo(f"Copy: {target}")


def register(app: typer.Typer) -> None:
    """Adds the commands to `equiscope-scan`."""
    app.command("export")(export_case)
    app.command("import")(import_files)
    app.command("verify")(verify)
    app.command("copy-case")(copy_case)


def _of_classes(source: ExportSource, classes: list[str] | None) -> frozenset[int] | None:
    """Ids of the annotations of some classes, None for all."""
    if not classes:
        return None
    known = {each.class_name for each in source.annotations}
    if missing := [name for name in classes if name not in known]:
        listed = ", ".join(sorted(known - {""})) or "none"
        raise ExportError(
            f"No annotation has the class {missing[0]!r}", advice=f"The classes there are: {listed}"
        )
    return frozenset(each.id for each in source.annotations if each.class_name in classes)


def _formats(names: str) -> tuple[Format, ...]:
    if names.strip() == "all":
        return tuple(Format)
    try:
        return tuple(Format(name.strip()) for name in names.split(",") if name.strip())
    except ValueError as error:
        listed = "; ".join(f"{each.value}: {LABELS[each]}" for each in Format)
        raise typer.BadParameter(f"{error}. There are: {listed}") from error
