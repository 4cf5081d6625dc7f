"""The program's version, as stated in every file it writes."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("equiscope")
except PackageNotFoundError:  # run from a checkout that was never installed
    VERSION = "0+unknown"
