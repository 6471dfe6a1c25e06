# Every target sets up what it needs: Python 3.11 or newer and make are enough.
PYTHON ?= $(shell for v in 3.13 3.12 3.14 3.11 3; do p=$$(command -v python$$v) && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready
PORT ?= 8000
JOBS ?= 2

.DEFAULT_GOAL := help

help: ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(READY) ## Start a server, upload a photo through the official SDK, print what was seen
	$(BIN)/python scripts/demo.py

serve: $(READY) ## Serve on http://127.0.0.1:$(PORT) from ./data
	$(BIN)/tagsight serve --port $(PORT)

test: $(READY) ## Run every test
	$(BIN)/python -m pytest -n $(JOBS)

check: $(READY) ## Format, lint, strict types, import contract
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(READY) ## Format and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY) ## Write the generated reference pages again
	$(BIN)/python scripts/reference.py

gallery: $(READY) ## Render the pictures of docs/transformations.md again
	$(BIN)/python -m scripts.transformations

bench: $(READY) ## Measure against bare floors, interleaved, in this very run
	$(BIN)/python -m benchmarks

size: $(READY) ## Lists and searches at ten thousand and a million assets, over the bare statements
	$(BIN)/python -m benchmarks.size

eval: $(READY) ## Measure the detectors on annotated pictures: make eval DATA="folder folder"
	$(BIN)/python -m scripts.quality $(DATA)

lock: ## Resolve the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --extra scale --generate-hashes --no-annotate pyproject.toml -o requirements.lock --custom-compile-command "make lock"
	uv pip compile -q --universal --python-version 3.11 --extra scale --group dev --generate-hashes --no-annotate pyproject.toml -o requirements-dev.lock --custom-compile-command "make lock"

$(READY): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer (with venv) is needed; set PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install -q --no-deps -e .
	@touch $@

.PHONY: help demo serve test check fix docs gallery bench size eval lock
