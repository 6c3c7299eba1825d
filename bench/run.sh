#!/bin/sh
# All benches, as one table: bench/run.sh TIDEMARK
#
# TIDEMARK stands in its build folder, which the benches of single modules are
# built in too. Exits with 1 when a target was missed. See README.md.
set -u
tidemark=$(realpath "${1:?usage: $0 TIDEMARK}") || exit 2
build=$(dirname "$tidemark")
here=$(cd "$(dirname "$0")" && pwd)
modules='policy tagdb template'
table=$(mktemp) || exit 2
trap 'rm -f "$table"' EXIT
trap 'exit 2' INT TERM

# A bench that fails without a row that says so could not be run.
broken=
run() { # COMMAND…
    if ! "$@" >"$table.part"; then
        grep -q ' MISSED$' "$table.part" || broken="$broken $(basename "$1")"
    fi
    tee -a "$table" <"$table.part"
    rm -f "$table.part"
}

for module in $modules; do
    ninja -C "$build" "bench/${module}_bench" >"$table.part" 2>&1 || {
        cat "$table.part" >&2
        rm -f "$table.part"
        exit 2
    }
done
for script in update scan idle kube; do
    run "$here/$script.sh" "$tidemark"
done
for module in $modules; do
    run "$build/bench/${module}_bench"
done

missed=$(grep -c ' MISSED$' "$table")
echo
[ -z "$broken" ] || echo "could not be run:$broken"
echo "$(grep -cE ' [0-9.]+( MISSED)?$' "$table") targets, $missed missed"
[ -z "$broken" ] && [ "$missed" = 0 ]
