#!/bin/sh
# Runs the whole suite of a build folder and closes with `N passed, N failed`.
# Whatever was skipped is said loudly; in CI (CI=true) a skip is a failure.
set -u
folder=${1:?usage: tests/run.sh BUILD-FOLDER}
cd "$(dirname "$0")/.." || exit 1

meson test -C "$folder" --print-errorlogs --quiet --no-rebuild
status=$?
log=$folder/meson-logs/testlog.junit.xml
[ -f "$log" ] || {
    echo "0 passed, 1 failed"
    exit 1
}

# One <testsuite> a test program, with the counts of its cases.
counts=$(grep -o '<testsuite [^>]*>' "$log" | awk '
    function number(key,   at) {
        if (!match($0, key "=\"[0-9]+\""))
            return 0
        return substr($0, RSTART + length(key) + 2, RLENGTH - length(key) - 3) + 0
    }
    { tests += number("tests"); bad += number("failures") + number("errors"); skipped += number("skipped") }
    END { print tests - bad - skipped, bad, skipped }')
set -- $counts
passed=$1 failed=$2 skipped=$3

if [ "$skipped" -gt 0 ]; then
    grep -h '# SKIP' "$folder/meson-logs/testlog.txt" | sort -u | sed 's/^/SKIPPED: /'
    echo "SKIPPED: $skipped tests did not run"
    if [ "${CI:-}" = true ]; then
        echo "in CI nothing may be skipped"
        failed=$((failed + skipped))
    fi
fi
# A program that died early has failures that no case counts.
[ $status -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
