#!/bin/sh
# The CRDs of deploy/ beside those of Flux, each on a server of its own: they say
# the same of names, columns and fields, and make the same of the same objects.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/tap.sh"
. "$here/../lib/kube.sh"

why=$(kube_lab_missing) || {
    tap_skip 'the CRDs on Kubernetes' "$why"
    tap_done
    exit
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

# What a server with these CRDs says and does: files NAME.* in $dir.
ask() { # NAME FOLDER VERSION…
    name=$1 folder=$2
    shift 2
    kube_lab_start "$dir/$name" && trap kube_lab_stop EXIT &&
        kube_lab_namespace crds && kube_lab_crds "$folder" || exit 1
    for version; do
        for what in describe judge; do
            python3 "$here/crds.py" $what "$KUBE_LAB_URL" "$KUBE_LAB/ca.crt" admin-token \
                "$version" "$here/../cases/crds" >"$dir/$name-$version.$what" || exit 1
        done
    done
}

mkdir "$dir/flux-crds"
cp "$(kube_lab_flux_crds)"/image.toolkit.fluxcd.io_* "$dir/flux-crds"
(ask ours "$here/../../deploy/crds" v1 v1beta2) &
ours=$!
(ask flux "$dir/flux-crds" v1)
tap_is 'a server with the CRDs of Flux' $? 0
wait $ours
tap_is 'a server with ours' $? 0

same() { # NAME FILE FILE
    if [ -s "$2" ] && [ -s "$3" ] && diff -u "$2" "$3" >"$dir/diff"; then
        tap_ok "$1"
    else
        tap_fail "$1" "$(head -n 60 "$dir/diff")"
    fi
}
cd "$dir" || exit 1
same 'names, columns and fields are those of Flux' flux-v1.describe ours-v1.describe
same 'v1beta2 has the fields of v1' ours-v1.describe ours-v1beta2.describe
same 'objects are judged and defaulted as by Flux' flux-v1.judge ours-v1.judge
same 'v1beta2 judges as v1' ours-v1.judge ours-v1beta2.judge
tap_is 'as the cases want it' "$(grep 'BUT WANTED' ours-v1.judge)" ""
tap_is 'none is lost' "$(wc -l <ours-v1.judge)" \
    "$(cat "$here"/../cases/crds/*.yaml | grep -c '^--- # ')"
tap_done
