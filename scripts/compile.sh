#!/bin/sh
# Configures the folder once and builds it: scripts/compile.sh FOLDER [meson options].
# Prints nothing but faults.
set -eu
folder=$1
shift
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ ! -f "$folder/build.ninja" ]; then
    meson setup "$folder" --prefix "${PREFIX:-/usr/local}" "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        rm -rf "$folder"
        exit 1
    }
elif [ -n "${PREFIX:-}" ]; then
    meson configure "$folder" --prefix "$PREFIX" >"$log" 2>&1
fi
ninja -C "$folder" >"$log" 2>&1 || {
    cat "$log" >&2
    exit 1
}
