# Each target makes .venv and installs what it needs by itself; a second run installs nothing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test check bench notebooks docs ontology clean

demo: $(VENV)/.run
	$(BIN)/kgconcepts demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/grounding.py

notebooks: $(VENV)/.dev
	$(BIN)/python notebooks/execute.py

docs: $(VENV)/.dev
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

ontology: $(VENV)/.run
	$(BIN)/python ontology/build.py

$(VENV)/.made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made pyproject.toml constraints.txt
	$(PIP) -e '.[vision]'
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(PIP) -e '.[text,embedding,vision,notebook,dev]'
	@touch $@

clean:
	rm -rf $(VENV) docs/_build
