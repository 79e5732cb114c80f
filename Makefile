# `make help` says what there is. Everything is installed into .venv by install.py; nothing is needed beforehand but
# GNU make and Python 3.11, 3.12 or 3.13. Without make:
#   pip install -r requirements.txt && streamlit run streamlit_app.py

PORT ?= 8501
ADDRESS ?= 127.0.0.1
# Which build of it: auto (the GPU build where an NVIDIA GPU is found), cpu or gpu.
TENSORFLOW ?= auto
# More for pytest, as in `make test PYTEST="-k store"`, and for the report, as in `make presets-report PRESETS=--fid`.
PYTEST ?=
PRESETS ?=

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do command -v $$name && break; done)
IN_VENV := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test check bench presets-report slow clean app-installed dev-installed test-needs static python-found

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-16s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: app-installed  ## install what is missing and open the app (PORT=8501, ADDRESS=127.0.0.1, TENSORFLOW=auto|cpu|gpu)
	@exec $(IN_VENV) -m streamlit run streamlit_app.py --server.port $(PORT) --server.address $(ADDRESS)

test: test-needs  ## install what tests need, then run all of them but the slow ones: about 20 minutes (PYTEST="-k store" for a part)
	@$(IN_VENV) -m pytest $(PYTEST)

check: static test  ## the whole gate: format, lint, types, tests

bench: dev-installed  ## measure training, live quality and the page while a run trains
	@$(IN_VENV) -m benchmarks

presets-report: dev-installed  ## train every preset for the same CPU time and compare them: hours; goes on where it was
	@$(IN_VENV) -m benchmarks.presets_report $(PRESETS)

slow: test-needs  ## the tests that take minutes or ask the package index
	@$(IN_VENV) -m pytest -m slow $(PYTEST)

clean:  ## remove what tools leave behind; .venv, runs and data stay
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis build
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

# Steps of the targets above. Each does nothing where nothing is to be done.

static: dev-installed
	@$(IN_VENV) -m ruff format --check .
	@$(IN_VENV) -m ruff check .
	@$(IN_VENV) -m mypy

app-installed: python-found
	@$(PYTHON) install.py --tensorflow $(TENSORFLOW)

dev-installed: python-found
	@$(PYTHON) install.py --tensorflow $(TENSORFLOW) --dev

test-needs: dev-installed
	@PYTHONPATH=. $(IN_VENV) tests/needs.py

python-found:
	@test -n "$(PYTHON)" || { echo "No Python found: install Python 3.11, 3.12 or 3.13 and start again." >&2; exit 1; }
