"""docs/stories.md and docs/promises.md name tests that exist."""

from __future__ import annotations

import re

import pytest

from tests.conftest import PROJECT

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize(("page", "lines"), [("stories.md", 60), ("promises.md", 40)])
def test_every_test_that_is_named_exists(page: str, lines: int) -> None:
    text = (PROJECT / "docs" / page).read_text(encoding="utf-8")
    named = NAMED.findall(text)
    assert len(named) == text.count("::") > lines, "every line names its test in the same way"
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (PROJECT / path).is_file()
        or f"\ndef {name}(" not in (PROJECT / path).read_text(encoding="utf-8")
    ]
    assert missing == []
