"""Draws a slide for another process: one line a step with the part done; the end of its input calls it off."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from inference.synthetic.lymph_node import DemoSpec, write_demo_slide


class _CalledOffError(Exception):
    """Whoever asked for the slide has gone."""


def main() -> int:
    """`python -m inference.synthetic OUT WIDTH HEIGHT`; 0 once the slide is there, 1 with a sentence on stderr."""
    out, width, height = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    called_off = threading.Event()

    def listen() -> None:
        while os.read(0, 4096):
            pass
        called_off.set()

    def progress(part: float) -> None:
        if called_off.is_set():
            raise _CalledOffError
        sys.stdout.write(f"{part:.4f}\n")
        sys.stdout.flush()

    threading.Thread(target=listen, daemon=True).start()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_demo_slide(out, DemoSpec(width=width, height=height), progress=progress)
    except _CalledOffError:
        return 1
    except OSError as error:
        sys.stderr.write(error.strerror or "The file cannot be written")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
