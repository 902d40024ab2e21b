# Two commands are all it takes on a bare Debian with a Rust toolchain: `make run` and `make test`. Both install what lacks from
# Debian's packages, and only what lacks: as root, or with sudo.

PACKAGES := $(if $(shell command -v cc),,gcc libc6-dev) pkg-config libcairo2-dev libpango1.0-dev postgresql \
	fonts-inter fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji
# Elsewhere than on Debian, who has pango has read the sentence in `install` below.
ifeq ($(shell command -v dpkg-query || pkg-config --exists pangocairo 2>/dev/null && echo pango),pango)
PACKAGES :=
endif
# Whoever has these from elsewhere keeps them.
TEST_PACKAGES := $(if $(shell command -v chromium),,chromium) $(if $(shell command -v node),,nodejs) $(if $(shell command -v npm),,npm)
BENCH_PACKAGES := $(if $(shell command -v wrk),,wrk) $(if $(shell command -v nginx),,nginx-light)

BROWSER := tests/browser
BENCH := benches/browser
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

.PHONY: help run test check test-rust test-browser bench packages test-packages bench-packages toolchain lints
.NOTPARALLEL:

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s%s\n", $$1, $$2 }' Makefile

run: packages toolchain ## install what lacks, build, start on http://127.0.0.1:8080 with a demo conversation
	@exec cargo run --release -- demo

test: test-packages check test-rust test-browser ## install what lacks and run every check and test

check: packages toolchain ## formatting, lints and documentation, without the tests
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps

test-rust: packages toolchain ## the Rust tests
	cargo test

test-browser: packages test-packages toolchain $(BROWSER)/node_modules/.package-lock.json ## JavaScript types and the browser tests
	cd $(BROWSER) && npm run check
	cargo build
	cd $(BROWSER) && CHROMIUM=$$(command -v chromium) npm test

bench: packages test-packages bench-packages toolchain $(BENCH)/node_modules/.package-lock.json ## measure what benches/README.md reports
	CHROMIUM=$$(command -v chromium) cargo bench --bench '*'

%/node_modules/.package-lock.json: %/package.json %/package-lock.json | test-packages
	cd $* && npm ci --no-audit --no-fund
	@touch $@

packages:
	@$(call install,$(PACKAGES))

test-packages:
	@$(call install,$(TEST_PACKAGES))

bench-packages:
	@$(call install,$(BENCH_PACKAGES))

# A minimal toolchain has neither.
check: | lints
lints: toolchain
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || rustup component add rustfmt clippy || \
		{ echo 'rustfmt and clippy are missing: install them beside Rust, then come back.' >&2; exit 1; }

toolchain:
	@command -v cargo >/dev/null || { echo 'Rust is missing: install it as https://rustup.rs says, then come back.' >&2; exit 1; }

# PostgreSQL's package would make and start a server of its own, which nobody here needs: told not to before it is installed.
define install
set -e; missing=; \
[ -n "$(strip $(1))" ] || exit 0; \
command -v dpkg-query >/dev/null || { \
	echo "This is not Debian: install what its packages $(strip $(1)) hold, then come back." >&2; exit 1; }; \
for package in $(1); do \
	dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || missing="$$missing $$package"; \
done; \
[ -n "$$missing" ] || exit 0; \
sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
command -v $${sudo:-true} >/dev/null || { echo "There is no sudo here; as root: apt-get install$$missing" >&2; exit 1; }; \
echo "Installing$$missing"; \
conf=/etc/postgresql-common/createcluster.conf; \
if [ ! -e $$conf ]; then \
	$$sudo mkdir -p $${conf%/*}; echo 'create_main_cluster = false' | $$sudo tee $$conf >/dev/null; \
fi; \
$$sudo apt-get update -qq; \
$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null
endef
