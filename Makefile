# Anslut: every task has one name here. `make help` lists them.
PYTHON ?= python3
VENV := .venv/bin
STAGE ?= embedded

.DEFAULT_GOAL := help
.PHONY: help setup run reset seed test check fix lock package deploy destroy redrive bench e2e openapi browser screenshots fuzz

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1m%-11s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Create the environments (.venv, .portal/ministack) from the lock files
	@$(PYTHON) infra/environment.py

run: setup ## Start the portal on this machine (PORT=8000, AWS_PORT=4566)
	@exec $(VENV)/python -m infra.embedded.run

reset: ## Forget everything `make run` stored
	@$(PYTHON) infra/environment.py --reset

test: setup ## Every check and every test tier
	@$(VENV)/python -m infra.verify test

check: setup ## Format, lint, types, import contracts, templates, dependencies
	@$(VENV)/python -m infra.verify check

e2e: setup ## Only the tests on the embedded AWS
	@$(VENV)/python -m pytest tests/e2e

fix: setup ## Format and apply the safe lint fixes
	@$(VENV)/ruff format . && $(VENV)/ruff check --fix .

lock: setup ## Rewrite the lock files from requirements*.in
	@$(VENV)/python -m infra.lock

package: setup ## Build the package and template of a stage (STAGE=embedded|<name>)
	@$(VENV)/python -m infra.finish --stage $(STAGE)

deploy: setup ## Deploy a stage to an AWS account (STAGE=, ARGS="--dry-run")
	@$(VENV)/python -m infra.deploy up --stage $(STAGE) $(ARGS)

destroy: setup ## Remove a stage from an AWS account (STAGE=)
	@$(VENV)/python -m infra.deploy down --stage $(STAGE) $(ARGS)

redrive: setup ## Send a dead letter queue's messages back (QUEUE=mail STAGE=)
	@$(VENV)/python -m infra.redrive --stage $(STAGE) --queue $(QUEUE)

fuzz: setup ## Schemathesis over the running portal (make run): no answer that /openapi.json does not promise
	@$(VENV)/python -m infra.fuzz $(ARGS)

screenshots: setup ## Pictures of every page of the running portal (ARGS="--lang sv consent")
	@$(VENV)/python -m infra.screenshots $(ARGS)

bench: setup ## Benchmarks, beside their peers
	@$(VENV)/python -m bench
