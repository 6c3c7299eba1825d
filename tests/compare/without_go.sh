#!/bin/sh
# What a comparison does where there is no Go: the written answers are checked,
# the rest is skipped and said to be, and in CI that fails.
#
#     without_go.sh COMPARISON TESTS-FOLDER
. "$(dirname "$0")/../lib/tap.sh"
program=$1
tests=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
for tool in sh dirname; do
    ln -s "$(command -v $tool)" "$folder/bin/$tool"
done

run() { # CI
    CI=$1 PATH=$folder/bin "$program" "$tests" >"$folder/out" 2>"$folder/err"
    echo $?
}

tap_is 'passes' "$(run)" 0
tap_is 'still checks the golden files' \
    "$(grep -c '^ok .* of ours as in golden/' "$folder/out")" 4
tap_is 'asks Go nothing' "$(grep -c 'of Go as in' "$folder/out")" 0
tap_like 'skips the random questions' "$(grep '# SKIP' "$folder/out")" \
    'ok * random questions to Go # SKIP no oracle: no Go on this machine*'
tap_like 'and says so on standard error' "$(cat "$folder/err")" \
    'NOT compared with Go, *: no Go on this machine*'
tap_is 'fails in CI' "$(run true)" 1
tap_like 'with the reason' "$(grep '^not ok' "$folder/out")" \
    'not ok * which CI=true asks for: no oracle: no Go on this machine*'
tap_done
