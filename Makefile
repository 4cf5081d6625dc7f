# `make demo` and `make test` each set up everything they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO := demo-output
DEMO_SLIDE := $(DEMO)/demo-slide.tif

.PHONY: help setup demo test fast check bench snapshots
.DEFAULT_GOAL := help

help:  ## show the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(READY)  ## make .venv and install the project with everything tests need

$(READY): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@

demo: $(READY) $(DEMO_SLIDE)  ## draw the synthetic slide, scan it, show the heatmap
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then \
		$(BIN)/equiscope $(DEMO_SLIDE) --scan --out $(DEMO); \
	else \
		QT_QPA_PLATFORM=offscreen $(BIN)/equiscope $(DEMO_SLIDE) --scan --size 1600x1000 --out $(DEMO) \
			--screenshot $(DEMO)/window.png && \
		echo "No display: the window was drawn offscreen. See $(DEMO)/: window.png, heatmap.tif, candidates.csv, regions.geojson, summary.json"; \
	fi

$(DEMO_SLIDE): $(READY)
	@test -f $@ && touch $@ || $(BIN)/equiscope-scan demo-slide $@

test: $(READY)  ## run all tests
	$(BIN)/python -m pytest

fast: $(READY)  ## run the tests that take no time
	$(BIN)/python -m pytest -x -q tests/gcnn/test_groups.py tests/inference/slides/test_resolution.py \
		tests/inference/results tests/app/state tests/inference/engine/test_messages.py

check: $(READY)  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## measure against ceilings, side by side in one run
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python -m benchmarks.viewer

snapshots: $(READY)  ## draw the painters' pinned pictures anew; look at them before committing
	EQUISCOPE_RENEW_SNAPSHOTS=1 $(BIN)/python -m pytest -q tests/app/canvas/test_snapshots.py
