# Two commands: `make run` opens the dashboard on demo data, `make test` runs every test.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PORT ?= 8501
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run setup test check bench lock clean

run: setup
	@echo "Routecast is at http://127.0.0.1:$(PORT) (stop it with Ctrl-C)"
	@"$(BIN)/streamlit" run app.py --server.port $(PORT) --server.headless true

setup: .venv/.runtime
	@test -f data/demo.duckdb || "$(BIN)/routecast" demo

test: .venv/.development
	"$(BIN)/python" -m pytest

check: .venv/.development
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"

bench: .venv/.development
	"$(BIN)/python" -m tests.benchmarks

.venv/.runtime: requirements.txt pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit("Routecast needs Python 3.11 or newer." if sys.version_info < (3, 11) else 0)'
	@test -x "$(BIN)/python" || "$(PYTHON)" -m venv .venv
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.development: .venv/.runtime requirements-dev.txt
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@touch $@

# Needs uv. The lock files hold versions and hashes of every platform, and no address.
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
lock:
	$(LOCK) --group build --output-file requirements.txt
	$(LOCK) --group build --group dev --output-file requirements-dev.txt

clean:
	rm -rf .venv *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
