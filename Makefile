# Jalon : tout ce qui s'installe, se lance et se vérifie. « make » seul affiche la liste.
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.SILENT:
.DEFAULT_GOAL := help

BIN := .venv/bin
PYTHON := $(BIN)/python
FITS := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PIP := $(PYTHON) -m pip --disable-pip-version-check --no-input --quiet
# The lists hold every library: pip resolves nothing (--no-deps), and could not (it takes « sqlalchemy[asyncio] » for unpinned).
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
ROOMS := tracks config store tasks flows desk
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
WORKERS ?= 2

.PHONY: help install dev demo test test-browser check format breaks bench prove audit lock revision clean

help: ## cette liste
	grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-14s %s\n", $$1, $$2 }'

install: .venv/.installed ## Jalon dans .venv, prêt à lancer : .venv/bin/jalon

dev: .venv/.dev ## de quoi tester et vérifier, en plus

demo: install ## un département d'exemple : import, nuit du 23 novembre 2026, envois, page (TERRITORY=isere, lot…)
	$(BIN)/jalon demo $(if $(TERRITORY),--territory $(TERRITORY))

test: dev ## tous les tests, sur SQLite et sur un vrai PostgreSQL
	$(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup -m "not browser"

test-browser: dev ## ce qui se regarde, dans Chromium
	if test -z "$(CHROMIUM)"; then echo "Chromium manque. Debian : sudo apt-get install chromium. macOS : brew install --cask chromium." >&2; exit 1; fi
	CHROMIUM="$(CHROMIUM)" $(PYTHON) -m pytest -m browser

check: dev ## mise en forme, règles, types, sécurité du code
	$(BIN)/ruff format --check --quiet . || { echo "Des fichiers sont mal mis en forme : lancez « make format »." >&2; exit 1; }
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary
	$(BIN)/bandit --quiet --recursive --severity-level medium --skip B704 $(ROOMS)  # B704: ruff's S704 asks it, with a reason a line

format: dev ## met en forme
	$(BIN)/ruff check --quiet --fix-only .
	$(BIN)/ruff format --quiet .

breaks: dev ## casse chaque promesse exprès : un test doit le voir
	$(PYTHON) -m tests.breaks.run

bench: dev ## mesure la nuit (1 000, 10 000, 100 000 dossiers), les envois et les pages du bureau
	$(PYTHON) -m bench

prove: dev ## les campagnes de preuve, résultats dans JALON_HOME/prove.json
	$(PYTHON) -m tests.campaigns.run

audit: dev ## failles connues des bibliothèques (demande un service d'avis de sécurité)
	$(PYTHON) -m scripts.audit

lock: ## refait les listes de bibliothèques (demande uv)
	command -v uv >/dev/null || { echo "uv manque : pip install uv" >&2; exit 1; }
	$(LOCK) $(UPGRADE) --output-file requirements/run.txt
	$(LOCK) $(UPGRADE) --group dev --constraints requirements/run.txt --output-file requirements/dev.txt

revision: dev ## écrit la prochaine révision de la base : make revision MESSAGE="what changes"
	$(PYTHON) -m scripts.revision $(MESSAGE)
	$(BIN)/ruff format --quiet store/migrations

clean: ## supprime .venv et les caches ; garde les données (var/)
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: requirements/run.txt pyproject.toml
	if ! $(PYTHON) -c '$(FITS)' 2>/dev/null; then \
	  for python in python3.13 python3.12 python3.11 python3; do \
	    if "$$python" -c '$(FITS)' 2>/dev/null; then fit=$$python; break; fi; \
	  done; \
	  if test -z "$$fit"; then \
	    echo "Jalon demande Python 3.11, 3.12 ou 3.13, avec son module venv." >&2; \
	    echo "Debian : sudo apt-get install python3 python3-venv. macOS : brew install python@3.13." >&2; \
	    exit 1; \
	  fi; \
	  "$$fit" -m venv --clear .venv; \
	fi
	echo "Installation de Jalon dans .venv (une à deux minutes la première fois)…"
	$(PYTHON) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m ensurepip >/dev/null
	$(PIP) install --no-deps --require-hashes -r requirements/run.txt
	PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

.venv/.dev: .venv/.installed requirements/dev.txt
	echo "Installation des outils de test…"
	$(PIP) install --no-deps --require-hashes -r requirements/dev.txt
	touch $@
