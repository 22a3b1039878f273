# The menu.  Meson does the work; see meson.build, and packaging/ for what is installed.
.DEFAULT_GOAL := help
JOBS ?= 2
CONFIG := var/postrider.conf
PORT_BASE ?= 10000

.PHONY: help run demo build debug test test-interop tsan fuzz bench fmt lint windows sizes clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

build/build.ninja:
	@packaging/install build
	meson setup build --buildtype=release -Db_ndebug=false

build: build/build.ninja ## the program, optimised, at build/postrider
	@packaging/install build
	ninja -C build -j $(JOBS) postrider

$(CONFIG): | build
	@mkdir -p var
	@build/postrider init var --domain example.test --account alice@example.test --hostname mail.example.test --port-base $(PORT_BASE) < /dev/null

run: build $(CONFIG) ## build, configure under ./var, start, and say what to try next
	@tools/run $(CONFIG)

demo: build ## two servers with a DNS between them, mail both ways, and what was fetched compared with what was sent
	@packaging/install demo
	@/usr/bin/python3 tools/demo $(if $(filter command line,$(origin PORT_BASE)),--port-base $(PORT_BASE))

build-debug/build.ninja:
	@packaging/install build
	meson setup build-debug --buildtype=debug

debug: build-debug/build.ninja ## the same with symbols and without optimisation, at build-debug/postrider
	ninja -C build-debug -j $(JOBS) postrider

test: ## install what tests need, build with ASan and UBSan and as released, run everything in both
	@packaging/install build test
	@tools/test

test-interop: build ## mail clients that nobody here wrote, on a mailbox of INTEROP_MESSAGES (10000)
	@packaging/install interop || echo "Clients that could not be had are skipped."
	@INTEROP_MESSAGES=$(or $(INTEROP_MESSAGES),10000) tools/test-interop $(if $(BUDGET),--budget $(BUDGET)) $(CLIENTS)

tsan: ## the unit tests under the thread sanitizer
	@packaging/install build test
	@[ -e build-tsan/build.ninja ] || meson setup build-tsan --buildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false
	ninja -C build-tsan -j $(JOBS)
	meson test -C build-tsan --print-errorlogs

fuzz: ## each fuzz target for SECONDS (20)
	@packaging/install build test
	@[ -e build-fuzz/build.ninja ] || CC=clang meson setup build-fuzz --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false -Dfuzz=true
	ninja -C build-fuzz -j $(JOBS)
	tools/fuzz -b build-fuzz $(or $(SECONDS),20)

bench: build ## against Postfix, in one run on this machine
	@packaging/install build bench
	bench/run

fmt: ## clang-format everything
	@git ls-files '*.c' '*.h' | xargs clang-format -i

lint: ## floors, sizes, banned calls, READMEs, formatting, two compilers without a warning
	@packaging/install build test
	tools/lint

windows: ## what the library is made of, compiled for Windows
	@packaging/install build test
	tools/windows

sizes: ## how long files and functions are
	@tools/sizes

clean: ## what was built; ./var stays
	rm -rf build build-*
