#!/bin/sh
# Checks that the files and functions that ARCHITECTURE.md names exist, and the
# files that the documents link to. Prints TAP.
set -u
cd "${1:-$(dirname "$0")/..}" || exit 1
. tests/lib/tap.sh

# What stands in `…`, a line each.
quoted=$(grep -o '`[^`]*`' ARCHITECTURE.md | tr -d '`' | sort -u)

# A path is from the top or below src/; a bare name, below any folder.
tap_is 'the paths of ARCHITECTURE.md exist' "$(
    echo "$quoted" | grep -x -E '[a-z0-9_/*]+(\.(c|h|sh|yaml)|/[a-z0-9_]*)' | while read -r path; do
        # shellcheck disable=SC2086  # a pattern, too
        ls -d $path src/$path src/*/$path tests/*/$path 2>/dev/null | grep -q . || echo "$path"
    done
)" ""
tap_is 'its functions and types do' "$(
    echo "$quoted" | grep -o -x -E '(struct |enum )?[a-z]+(_[a-z]+)+' | while read -r name; do
        grep -q -r -w -e "$name" src || echo "$name"
    done
)" ""
for document in README.md ARCHITECTURE.md docs/*.md bench/*.md; do
    tap_is "the links of $document lead somewhere" "$(
        grep -o '](\([^)#:]*\))' "$document" | tr -d '()]' | while read -r link; do
            [ -e "$(dirname "$document")/$link" ] || echo "$link"
        done
    )" ""
done
tap_done
