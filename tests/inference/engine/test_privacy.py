"""What a slide's file says of a patient is in nothing that the commands write."""

from __future__ import annotations

import io
import json
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from typer.testing import CliRunner

from inference.engine.__main__ import app
from inference.export.export_job import Format
from inference.slides.open_slide import open_slide
from tests.support.aperio_slide import write_aperio
from tests.support.make_slide import textured
from tests.support.models import write_model

RUNNER = CliRunner()
LABEL_COLOUR = (255, 0, 255)
PLANTED = {
    "folder": "Ward7Hill",
    "file name": "DOE-1947",
    "name": "JaneQDoe",
    "number": "MRN77194421",
    "birth": "19470229",
    "date": "03/04/17",
    "time": "23:58:07",
    "user": "drsmithson",
    "barcode": "BC*55031*",
    "scanner": "SS7713XQ",
    "artist": "TechnicianLee",
    "host": "pathhost09",
}


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An Aperio slide whose path, properties, tags and label tell of a patient."""
    folder = tmp_path_factory.mktemp("slides") / PLANTED["folder"]
    folder.mkdir()
    told = {
        "Patient": PLANTED["name"], "PatientID": PLANTED["number"], "BirthDate": PLANTED["birth"],
        "Date": PLANTED["date"], "Time": PLANTED["time"], "User": PLANTED["user"], "Barcode": PLANTED["barcode"],
        "ScanScope ID": PLANTED["scanner"], "Filename": PLANTED["file name"], "AppMag": "20", "MPP": "0.25",
    }  # fmt: skip
    return write_aperio(
        folder / f"{PLANTED['file name']}.svs",
        textured(1200, 1500, seed=1),
        told=told,
        label=np.full((60, 80, 3), LABEL_COLOUR, np.uint8),
        artist=PLANTED["artist"],
        host=PLANTED["host"],
    )


@pytest.fixture(scope="module")
def out(slide: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every command writes of that slide."""
    out = tmp_path_factory.mktemp("out")
    model = str(write_model(tmp_path_factory.mktemp("models") / "lively"))
    drawn = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [[[10, 10], [900, 10], [900, 700], [10, 10]]]},
        "properties": {"classification": "Tumor"},
    }
    marks = tmp_path_factory.mktemp("marks") / "a.geojson"
    marks.write_text(json.dumps(drawn))
    case = str(out / "scan" / "slide.case")
    region = ["--region", "0,0,400,400"]
    formats = ",".join(Format)
    for arguments in (
        ["slide", str(slide), "--model", model, "--threshold", "0", "--json", "--out", str(out / "scan")],
        ["import", str(slide), str(marks), "--case", case],
        ["stability", str(slide), *region, "--models", model, "--angles", "4", "--out", str(out / "a")],
        ["stability", str(slide), "--whole-slide", "--models", model, "--angles", "4", "--out", str(out / "b")],
        ["export", case, "--format", formats, "--slide", str(slide), "--out", str(out / "export")],
        ["copy-case", case, str(out / "copy.case")],
    ):  # fmt: skip
        result = RUNNER.invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        if "--json" in arguments:
            (out / "said.json").write_text(result.stdout)
    return out


def test_the_slide_tells_all_of_it(slide: Path) -> None:
    data = slide.read_bytes() + str(slide).encode()
    assert [name for name, token in PLANTED.items() if token.encode() not in data] == []
    opened = open_slide(slide)
    assert opened.info.format.startswith("Aperio SVS")
    assert {"label", "macro"} <= set(opened.info.associated_images)
    opened.close()


def test_no_file_that_is_written_tells_any_of_it(slide: Path, out: Path) -> None:
    files = [path for path in out.rglob("*") if path.is_file()]
    assert len(files) > 20
    opened = open_slide(slide)
    opened.close()
    fingerprint = opened.info.fingerprint.encode()
    assert sum(fingerprint in path.read_bytes() for path in files) > 5, "slides are named by it instead"
    found = [
        f"{what} in {path.relative_to(out)}"
        for path in files
        for data in [path.read_bytes() + path.name.encode()]
        for what, token in PLANTED.items()
        if any(token.encode() in each for each in (data, *_inflated(data)))
    ]
    assert found == []


def test_no_picture_that_is_written_shows_the_label(out: Path) -> None:
    pictures = [path for path in out.rglob("*") if path.suffix in (".png", ".jpg", ".jpeg")]
    assert pictures
    for path in pictures:
        pixels = np.asarray(Image.open(path).convert("RGB"))
        assert not (pixels == LABEL_COLOUR).all(axis=-1).any(), path.name


def test_what_is_compressed_is_looked_into() -> None:
    """The search above finds a token in a deflated stream that begins anywhere in a file."""
    hidden = io.BytesIO()
    with tifffile.TiffWriter(hidden) as writer:
        row = np.frombuffer(PLANTED["name"].encode() * 40, np.uint8)[None, :]
        writer.write(row, compression="deflate")
    data = hidden.getvalue()
    assert PLANTED["name"].encode() not in data
    assert any(PLANTED["name"].encode() in each for each in _inflated(data))


def _inflated(data: bytes) -> list[bytes]:
    """Every deflated stream in a file: of PDF, PNG, TIFF."""
    found = []
    for start in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        try:
            found.append(zlib.decompressobj().decompress(data[start.start() :]))
        except zlib.error:
            continue
    return found
