"""Parts of a Markdown page that commands write, between two comments; the rest of the page is written by hand."""

from __future__ import annotations

from pathlib import Path


def replace_section(page: Path, name: str, text: str) -> None:
    """Puts `text` between `<!-- name -->` and `<!-- /name -->`; both are added at the page's end if missing."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    old = page.read_text(encoding="utf-8") if page.is_file() else ""
    if start not in old:
        old = f"{old.rstrip()}\n\n{start}\n{end}\n".lstrip()
    before, _, rest = old.partition(start)
    if end not in rest:
        raise ValueError(f"{page} opens the section {start} and never closes it with {end}")
    after = rest.partition(end)[2]
    page.write_text(f"{before}{start}\n{text.rstrip()}\n{end}{after}", encoding="utf-8")
