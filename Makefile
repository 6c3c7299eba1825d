# The doors to the build: what a person types. The build itself is meson's.
#
#   make build      build/tidemark
#   make test       install what the tests need, build, run all tests
#   make demo       install what the demo needs, and show the main job on real parts
#   make install    the program, its man page and completions, below PREFIX
#   make sanitize   all tests under AddressSanitizer and UndefinedBehaviorSanitizer
#   make fuzz       every fuzz target for FUZZ_SECONDS
#   make bench      the numbers, as ratios to git and curl
#   make format     lay out the sources

PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60

.PHONY: build test demo install sanitize clang fuzz bench format clean

build:
	@scripts/packages.sh build
	@scripts/compile.sh build -Dtests=false
	@echo 'built build/tidemark'

test:
	@scripts/packages.sh build test
	@scripts/compile.sh build-test
	@tests/run.sh build-test

demo: build
	@scripts/packages.sh demo
	@scripts/demo.sh build/tidemark

install: build
	@meson install -C build --quiet --no-rebuild
	@echo 'installed below $(PREFIX)'

sanitize:
	@scripts/packages.sh build test
	@scripts/compile.sh build-sanitize -Db_sanitize=address,undefined -Db_lundef=false
	@tests/run.sh build-sanitize

clang:
	@scripts/packages.sh build test clang
	@CC=clang CXX=clang++ scripts/compile.sh build-clang
	@tests/run.sh build-clang

fuzz:
	@scripts/packages.sh build test clang
	@CC=clang CXX=clang++ scripts/compile.sh build-fuzz -Dfuzz=true \
		-Db_sanitize=address,undefined -Db_lundef=false
	@tests/fuzz/run.sh build-fuzz $(FUZZ_SECONDS)

bench: build
	@scripts/packages.sh test bench
	@bench/run.sh build/tidemark

format:
	@scripts/packages.sh clang
	@git ls-files '*.c' '*.h' '*.cc' | xargs clang-format -i

clean:
	@rm -rf build build-*

export PREFIX
