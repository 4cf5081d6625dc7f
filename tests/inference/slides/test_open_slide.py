"""Opening: the right reader, and a sentence of its own for every way a file can be wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest
from PIL import Image

from inference.errors import SlideError
from inference.slides import open_slide as module
from inference.slides.frames import Mpp
from inference.slides.image_reader import ImageSlide
from inference.slides.open_slide import READER_GROUP, open_slide
from inference.slides.openslide_reader import OpenSlideSlide
from inference.slides.slide import Slide
from tests.support.make_slide import textured, write_pyramid


def missing(folder: Path) -> Path:
    return folder / "nothing.svs"


def a_folder(folder: Path) -> Path:
    return folder


def dead_link(folder: Path) -> Path:
    (folder / "link.svs").symlink_to(folder / "nothing.svs")
    return folder / "link.svs"


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.svs")
    return folder / "pipe.svs"


def empty(folder: Path) -> Path:
    (folder / "empty.svs").touch()
    return folder / "empty.svs"


def a_web_page(folder: Path) -> Path:
    (folder / "page.svs").write_text("<html><body>Please log in</body></html>")
    return folder / "page.svs"


def half_a_picture(folder: Path) -> Path:
    path = folder / "half.png"
    Image.fromarray(textured(99, 99)).save(path)
    path.write_bytes(path.read_bytes()[:3000])
    return path


def overlong_name(folder: Path) -> Path:
    return folder / ("x" * 300)


WRONG: dict[Callable[[Path], Path], str] = {
    missing: "no such file",
    a_folder: "folder, not a slide",
    dead_link: "link points to a file that does not exist",
    pipe: "device or pipe",
    empty: "is empty",
    a_web_page: "not a slide or image of a known format",
    half_a_picture: "damaged, incomplete",
    overlong_name: "cannot be read .ENAMETOOLONG",
}


@pytest.mark.parametrize("make", WRONG)
def test_each_wrong_file_has_its_own_sentence(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(SlideError, match=WRONG[make]) as caught:
        open_slide(make(tmp_path))
    error = caught.value
    assert error.exit_code == 3 and error.where and error.advice and "\n" not in error.sentence()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="file permissions of this test are POSIX's")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "slide.tif", textured(64, 64))
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # An administrator may read every file; the user "nobody" may not.
    try:
        with pytest.raises(SlideError, match="may not read"):
            open_slide(path)
    finally:
        os.seteuid(user)


def test_openslide_is_asked_first_and_plain_images_come_last(tmp_path: Path) -> None:
    assert isinstance(open_slide(write_pyramid(tmp_path / "a.tif", textured(64, 64))), OpenSlideSlide)
    Image.fromarray(textured(64, 64)).save(tmp_path / "b.tif")
    assert isinstance(open_slide(tmp_path / "b.tif"), ImageSlide)


@pytest.mark.parametrize("name", ["with space (1).tif", "é ü.tif", "切片.tif", "🔬.tif", "n" * 251 + ".tif"])
def test_any_name_opens(tmp_path: Path, name: str) -> None:
    slide = open_slide(write_pyramid(tmp_path / name, textured(64, 64)))
    assert slide.info.path.name == name


def test_a_link_to_a_slide_opens(tmp_path: Path) -> None:
    (tmp_path / "link.tif").symlink_to(write_pyramid(tmp_path / "a.tif", textured(64, 64)))
    assert open_slide(tmp_path / "link.tif").info.size_l0.width == 64


def test_a_given_resolution_overrides_the_file(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "a.tif", textured(64, 64), mpp=0.25)
    info = open_slide(path, mpp=Mpp.square(0.5)).info
    assert info.mpp == Mpp.square(0.5) and info.mpp_source == "given" and "0.25" in info.notices[0]


class TextReader:
    """A reader as another distribution would bring it: it takes files that begin with TEXT."""

    name = "text"

    def detect(self, path: Path) -> bool:
        return path.read_bytes().startswith(b"TEXT")

    def open(self, path: Path, *, mpp: Mpp | None = None) -> Slide:
        picture = path.with_suffix(".png")
        Image.fromarray(textured(8, 8)).save(picture)
        return ImageSlide(picture, mpp=mpp)


READER = TextReader()


def with_entry_point(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Makes one further reader look installed."""

    def entry_points(*, group: str) -> EntryPoints:
        return EntryPoints([EntryPoint(name="further", value=value, group=group)])

    assert READER_GROUP == "equiscope.readers"
    monkeypatch.setattr(module, "entry_points", entry_points)


def test_a_reader_of_another_distribution_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"TEXT")
    with pytest.raises(SlideError, match="known format"):
        open_slide(path)
    with_entry_point(monkeypatch, f"{__name__}:READER")
    assert open_slide(path).info.size_l0.width == 8


def test_a_broken_reader_is_named_but_spares_openslide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_entry_point(monkeypatch, "a_module_that_is_gone:READER")
    assert open_slide(write_pyramid(tmp_path / "a.tif", textured(64, 64))).info.size_l0.width == 64
    Image.fromarray(textured(64, 64)).save(tmp_path / "b.png")
    with pytest.raises(SlideError, match=r"cannot be loaded: further \(a_module_that_is_gone:READER\)"):
        open_slide(tmp_path / "b.png")
