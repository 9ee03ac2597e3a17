PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := parameters/samples/nsg-denies-attestation/parameters.yaml

# One environment serves both: what `make test` installs holds all that `make run` needs.
RUN := $(VENV)/run.stamp
TEST := $(VENV)/test.stamp

# Outside the lock and beside the environment that it would clash with: 700 MB, of which only the command table is used.
AZURE_CLI_VERSION := 2.91.0
AZURE_CLI := $(VENV)/azure-cli/$(AZURE_CLI_VERSION).stamp

# A user's own IPython start-up files must not change what notebooks show.
export IPYTHONDIR := $(abspath $(VENV)/ipython)

.PHONY: help run test check azcli lab bench docs notebooks lock clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN)  ## run the whole runbook on the sample incident, offline
	@$(BIN)/guest-attestation run $(SAMPLE); code=$$?; \
	test $$code -eq 3 || { echo "The sample should end with exit code 3 (fail), not $$code." >&2; exit 1; }; \
	echo "Exit code 3 (fail) is what is expected here: this sample's VM cannot attest."

test: $(TEST) docs  ## lint, types, layers, documentation, tests, stored notebooks
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -n auto --cov --cov-report=term
	$(BIN)/python -m pytest -p tests.strict_skips -p no:randomly --nbval --nbval-current-env --nbval-cell-timeout=60 notebooks

check: test  ## test, and the property tests with many more examples
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n auto -m hypothesis --timeout=3600

azcli: $(AZURE_CLI)  ## install azure-cli, by which tests read the az commands of a fix

lab: $(RUN)  ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate notebooks

bench: $(RUN)  ## measure, as ratios inside one run
	@for it in benchmarks/decide_*.py; do $(BIN)/python -m benchmarks.$$(basename $$it .py) || exit 1; done

docs: $(TEST)  ## build the documentation into docs/_build
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs docs/_build

notebooks: $(RUN)  ## execute the notebooks on the sample and store their outputs
	$(BIN)/python -m guest_attestation.run.store notebooks/*.ipynb

LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--custom-compile-command "make lock" pyproject.toml --extra azure --extra notebooks --extra lab --group build

lock:  ## pin the dependencies of pyproject.toml anew
	test -x $(BIN)/uv || $(MAKE) $(TEST)
	$(LOCK) --output-file requirements.lock
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean:  ## remove the environment and what tools left; outputs/ stays
	rm -rf $(VENV) docs/_build .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

$(RUN): requirements.lock pyproject.toml
	$(call install,$<)
	@touch $(RUN)

$(TEST): requirements-dev.lock pyproject.toml
	$(call install,$<)
	@touch $(RUN) $(TEST)

$(AZURE_CLI): | $(TEST)
	@echo "Installing azure-cli into $(@D); this takes a minute or two, once."
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check azure-cli==$(AZURE_CLI_VERSION)
	@touch $@

# Two steps, because pip refuses an editable install beside hashes.
define install
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { $(check_python) && $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing $(1) into $(VENV); this takes a minute or two, once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endef

define check_python
	{ $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo "Install Python 3.11 or newer, or name it: make PYTHON=python3.11 (this '$(PYTHON)' is missing or older)." >&2; false; }; } && \
	{ $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo "Install the venv module of '$(PYTHON)' (Debian, Ubuntu: apt install python3-venv)." >&2; false; }; }
endef
