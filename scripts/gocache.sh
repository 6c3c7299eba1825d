#!/bin/sh
# Makes something with Go once: scripts/gocache.sh NAME COMMAND
#
# Runs COMMAND by the shell in the current folder, a Go module, with the path of
# Go in $GO and of the file or folder to make in $OUT, unless that was made
# before from the same sources (which pin their modules), by the same Go and
# command. Prints the path, which is outside the tree. Exit code 77: there is no
# Go, or the command failed.
set -eu
name=$1 command=$2
GO=$("$(dirname "$0")/go.sh") || exit 77

cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemark-test
sources=$(find . -name '*.go' -o -name 'go.*' | LC_ALL=C sort)
# shellcheck disable=SC2086 # the names hold no blanks
key=$({ "$GO" env GOVERSION && echo "$command" && sha256sum $sources; } | sha256sum | cut -c 1-32)
made=$cache/$name-$key
if [ ! -e "$made" ]; then
    mkdir -p "$cache"
    # Several tests may want it at once: one makes it, and the others wait.
    exec 9>"$cache/$name.lock"
    flock 9
    if [ ! -e "$made" ]; then
        OUT=$made.new
        export GO OUT
        rm -rf "$OUT"
        if ! sh -c "$command" >&2 9>&-; then
            echo "cannot make $name with Go" >&2
            exit 77
        fi
        mv "$OUT" "$made"
    fi
fi
echo "$made"
