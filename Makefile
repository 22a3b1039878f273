# The menu.  Meson does the work; see meson.build, and packaging/ for what is installed.
.DEFAULT_GOAL := help
JOBS ?= 2
CONFIG := var/postrider.conf
PORT_BASE ?= 10000

.PHONY: help run demo build lib install debug test test-interop tsan fuzz bench fmt lint windows sizes clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

build/build.ninja:
	@packaging/install build
	meson setup build --buildtype=release -Db_ndebug=false

build: build/build.ninja ## the program, optimised, at build/postrider
	@packaging/install build
	ninja -C build -j $(JOBS) postrider

lib: build/build.ninja ## the library: build/libpostrider.so, libpostrider.a, postrider.pc
	@packaging/install build
	ninja -C build -j $(JOBS) libpostrider.so.1 libpostrider.a

install: lib ## the library, its header and its .pc under PREFIX (/usr/local) in DESTDIR
	@$(if $(PREFIX),meson configure build -Dprefix=$(PREFIX) && ninja -C build -j $(JOBS) libpostrider.so.1 libpostrider.a)
	DESTDIR="$(abspath $(DESTDIR))" meson install -C build --no-rebuild --tags library

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

test-interop: build lib ## mail clients that nobody here wrote, on a mailbox of INTEROP_MESSAGES (10000), and bindings
	@packaging/install interop || echo "Clients that could not be had are skipped."
	@INTEROP_MESSAGES=$(or $(INTEROP_MESSAGES),10000) tools/test-interop $(if $(BUDGET),--budget $(BUDGET)) $(CLIENTS)

tsan: ## the unit tests, and the library in threads, under the thread sanitizer
	@packaging/install build test
	@[ -e build-tsan/build.ninja ] || meson setup build-tsan --buildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false
	ninja -C build-tsan -j $(JOBS)
	meson test -C build-tsan --print-errorlogs
	TSAN_OPTIONS=exitcode=66 POSTRIDER=$(CURDIR)/build-tsan/postrider POSTRIDER_LOOKING=$(CURDIR)/build-tsan/postrider \
		/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/e2e/test_component_threads.py tests/e2e/test_component_loop.py </dev/null

fuzz: ## each fuzz target for SECONDS (20)
	@packaging/install build test
	@[ -e build-fuzz/build.ninja ] || CC=clang meson setup build-fuzz --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false -Dfuzz=true
	ninja -C build-fuzz -j $(JOBS) $$(ninja -C build-fuzz -t targets all | sed -n 's!^\(tests/fuzz/.*/fuzz_[^:./]*\):.*!\1!p')
	tools/fuzz -b build-fuzz -j $(JOBS) $(or $(SECONDS),20)

bench: build ## against Postfix, in one run on this machine
	@packaging/install build bench
	bench/run

fmt: ## clang-format everything
	@git ls-files '*.c' '*.h' | xargs clang-format -i

lint: ## floors, sizes, banned calls, READMEs, formatting, two compilers without a warning
	@packaging/install build test
	tools/lint

windows: ## the library for Windows, by mingw-w64: build-windows/postrider.dll, its import libraries, postrider-send.exe
	@packaging/install build test
	tools/windows

sizes: ## how long files and functions are
	@tools/sizes

clean: ## what was built; ./var stays
	rm -rf build build-*
