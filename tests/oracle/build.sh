#!/bin/sh
# Builds the oracle, unless the same sources were built before, and prints the
# path of the program. Exit code 77: there is no Go, or it could not build.
set -eu
cd "$(dirname "$0")"

go=$(../../scripts/go.sh) || exit 77
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemark-test
sources=$(find . -name '*.go' -o -name 'go.*' | LC_ALL=C sort)
# shellcheck disable=SC2086 # the names hold no blanks
key=$({ "$go" env GOVERSION && sha256sum $sources; } | sha256sum | cut -c 1-32)
program=$cache/oracle-$key
if [ ! -x "$program" ]; then
    mkdir -p "$cache"
    # Several tests may build at once: each its own file, and the last one stays.
    if ! "$go" build -buildvcs=false -o "$program.$$" . >&2; then
        echo 'go cannot build the oracle' >&2
        exit 77
    fi
    mv -f "$program.$$" "$program"
fi
echo "$program"
