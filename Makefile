# Parley's commands. All but `help` and `clean` set up .venv first, which takes about a minute once and no time after that.

SHELL := /bin/bash
VENV := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help setup setup-report setup-dev setup-web browser lock upgrade run demo test check vectors simulate mutate bench load \
	report deploy canary idle diff destroy environment watch redrive restore reconnect export-users drill archive access \
	import-legacy mariadb clean

help:  ## What there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## The virtual environment, with what Parley runs on, pinned by hash in locks/run.txt
	@infra/local/setup.sh run

setup-report:
	@infra/local/setup.sh report

setup-dev:  ## The same, and what tests and checks need: locks/dev.txt
	@infra/local/setup.sh dev

setup-web:  ## What the web client is checked and tested with, pinned in clients/web/package-lock.json (needs Node 20)
	@infra/local/web.sh setup

lock: setup  ## Write locks/ after a change of requirements*.txt; no other version changes
	@infra/local/lock.sh

upgrade: setup  ## A newer version of a dependency in locks/, and what it needs: make upgrade PACKAGE=moto (or all of them)
	@infra/local/lock.sh $(or $(PACKAGE),--all)

browser:  ## Chromium and axe-core, with which tests/browser/ tries the page (Debian, Ubuntu: installs them as root)
	@infra/local/browser.sh

# When it began, for `Up in … s` to count the set-up too. Only newer versions of bash know fractions of a second.
run demo: export PARLEY_STARTED := $(shell echo "$${EPOCHREALTIME:-$$(date +%s)}")

run: setup  ## A whole Parley on this machine, as it was left; serves until Ctrl-C (PARLEY_PORT=4566 FRESH=1 DEMO=1)
	@exec $(VENV)/python -m infra.local.run

demo: setup  ## The same conversation, and then the end: 0 only if every step was observed
	@exec $(VENV)/python -m infra.local.run --once

test: setup-dev  ## Every test; the simulation also on new seeds, from the clock (FIRST=n to repeat them)
	@first="$(or $(FIRST),$$(date +%s)000000)"; echo "New seeds of the simulation: to repeat them, make test FIRST=$$first"; \
		FIRST="$$first" $(VENV)/python -m pytest -n 2

simulate: setup-dev  ## Parley in virtual time, with faults: 2,000 new seeds (SEEDS=n, FIRST=n), or one with its story (SEED=n)
	@PYTHONPATH=.:clients/python $(VENV)/python -m tests.simulation \
		$(if $(SEED),--seed '$(SEED)',$(if $(SEEDS),--seeds '$(SEEDS)') $(if $(FIRST),--first '$(FIRST)'))

check: setup-dev  ## Lint, types, layers and templates
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports --no-logo
	@$(VENV)/python -m infra.templates build/templates
	@$(VENV)/python -m infra.templates build/access infra/access/access.yaml
	@$(VENV)/cfn-lint build/templates/*.json build/access/*.json infra/account.yaml infra/recovery.yaml
	@infra/local/checkov.sh infra/account.yaml infra/recovery.yaml build/templates build/access
	@$(VENV)/python -m docs.asyncapi --check
	@$(VENV)/python -m docs.openapi --check
	@infra/local/web.sh check

vectors: setup-dev  ## Write clients/vectors/ from the reference client, after a change of its protocol or of its tests
	@PYTHONPATH=.:clients/python $(VENV)/python -m tests.vectors

mutate: setup-dev  ## Which small changes of a module no test notices: make mutate MODULE=send (SAMPLE=50 SEED=1)
	@$(VENV)/python -m tests.mutation $(or $(MODULE),--help) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED))

bench: setup-dev  ## What a message costs in calls, units and CPU: build/bench.json
	@$(VENV)/python -m tests.bench

load: setup-dev  ## Real clients, every message checked; build/load.html (SOCKETS=1000 MESSAGES=5000 RATE=50 SECONDS=60 FAULTS=1 SEED=7)
	@exec $(VENV)/python -m tests.load $(if $(SOCKETS),--sockets $(SOCKETS)) $(if $(MESSAGES),--messages $(MESSAGES)) \
		$(if $(RATE),--rate $(RATE)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) \
		$(if $(PROCESSES),--processes $(PROCESSES)) $(if $(filter-out 0,$(FAULTS)),--faults)

report: setup-report  ## How an environment is used, as a page with charts: make report ENV=dev, or ENV=local (DEMO=1 DAYS=30 JSON=1)
	@$(VENV)/python -m infra.analytics $(or $(ENV),--help) $(if $(filter-out 0,$(DEMO)),--demo) $(if $(DAYS),--days '$(DAYS)') \
		$(if $(filter-out 0,$(JSON)),--json)

deploy: setup  ## Deploy an environment to AWS: make deploy ENV=dev (AT_ONCE=1 gives new versions all calls at once)
	@$(VENV)/python -m infra.deploy $(ENV) $(if $(AT_ONCE),--at-once)

canary: setup  ## Make the two users of an environment's canary, or give them another password: make canary ENV=dev (JSON=1)
	@$(VENV)/python -m infra.canary $(or $(ENV),--help) $(if $(filter-out 0,$(JSON)),--json)

idle: setup  ## What an environment costs in a month while nobody talks: make idle ENV=dev (JSON=1)
	@$(VENV)/python -m infra.capacity.idle $(or $(ENV),--help) $(if $(filter-out 0,$(JSON)),--json)

diff: setup  ## What deploying would add, change, replace and remove: make diff ENV=dev (JSON=1)
	@$(VENV)/python -m infra.deploy.diff $(ENV) $(if $(JSON),--json)

destroy: setup  ## Delete an environment's stack; its data too only with DATA and its name again: make destroy ENV=dev (DATA=dev)
	@$(VENV)/python -m infra.deploy.destroy $(ENV) $(if $(DATA),--data '$(DATA)')

environment: setup  ## A new environment's file, from another's: make environment NAME=staging FROM=dev (REGION=eu-central-1)
	@$(VENV)/python -m infra.deploy.environment $(NAME) $(if $(FROM),--like '$(FROM)') $(if $(REGION),--region '$(REGION)')

watch: setup  ## The figures of an environment, live: make watch ENV=local (JSON=1 for one sample; MINUTES=5)
	@exec $(VENV)/python -m infra.operate.watch $(if $(ENV),$(ENV),--help) $(if $(JSON),--json) $(if $(MINUTES),--minutes '$(MINUTES)')

redrive: setup  ## Do again what is in the dead-letter queues: make redrive ENV=dev (QUEUE=Undelivered JSON=1 DROP=1)
	@$(VENV)/python -m infra.operate.redrive $(if $(ENV),$(ENV),--help) $(if $(QUEUE),--queue '$(QUEUE)') \
		$(if $(JSON),--json) $(if $(DROP),--drop-expired)

archive: setup  ## Once after turning the archive on, older conversations are scheduled for it: make archive ENV=dev (JSON=1)
	@$(VENV)/python -m infra.operate.archive $(if $(ENV),$(ENV),--help) $(if $(JSON),--json)

restore: setup  ## An environment's tables as they were, as new ones: make restore ENV=dev AT=2026-11-30T12:00:00Z (or latest; LOG=arn DIRECTORY=arn ROLE=arn JSON=1)
	@exec $(VENV)/python -m infra.recovery.restore $(if $(ENV),$(ENV),--help) $(if $(AT),--at '$(AT)') $(if $(LOG),--log '$(LOG)') \
		$(if $(DIRECTORY),--directory '$(DIRECTORY)') $(if $(ROLE),--role '$(ROLE)') $(if $(JSON),--json)

reconnect: setup  ## Have every client connect and sync again, after its tables were restored: make reconnect ENV=dev (TABLE=the old Directory)
	@exec $(VENV)/python -m infra.recovery.reconnect $(if $(ENV),$(ENV),--help) $(if $(TABLE),--table '$(TABLE)') $(if $(JSON),--json)

export-users: setup  ## The user pool as a file, without passwords: make export-users ENV=dev (TO=file JSON=1)
	@exec $(VENV)/python -m infra.recovery.export_users $(if $(ENV),$(ENV),--help) $(if $(TO),--to '$(TO)') $(if $(JSON),--json)

drill: setup  ## Lose a local environment's tables while clients talk, and get them back: build/drill.json (SECONDS=5 JSON=1)
	@exec $(VENV)/python -m infra.recovery.drill $(if $(SECONDS),--seconds '$(SECONDS)') $(if $(JSON),--json)

access: setup  ## Once for an account, the roles of the team and the trail: make access EMAIL=… (REPOSITORY=owner/name BRANCH=main OPEN=dev)
	@$(VENV)/python -m infra.access $(if $(EMAIL),--email '$(EMAIL)',--help) $(if $(REPOSITORY),--repository '$(REPOSITORY)') \
		$(if $(BRANCH),--branch '$(BRANCH)') $(if $(OPEN),--open '$(OPEN)')

import-legacy: setup  ## A legacy database's profiles and conversations: make import-legacy ENV=dev DUMP=directory (FOLLOW=seconds JSON=1)
	@exec $(VENV)/python -m infra.legacy $(if $(ENV),'$(ENV)' '$(DUMP)',--help) $(if $(FOLLOW),--follow '$(FOLLOW)') $(if $(JSON),--json)

mariadb:  ## A MariaDB for the tests of the legacy database, on Debian and as root; without one they are skipped
	apt-get update -qq && apt-get install -y -qq --no-install-recommends mariadb-server

clean:  ## Remove all that was made here
	rm -rf .venv build .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf clients/web/node_modules clients/web/parley/types
	rm -rf clients/python/build clients/python/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
