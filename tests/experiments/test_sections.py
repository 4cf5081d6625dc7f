"""Commands replace their own part of a page and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.sections import replace_section


def test_a_section_is_replaced_and_the_rest_kept(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    page.write_text("# Results\n\n<!-- a -->\nold\n<!-- /a -->\n\nBy hand.\n")
    replace_section(page, "a", "new\n")
    assert page.read_text() == "# Results\n\n<!-- a -->\nnew\n<!-- /a -->\n\nBy hand.\n"


def test_a_missing_section_and_a_missing_page_are_made(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    replace_section(page, "a", "one")
    replace_section(page, "b", "two")
    assert page.read_text() == "<!-- a -->\none\n<!-- /a -->\n\n<!-- b -->\ntwo\n<!-- /b -->\n"


def test_a_section_that_is_never_closed_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    page.write_text("<!-- a -->\nold\nBy hand.\n")
    with pytest.raises(ValueError, match="never closes"):
        replace_section(page, "a", "new")
    assert page.read_text() == "<!-- a -->\nold\nBy hand.\n"
