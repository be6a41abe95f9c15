# The two commands: `make demo` and `make test`. Both set up all that they need on a fresh Debian machine.

VENV   := .venv
PYTHON := $(VENV)/bin/python

.PHONY: help demo test check bench screenshots engines engines-stop docs clean

help:
	@echo 'make demo         build three images from examples/first-light, no daemon needed'
	@echo 'make test         set up and run every test; says what it could not test here'
	@echo 'make engines      start the engines that tests need (dockerd); make engines-stop ends them'
	@echo 'make check        ruff, mypy, import-linter'
	@echo 'make bench        measure beside packer and the raw tools, write benchmarks/results/'
	@echo 'make screenshots  make the pictures of screenshots/ from real runs'
	@echo 'make docs         write docs/keys.md and docs/events.md'
	@echo 'make clean        remove what make made'

demo: $(VENV)/.run-ready
	@.ci/demo

test: $(VENV)/.dev-ready
	@.ci/tools
	@$(PYTHON) -m pytest $(PYTEST)

check: $(VENV)/.dev-ready
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo

bench: $(VENV)/.dev-ready
	@.ci/tools packer
	@$(PYTHON) benchmarks/run.py $(BENCH)

screenshots: $(VENV)/.dev-ready
	@$(PYTHON) screenshots/make.py

docs: $(VENV)/.dev-ready
	@$(PYTHON) docs/generate.py

engines:
	@.ci/engines

engines-stop:
	@.ci/engines --stop

$(VENV)/.run-ready: pyproject.toml .ci/venv
	@.ci/venv

$(VENV)/.dev-ready: pyproject.toml .ci/venv
	@.ci/venv dev

clean:
	rm -rf $(VENV) output .demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
