"""docs/stories.md names tests that exist."""

from __future__ import annotations

import re

from tests.conftest import PROJECT

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_test_that_is_named_exists() -> None:
    text = (PROJECT / "docs" / "stories.md").read_text(encoding="utf-8")
    named = NAMED.findall(text)
    assert len(named) == text.count("::") > 60, "every line names its test in the same way"
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (PROJECT / path).is_file()
        or f"\ndef {name}(" not in (PROJECT / path).read_text(encoding="utf-8")
    ]
    assert missing == []
