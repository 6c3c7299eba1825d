#!/bin/sh
# The embedded home judges objects as an API server does: the cases of
# tests/cases/crds, which the tests on Kubernetes hold against Flux's own CRDs.
. "$(dirname "$0")/lib.sh"
lab

# Each document with a spec becomes KIND-NUMBER.yaml, its verdict and name the
# first line of KIND-NUMBER.case.
mkdir "$LAB/cases"
for cases in "$E2E"/../cases/crds/Image*.yaml; do
    awk -v base="$LAB/cases/$(basename "$cases" .yaml)" -v kind="$(basename "$cases" .yaml)" '
        /^--- # / {
            file = sprintf("%s-%02d", base, ++count)
            sub(/^--- # /, "")
            print kind ": " $0 >(file ".case")
            printf "apiVersion: image.toolkit.fluxcd.io/v1\nkind: %s\nmetadata: {name: a}\n", kind >(file ".yaml")
            next
        }
        { print >(file ".yaml") }' "$cases"
done

# What is refused here and not by an API server: nobody can use it (docs/differences.md).
stricter='a policy of no kind
a pattern that only the program refuses
a range that only the program refuses'

for file in "$LAB"/cases/*.case; do
    name=$(cat "$file")
    grep -q '^spec' "${file%.case}.yaml" || continue # a status is not for users to write
    want=accept
    case $name in *": reject"*) want=reject ;; esac
    echo "$stricter" | grep -qxF "${name#*: * }" && want=reject
    TIDEMARK_STORE=$LAB/case.db tm apply -f "${file%.case}.yaml"
    rm -f "$LAB"/case.db*
    got=accept
    [ "$CODE" = 0 ] || got=reject
    tap_is "$name" "$got$([ "$got" = "$want" ] || printf '\n%s' "$(transcript)")" "$want"
done
tap_done
