# make briefing   set up whatever is missing and build the briefings
# make test       the same set-up, plus what the tests need, then every test
# make test-quick the tests without the slow ones      make bench   ratios, side by side
# make lint       ruff and mypy                        make lock    the hashed locks, made anew
# make pictures the pictures of the README, which tests compare pages with, made anew
# make words      the program's texts for translators: templates/locales/briefing.pot and each language's briefing.po

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
# Library file or command that must be there, then the Debian package that brings it.
SYSTEM := lib:libpango-1.0.so.0=libpango-1.0-0 lib:libpangoft2-1.0.so.0=libpangoft2-1.0-0 \
	lib:libharfbuzz-subset.so.0=libharfbuzz-subset0 font:NotoSans-Regular.ttf=fonts-noto-core \
	font:NotoSansCJK-Regular.ttc=fonts-noto-cjk cmd:fc-match=fontconfig \
	cmd:update-ca-certificates=ca-certificates
TEST_SYSTEM := $(SYSTEM) cmd:pdftoppm=poppler-utils cmd:javac=default-jdk-headless cmd:strace=strace cmd:softhsm2-util=softhsm2 cmd:openssl=openssl cmd:pg_ctlcluster=postgresql cmd:chromium=chromium cmd:curl=curl cmd:/usr/sbin/sshd=openssh-server cmd:ssh-keygen=openssh-client cmd:faketime=faketime cmd:systemd-analyze=systemd cmd:/usr/sbin/nginx=nginx-light
# Folders of data/; none: all.
TOPICS ?=

.PHONY: briefing test test-quick bench lint lock words pictures
.DELETE_ON_ERROR:

briefing: .venv/ready
	@$(BIN)/briefing build $(TOPICS)

test: .venv/ready-test
	$(BIN)/python -m pytest -n 2 $(ARGS)

test-quick: .venv/ready-test
	$(BIN)/python -m pytest -n 2 -m "not slow" $(ARGS)

bench: .venv/ready-test
	$(BIN)/python tests/bench.py $(ARGS)

lint: .venv/ready-test
	$(BIN)/ruff check generator tests
	$(BIN)/mypy

WORDS := templates/locales
BABEL := env -u PYTHONDONTWRITEBYTECODE $(BIN)/pybabel -q
words: .venv/ready
	$(BABEL) extract -F $(WORDS)/babel.cfg -k msgid -k msgids:1,2 --no-location --omit-header -o $(WORDS)/briefing.pot .
	for l in $$(ls -d $(WORDS)/*/LC_MESSAGES/briefing.po | cut -d/ -f3); do $(BABEL) update -D briefing -i $(WORDS)/briefing.pot \
		-d $(WORDS) -l $$l --no-fuzzy-matching --ignore-pot-creation-date --width=110 || exit 1; done

pictures: .venv/ready-test
	$(BIN)/python tests/pictures.py

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --only-binary :all: \
		pyproject.toml --all-extras --group build -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --only-binary :all: \
		pyproject.toml --all-extras --group build --group test -c requirements.lock -o requirements-test.lock

.venv/ready: requirements.lock pyproject.toml
	@sh setup.sh "$(PYTHON)" requirements.lock $(SYSTEM)
	@touch $@

.venv/ready-test: requirements-test.lock pyproject.toml
	@sh setup.sh "$(PYTHON)" requirements-test.lock $(TEST_SYSTEM)
	@touch $@ .venv/ready
