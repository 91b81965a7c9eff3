# make up    from a clean clone to a running system, in the foreground; Ctrl-C stops all of it
# make up HTTPS=1  the same, and under TLS for the phones in this network: docs/proxy.md, "Phones in the room"
# make test  everything CI runs
# make conformance URL=http://host/files/   ask any tus server what docs/conformance.md asks ours
# make strings  find what the pages say now, and bring every translation up to it; LANGUAGE=fr begins one
# make audit   what is known against our packages; red where something is, loud where nobody could be asked
# make release VERSION=1.4.0  what is handed on, of one tested commit, with what it is made of: docs/releasing.md
# make bench   every figure beside a peer's; FIGURES="throughput crowd ..." for some of them
# make chaos MINUTES=10 SEED=1  all of it in use, while its processes are killed and stopped: docs/chaos.md
# make fuzz COUNT=2000 SEED=1  broken media by the thousand; a seed and a number name a file again
# Settings are TIPLINE_* variables; docs/operations.md lists them.

.PHONY: up test lint audit release strings conformance bench chaos fuzz clean

MINUTES ?= 10

up:
	@bootstrap/prepare && exec .venv/bin/tipline up $(if $(filter-out 0,$(HTTPS)),--https)

# A file's tests stay together: they share its fixtures.
test: lint audit
	@rm -f .cache/tested
	@.venv/bin/pytest -n logical --maxprocesses 4 --dist loadfile
	@if [ -z "$$(git status --porcelain 2>&1)" ]; then git rev-parse HEAD >.cache/tested; fi

lint:
	@bootstrap/prepare dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@bootstrap/with-node npm run --silent check
	@.venv/bin/hadolint Dockerfile infra/proxy/Dockerfile
	@.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml infra/observability/compose.yaml

audit:
	@bootstrap/prepare dev
	@.venv/bin/python -m infra.release.audit

# UNAUDITED="why": where nobody could be asked what is known against our packages.
release:
	@bootstrap/prepare dev
	@.venv/bin/python -m infra.release make "$(or $(VERSION),$(error say VERSION=1.4.0))" $(if $(UNAUDITED),--unaudited "$(UNAUDITED)")

# Obsolete strings go, new ones stand empty: tests/web/citizen/test_strings.py names them.
strings:
	@bootstrap/prepare dev
	@.venv/bin/pybabel -q extract -F babel.cfg -k lazy_gettext --no-location --sort-output --no-wrap -o .cache/messages.pot .
	@$(if $(LANGUAGE),.venv/bin/pybabel -q init -i .cache/messages.pot -d web/citizen/translations -l $(LANGUAGE))
	@.venv/bin/pybabel -q update -i .cache/messages.pot -d web/citizen/translations --no-fuzzy-matching --ignore-obsolete --no-wrap
	@$(call texts,intake/texting,replies.py)
	@$(call texts,web/console,canned.py)

# What is said outside of the pages: one file for each language, read as it is.
define texts
.venv/bin/pybabel -q extract --no-location --sort-output --no-wrap -o .cache/texts.pot $(1)/$(2) \
&& $(if $(LANGUAGE),.venv/bin/pybabel -q init -i .cache/texts.pot -o $(1)/translations/$(LANGUAGE).po -l $(LANGUAGE) &&) \
for po in $(1)/translations/*.po; do .venv/bin/pybabel -q update -i .cache/texts.pot -o $$po -l $$(basename $$po .po) \
--no-fuzzy-matching --ignore-obsolete --no-wrap || exit 1; done
endef

conformance:
	@bootstrap/prepare dev
	@.venv/bin/pytest tests/intake/conformance -p no:randomly --tb=no --tus-url "$(or $(URL),$(error say URL=http://host/files/))"

bench:
	@bootstrap/prepare dev
	@.venv/bin/python -m bench $(FIGURES)

chaos:
	@bootstrap/prepare dev
	@.venv/bin/python -m tests.chaos --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

fuzz:
	@bootstrap/prepare dev
	@.venv/bin/python -m tests.workers.fuzz --count $(or $(COUNT),2000) $(if $(SEED),--seed $(SEED)) $(if $(NUMBER),--number $(NUMBER))

# Everything that was fetched or built; never the state under ./var.
clean:
	rm -rf .cache .venv node_modules web/citizen/dist web/console/static/dist
