"""Damaged and hostile files, opened in a process of their own under limits of memory and time."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.support.make_slide import textured, write_pyramid

resource = pytest.importorskip("resource", reason="limits of memory need POSIX")

MEMORY_LIMIT = 3 * 2**30
"""Address space of the reading process: imports take a third, one read may take 256 MB."""
SECONDS = 15
"""Alarm for each file."""

PROBE = """
import json, resource, signal, sys
from pathlib import Path
from inference.errors import EquiscopeError, UnreadableTileError
from inference.slides.open_slide import open_slide

resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
for line in sys.stdin:
    path = Path(json.loads(line))
    signal.alarm(int(sys.argv[2]))  # Its default action ends the process, which the test then sees.
    try:
        slide = open_slide(path)
        outcome = "ok"
        coarsest = len(slide.info.levels) - 1
        size = slide.info.levels[coarsest]
        try:
            slide.read_region(coarsest, x_lv=0, y_lv=0, width=min(2048, size.width), height=min(2048, size.height))
            slide.read_region(0, x_lv=0, y_lv=0, width=64, height=64)
        except UnreadableTileError as error:
            outcome = "unreadable: " + str(error)
        slide.close()
    except EquiscopeError as error:
        outcome = "refused: " + str(error) if error.advice and error.where else "no advice"
    print(json.dumps(outcome), flush=True)
"""


def outcomes(paths: list[Path]) -> dict[str, str]:
    """What became of each file; a file at which the process died is "DIED" and the next ones get a new process."""
    found: dict[str, str] = {}
    left = list(paths)
    while left:
        process = subprocess.run(
            [sys.executable, "-c", PROBE, str(MEMORY_LIMIT), str(SECONDS)],
            input="".join(json.dumps(str(path)) + "\n" for path in left),
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
            cwd=Path(__file__).parents[3],
        )
        answers = [json.loads(line) for line in process.stdout.splitlines()]
        found.update((path.name, answer) for path, answer in zip(left, answers, strict=False))
        if len(answers) < len(left):
            found[left[len(answers)].name] = f"DIED ({process.returncode}): {process.stderr[-500:]}"
        left = left[len(answers) + 1 :]
    return found


def assert_clean(found: dict[str, str]) -> None:
    bad = {name: outcome for name, outcome in found.items() if outcome.startswith(("DIED", "no advice"))}
    assert not bad


@pytest.mark.realdata
def test_hostile_files_end_in_pixels_or_a_sentence(shared_data: Path) -> None:
    found = outcomes(sorted((shared_data / "hostile").iterdir()))
    assert_clean(found)
    assert len(found) >= 80
    assert found["broken-html.svs"].startswith("refused")
    assert found["unopenable.tiff"].startswith("refused")


@pytest.mark.parametrize("kind", ["slide.tif", "picture.png", "picture.jpg", "striped.tif"])
def test_mutated_files_end_in_pixels_or_a_sentence(tmp_path: Path, kind: str) -> None:
    sound = tmp_path / kind
    if kind == "slide.tif":
        write_pyramid(sound, textured(300, 300), tile=128, compression="jpeg")
    else:
        Image.fromarray(textured(120, 120)).save(sound)
    chance = random.Random(kind)
    paths = []
    for number in range(24):
        path = tmp_path / f"{number:02d}_{kind}"
        path.write_bytes(mutated(sound.read_bytes(), chance, way=number % 6))
        paths.append(path)
    found = outcomes(paths)
    assert_clean(found)
    assert any(outcome != "ok" for outcome in found.values()), "the mutations did nothing"


def mutated(content: bytes, chance: random.Random, *, way: int) -> bytes:
    """A damaged copy: bits flipped, header or tail spoilt, cut off, a run of zeros, bytes inserted."""
    data = bytearray(content)
    place = chance.randrange(16, len(data) - 16)
    if way == 0:
        for _ in range(20):
            data[chance.randrange(8, len(data))] ^= 1 << chance.randrange(8)
    elif way == 1:
        data[8:24] = chance.randbytes(16)
    elif way == 2:
        data[-200:] = chance.randbytes(200)
    elif way == 3:
        del data[place:]
    elif way == 4:
        length = len(data) // 10
        data[place : place + length] = bytes(len(data[place : place + length]))
    else:
        data[place:place] = chance.randbytes(37)
    return bytes(data)
