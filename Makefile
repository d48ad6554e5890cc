# Python 3.11+ and make are all a machine needs; everything else goes into .venv.
PYTHON ?= python3
BIN    := .venv/bin
RUNS   := .venv/.runs
READY  := .venv/.ready
DISTRIBUTIONS := shared/client shared/desk services/bot services/dispatcher services/sandbox services/demo
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
N ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup run test check format bench chaos mutants screenshots up scale down lock catalogues

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## make .venv with everything, pinned

$(READY): requirements/dev.txt $(RUNS)
	@$(PYTHON) requirements/install.py dev
	@touch $@

$(RUNS): requirements/run.txt $(DISTRIBUTIONS:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Onduty needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) requirements/install.py run $(DISTRIBUTIONS)
	@touch $@

run: $(RUNS) ## the whole desk on this machine: Redis, Telegram sandbox, bot, two dispatchers
	@$(BIN)/python -m onduty_demo

test: $(READY) ## every test, four at a time: most of them wait (12 to 20 minutes on two cores)
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --numprocesses 4 --dist loadscope --no-loadscope-reorder

check: $(READY) ## format, lint, types, import directions, Dockerfile, Lua
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile
	PYTHONPATH=tests $(BIN)/python -m lua_check shared services

format: $(READY) ## put every file into our format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	PYTHONPATH=tests $(BIN)/python -m lua_check --write shared services

bench: $(READY) ## measure speed beside other ways to do it (an hour), into docs/benchmarks.md
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	PYTHONPATH=tests $(BIN)/python -m bench

chaos: $(READY) ## kill everything, count what was lost, then race to claim and to answer (7 minutes): make chaos SEED=7
	PYTHONPATH=tests $(BIN)/python -m chaos$(if $(CONVERSATIONS),.many --conversations $(CONVERSATIONS)) $(if $(SEED),--seed $(SEED)) $(if $(SECONDS),--seconds $(SECONDS))

mutants: $(READY) ## change the code at 60 places, one at a time: does a test fail? (half an hour): make mutants SEED=7
	PYTHONPATH=tests $(BIN)/python -m mutants --jobs 2 $(if $(SEED),--seed $(SEED)) $(if $(COUNT),--count $(COUNT)) $(if $(ONLY),--only '$(ONLY)')

screenshots: $(READY) ## the pictures in README.md and docs, from a desk that runs (needs Chromium)
	PYTHONPATH=tests $(BIN)/python -m browser.screenshots

up: ## build and start the containers, with as many dispatchers as there were
	@status=0; complain() { echo "$$1" >&2; status=1; }; \
	need() { \
	  if [ ! -f "secrets/$$1" ] || [ ! -s "secrets/$$1" ]; then \
	    complain "secrets/$$1 is missing; make it with: mkdir -p -m 700 secrets && $$2 > secrets/$$1"; \
	  elif [ -z "$$(find "secrets/$$1" -perm -o=r)" ]; then \
	    complain "secrets/$$1 cannot be read by the containers' users; allow it with: chmod a+r secrets/$$1"; \
	  fi; }; \
	need onduty_bot_token "printf %s 'TOKEN-FROM-BOTFATHER'"; \
	need onduty_team_secret "printf %s 'YOUR SECRET PHRASE'"; \
	need redis_password "openssl rand -hex 24"; \
	need onduty_redis_url 'printf redis://:%s@redis:6379/0 "$$(cat secrets/redis_password)"'; \
	exit $$status
	@count=$$($(COMPOSE) ps --all --quiet dispatcher 2>/dev/null | grep -c .); \
	set -x; $(COMPOSE) up --build --detach --scale dispatcher=$$((count > 1 ? count : 1))

scale: ## run N dispatchers: make scale N=4
	$(COMPOSE) up --detach --no-recreate --scale dispatcher=$(N)

down: ## stop the containers; Redis keeps its data
	$(COMPOSE) down

lock: $(READY) ## pin the newest versions again, with hashes
	for set in client services build run dev bench; do $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" requirements/$$set.in -o requirements/$$set.txt || exit 1; done

catalogues: $(READY) ## collect the operators' texts and compile their translations
	$(BIN)/python -m onduty_desk.texts.catalogues
