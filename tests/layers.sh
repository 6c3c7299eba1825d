#!/bin/sh
# Checks the #include edges between the folders of src/ against the layers of
# ARCHITECTURE.md, and that a third-party header appears in one adapter only.
# Prints one TAP line a folder.
set -u
cd "${1:-$(dirname "$0")/..}/src" || exit 1

# folder: the folders it may include besides itself
allowed() {
    case $1 in
    base) ;;
    adapt) echo base ;;
    yaml | registry | tags | policy | template | git) echo base adapt ;;
    update | kube) echo base adapt yaml ;;
    api) echo base adapt yaml registry tags policy update template git ;;
    store) echo base adapt yaml registry tags policy update template git kube api ;;
    control) echo base adapt yaml registry tags policy update template git kube api store ;;
    server | cli) echo base adapt yaml registry tags policy update template git kube api store control server ;;
    *) echo UNKNOWN ;;
    esac
}

# The headers of libraries, each the business of one file in adapt/.
libraries='curl/|jansson\.h|sqlite3\.h|re2/|microhttpd\.h|openssl/|yaml\.h'

count=0
failed=0
report() { # STATUS TEXT
    count=$((count + 1))
    [ "$1" = ok ] || failed=1
    echo "$1 $count - $2"
}

for folder in */; do
    folder=${folder%/}
    bad=$(grep -nE '^#include "' "$folder"/*.[ch] "$folder"/*.cc 2>/dev/null |
        sed -E 's/^([^:]*):([0-9]*):#include "(.*)"/\1:\2 \3/' |
        while read -r where header; do
            target=${header%%/*}
            [ "$target" = "$header" ] && { echo "$where includes \"$header\" without its folder"; continue; }
            [ "$target" = "$folder" ] && continue
            case " $(allowed "$folder" | tr '\n' ' ') " in
            *" $target "*) ;;
            *) echo "$where includes $header" ;;
            esac
        done)
    if [ "$folder" != adapt ]; then
        bad="$bad$(grep -nE "^#include <($libraries)" "$folder"/*.[ch] "$folder"/*.cc 2>/dev/null)"
    fi
    if [ -z "$bad" ]; then
        report ok "$folder keeps to its layer"
    else
        report 'not ok' "$folder keeps to its layer"
        echo "$bad" | sed 's/^/# /'
    fi
done

for library in $(echo "$libraries" | tr '|' ' '); do
    users=$(grep -lE "^#include <$library" adapt/* 2>/dev/null | tr '\n' ' ')
    if [ "$(echo "$users" | wc -w)" -le 1 ]; then
        report ok "one adapter includes <$library>"
    else
        report 'not ok' "one adapter includes <$library>: $users"
    fi
done
echo "1..$count"
exit $failed
