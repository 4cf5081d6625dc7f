"""`python -m experiments`: one command an experiment."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import shapely
import typer

from experiments import pcam_commands
from experiments.picture import read_mask
from inference.export.heatmap_tiff import read_heatmap

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.callback()
def _program() -> None:
    """Keeps the commands by name, however few there are."""


app.command("pcam-table")(pcam_commands.pcam_table)
app.command("models-page")(pcam_commands.models_page)
app.command("slide-check")(pcam_commands.slide_check)


@app.command("cell-auc")
def cell_auc(
    heatmap: Annotated[Path, typer.Argument(help="heatmap.tif of a scan.")],
    truth: Annotated[Path, typer.Argument(help="Tumour mask at level 0 (PNG), or outlines (GeoJSON).")],
) -> None:
    """Cell-level AUC of a heatmap against a drawn tumour, as JSON."""
    from experiments.cell_auc import separation

    cells = read_heatmap(heatmap)
    mask = (
        _outlines(truth, cells.rows, cells.columns, cells.stride_x_l0, cells.stride_y_l0)
        if (truth.suffix == ".geojson")
        else read_mask(truth)
    )
    typer.echo(json.dumps(asdict(separation(cells, mask))))


@app.command("rotation-figure")
def rotation_figure(
    slide: Annotated[Path, typer.Argument(help="The slide.")],
    truth: Annotated[Path, typer.Argument(help="Tumour mask at level 0 (PNG).")],
    out: Annotated[Path, typer.Option(help="Folder for figure and data.")],
    region: Annotated[str, typer.Option(help="X,Y,W,H in level-0 pixels.")],
    models: Annotated[
        str, typer.Option(help="Names or folders, with commas.")
    ] = "p4m-densenet-m,densenet-plus",
    angles: Annotated[int, typer.Option(min=2, max=128)] = 32,
) -> None:
    """The paper's Fig. 3 with the tumour as drawn, and stability of tumour, normal and boundary cells as JSON."""
    from experiments.rotation_figure import make_figure
    from inference.engine.command_line import parsed_region
    from inference.engine.stability_folder import StabilityJob

    names = tuple(name.strip() for name in models.split(","))
    job = StabilityJob(slide=slide, models=names, region_l0=parsed_region(region), angles=angles)
    typer.echo(json.dumps([asdict(each) for each in make_figure(job, read_mask(truth), out)]))


def _outlines(path: Path, rows: int, columns: int, stride_x_l0: float, stride_y_l0: float) -> np.ndarray:
    """Polygons drawn as a level-0 mask just large enough for the grid."""
    import cv2

    shape = (int(np.ceil(rows * stride_y_l0)), int(np.ceil(columns * stride_x_l0)))
    mask = np.zeros(shape, np.uint8)
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        geometry = shapely.from_geojson(json.dumps(feature["geometry"]))
        for polygon in getattr(geometry, "geoms", [geometry]):
            cv2.fillPoly(mask, [np.asarray(polygon.exterior.coords).astype(np.int32)], 1)
            for hole in polygon.interiors:
                cv2.fillPoly(mask, [np.asarray(hole.coords).astype(np.int32)], 0)
    return mask > 0


if __name__ == "__main__":
    app()
