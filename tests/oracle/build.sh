#!/bin/sh
# Builds the oracle, unless that was done before, and prints the path of the
# program. Exit code 77: there is no Go, or it could not build.
set -eu
cd "$(dirname "$0")"
# shellcheck disable=SC2016 # the script expands it
exec ../../scripts/gocache.sh oracle '"$GO" build -buildvcs=false -o "$OUT"'
