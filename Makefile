# `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
ARGS ?=

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run:  ## set up if needed and start the app on http://127.0.0.1:7860 (options: ARGS="--port 7861")
	@environment=$$(.ci/environment run) && exec "$$environment/bin/python" app/main.py $(ARGS)

test:  ## set up if needed and run everything: lint, types, tests, browser tests
	@environment=$$(.ci/environment test) && export PATH="$$environment/bin:$$PATH" \
	  && ruff check . && ruff format --check . && mypy \
	  && python -m pytest -n auto && python -m tests.any_machine --few && python -m pytest -m browser

quick:  ## the fast tests alone
	@environment=$$(.ci/environment test) && exec "$$environment/bin/python" -m pytest $(ARGS)

.PHONY: help run test quick
