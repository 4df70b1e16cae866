# `make run` and `make test` need nothing but Python 3.11 or newer; each makes .venv first and
# installs the versions of uv.lock.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# uv installs the same as pip, but faster.
UV := $(shell command -v uv)
PIP := $(if $(UV),$(UV) pip install --python $(BIN)/python,$(BIN)/python -m pip install) --quiet
.DELETE_ON_ERROR:
.PHONY: run test coverage test-newest test-lowest test-unlocked test-faults test-properties judges mjml-schema spam-scores load lint release-check lock bench bench-mail bench-web bench-form bench-list bench-feeds bench-reading bench-delivery peers golden pictures catalogues clean

run: $(VENV)/run
	$(BIN)/publisher build
	@echo "Subscribe to out/feeds/issues.atom; see all of it with: $(BIN)/publisher serve"

# How much of the program unit tests run. Measured apart from others: tracing doubles their time.
coverage: $(VENV)/test
	$(BIN)/python -m pytest --cov --cov-report= $(or $(TESTS),tests/unit)
	$(BIN)/coverage report --skip-covered

# Another Python, some of the tests: make test VENV=.venv-old PYTHON=python3.11 TESTS=tests/unit
test: $(VENV)/test
	$(BIN)/python -m pytest $(TESTS)

# Unit, golden and property tests with versions that are not locked: the newest, or the lowest of
# direct dependencies, that pyproject.toml allows.
test-newest test-lowest: $(VENV)/test
	$(MAKE) test-unlocked LOCKED_BIN=$(BIN) VENV=.venv-$(@:test-%=%) \
		RESOLUTION=$(if $(filter %-newest,$@),highest,lowest-direct)

UNLOCKED := $(LOCKED_BIN)/uv pip install --quiet --python $(BIN)/python
test-unlocked:
	$(LOCKED_BIN)/uv venv --quiet --clear --python $(LOCKED_BIN)/python $(VENV)
	$(UNLOCKED) --resolution $(RESOLUTION) --requirements pyproject.toml --group build --group test
	$(UNLOCKED) --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pytest $(or $(TESTS),tests/unit tests/golden tests/property)

# What sends, killed 200 times while 5,000 mails go out, and many more lives of its ledger and of
# feeds' archives:
# `make test` has a short form of both.
test-faults: $(VENV)/test
	PUBLISHER_TEST_KILLS=200 PUBLISHER_TEST_MAILS=5000 PUBLISHER_TEST_LIVES=500 \
		$(BIN)/python -m pytest tests/fault tests/property/test_delivery_states.py \
		tests/property/test_feed_archives.py

# Twenty times the examples of what holds whatever comes, and digests of megabytes.
test-properties: $(VENV)/test
	PUBLISHER_TEST_BYTES=1000000 $(BIN)/python -m pytest --hypothesis-profile=long \
		tests/property tests/judges/test_markup.py

# What tests/judges asks besides: html-validate, npm's mjml and axe-core. Needs Node 18 or newer.
judges:
	cd tests/judges && npm ci --silent

# MJML's tables anew, of the version that tests/judges/package.json names.
mjml-schema: judges
	node tests/judges/mjml_schema.mjs > publisher/render/mjml/schema.json

# What rspamd and SpamAssassin make of the mails, as docs/explanation/email.md has it: some minutes.
spam-scores: $(VENV)/test
	$(BIN)/python -m tests.judges.scores

# 10,000 people who ask for one address: `make test` has 400.
load: $(VENV)/test
	PUBLISHER_TEST_REQUESTS=10000 $(BIN)/python -m pytest -n0 tests/e2e/test_subscription_pages.py -k one_mail

# uv.lock names the public index, whatever index this machine installs from.
PUBLIC := --no-config --default-index https://pypi.org/simple
lint: $(VENV)/test
	$(BIN)/uv lock $(PUBLIC) --check --offline --quiet || { echo 'uv.lock is behind pyproject.toml: make lock' >&2; exit 1; }
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# Whether the wheel and the sdist of the last commit are the same bytes when they are built twice, in
# other folders and with other file times and rights; then the files of the wheel.
CHECKED := dist/release-check
release-check: $(VENV)/test
	rm -rf $(CHECKED)
	for mask in 022 077; do \
		mkdir -p $(CHECKED)/$$mask/source && (umask $$mask; git archive HEAD \
			| tar -x --touch --no-same-permissions -C $(CHECKED)/$$mask/source) && \
		(cd $(CHECKED)/$$mask/source && SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) \
			$(abspath $(BIN))/hatchling build --directory ..) || exit 1; \
	done
	for file in $(CHECKED)/022/*.*; do cmp $$file $(CHECKED)/077/$${file##*/} || exit 1; done
	sha256sum $(CHECKED)/022/*.*
	$(BIN)/python -m zipfile --list $(CHECKED)/022/*.whl

# Update uv.lock and requirements*.txt after a change of pyproject.toml. Versions that it still
# allows do not change; to update all of them: make lock UPGRADE=--upgrade
EXPORT := $(BIN)/uv export --quiet --frozen --no-emit-project --no-default-groups
lock: $(VENV)/test
	$(BIN)/uv lock $(PUBLIC) $(UPGRADE)
	$(EXPORT) --only-group build --output-file requirements-build.txt >/dev/null
	$(EXPORT) --output-file requirements.txt >/dev/null
	$(EXPORT) --all-groups --all-extras --output-file requirements-dev.txt >/dev/null

# Against hugo and pelican, in one run on this machine; never a part of the tests.
bench: $(VENV)/run
	$(BIN)/python -m tests.bench

# What a mail costs: an issue made, and each reader's signed copy.
bench-mail: $(VENV)/run
	$(BIN)/python -m tests.bench.mail

# One-click unsubscribes a second, with wrk.
bench-web: $(VENV)/test
	$(BIN)/python -m tests.bench.web

# Whether the time of the form's answer tells who is on the list.
bench-form: $(VENV)/test
	$(BIN)/python -m tests.bench.form

# What a list costs: a million people imported, and picked for a mail, in both databases.
bench-list: $(VENV)/test
	$(BIN)/python -m tests.bench.people

# What feeds cost: polls beside nginx, with wrk; 10,000 entries in each format; one more issue on
# 10 and on 10,000.
bench-feeds: $(VENV)/run
	$(BIN)/python -m tests.bench.feeds

# What reading digests takes, beside markdown-it-py.
bench-reading: $(VENV)/run
	$(BIN)/python -m tests.bench.reading

# How fast mail goes out, beside Postfix's smtp-source, nodemailer and aiosmtplib.
bench-delivery: $(VENV)/test
	$(BIN)/python -m tests.bench.delivery

# What bench-delivery measures besides: nodemailer. Needs Node 18 or newer.
peers:
	cd tests/bench/peers && npm ci --silent

# Write the expected files of tests/golden anew; read the diff before you commit it.
golden: $(VENV)/test
	PUBLISHER_REGENERATE=1 $(BIN)/python -m pytest tests/golden -n0

# Take the pictures in docs/images anew, with Chromium; look at them before you commit them.
pictures: $(VENV)/test
	$(BIN)/python docs/pictures.py

# Bring the catalogues of interface words up to date: once, translate what is new in the .po
# files, and once more.
catalogues: $(VENV)/test
	$(BIN)/pybabel --quiet extract --mapping=pyproject.toml --no-location --output=$(VENV)/publisher.pot .
	$(BIN)/pybabel --quiet update --domain=publisher --input-file=$(VENV)/publisher.pot \
		--output-dir=publisher/locale --ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date
	$(BIN)/pybabel --quiet compile --domain=publisher --directory=publisher/locale

clean:
	rm -rf .venv* out dist

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("publisher needs Python 3.11 or newer; PYTHON=… names another" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# --no-build-isolation: packages without a wheel, and this one, are built with locked versions too.
$(VENV)/run: $(VENV)/bin/python pyproject.toml requirements-build.txt requirements.txt
	$(PIP) --require-hashes --requirement requirements-build.txt
	$(PIP) --require-hashes --no-build-isolation --requirement requirements.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/test: $(VENV)/run requirements-dev.txt
	$(PIP) --require-hashes --no-build-isolation --requirement requirements-dev.txt
	touch $@
