#!/bin/sh
# Builds the Go program of a folder, unless the same sources were built before,
# and prints the path of the program: scripts/gobuild.sh FOLDER NAME [LDFLAGS]
#
# Programs are kept outside the tree, by their name and a digest of the sources
# (which pin their modules), the Go version and the flags. Exit code 77: there
# is no Go, or it could not build.
set -eu
folder=$1 name=$2 ldflags=${3:-}
go=$("$(dirname "$0")/go.sh") || exit 77
cd "$folder"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemark-test
sources=$(find . -name '*.go' -o -name 'go.*' | LC_ALL=C sort)
# shellcheck disable=SC2086 # the names hold no blanks
key=$({ "$go" env GOVERSION && echo "$ldflags" && sha256sum $sources; } | sha256sum | cut -c 1-32)
program=$cache/$name-$key
if [ ! -x "$program" ]; then
    mkdir -p "$cache"
    # Several tests may want it at once: one builds, and the others wait for it.
    exec 9>"$cache/$name.lock"
    flock 9
    if [ ! -x "$program" ]; then
        if ! "$go" build -buildvcs=false -ldflags "$ldflags" -o "$program.new" . >&2 9>&-; then
            echo "go cannot build $folder" >&2
            exit 77
        fi
        mv -f "$program.new" "$program"
    fi
fi
echo "$program"
