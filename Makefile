# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Set-up, build, demo, tests. CMake and Ninja do the work; this only calls them.
#
#   make demo      everything that is needed and the tools, then examples/demo
#   make check     everything that is needed, then all tests
#   make build     the tools in build/bin
#   make asan      all tests with AddressSanitizer and UndefinedBehaviorSanitizer
#   make docs      reference pages in build/docs
#   make bench     times beside peers (PEERS="torch onnxruntime jax iree" installs them
#                  into build/benchmark-python), written to docs/Performance.md; an hour or two
#   make bench-quick   a few cases in under 3 minutes
#   make install   a build without assertions; PREFIX=/usr/local by default
#   make setup     only install the packages that are missing

PREFIX ?= /usr/local
PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)
MAKEFLAGS += --no-print-directory

.PHONY: all build check demo docs asan bench bench-quick install setup clean
all: build

setup:
	@utils/setup.sh

# $(call configure,PRESET,FOLDER): once; Ninja repeats it when a CMake file changes. A
# folder that was configured for another source tree starts afresh.
configure = @grep -qs '^CMAKE_HOME_DIRECTORY:INTERNAL=$(CURDIR)$$' $(2)/CMakeCache.txt && \
	test -f $(2)/build.ninja || cmake --preset $(1) --fresh

build: setup
	$(call configure,default,build)
	@ninja -C build sattn-tools

check: setup
	$(call configure,default,build)
	@ninja -C build
	@$(PYTHON) utils/run-checks.py build

demo: build
	@examples/demo/run-demo.sh

docs: build
	@ninja -C build sattn-docs

# Random cases take many times as long here; SATTN_CASES in the environment sets another
# number of them.
asan: setup
	$(call configure,asan,build/asan)
	@ninja -C build/asan
	@SATTN_CASES=$${SATTN_CASES:-200} $(PYTHON) utils/run-checks.py build/asan

# The benchmark's Python packages have a folder of their own; nothing else needs them.
BENCH := build/benchmark-python/bin/python
$(BENCH):
	@$(PYTHON) -m venv build/benchmark-python
	@$(BENCH) -m pip install --quiet numpy matplotlib
bench: build $(BENCH)
	@$(BENCH) benchmark/run.py --update-docs $(if $(PEERS),--install-peers $(PEERS))
bench-quick: build $(BENCH)
	@$(BENCH) benchmark/run.py --quick --rounds 2 --turn 100 --threads one \
		--peers pytorch-sdpa onnxruntime

# What is installed has no assertions, and names no folder of the machine that built it.
install: setup
	$(call configure,release,build/release)
	@ninja -C build/release
	@cmake --install build/release --prefix $(PREFIX)

clean:
	rm -rf build
