#!/bin/sh
# What a scan costs: bench/scan.sh TIDEMARK     (ROUNDS=9 TAGS=50000)
#
# A registry on loopback holds an image with TAGS tags. `tidemark run --once`
# scans it, stores the tags and resolves a semver policy, against curl that
# downloads the same page to nowhere.
#
#   new      the list was never stored
#   same     the list is what it was
#   resolve  `tidemark resolve --image`, which stores nothing
set -eu
. "$(dirname "$0")/lib.sh"
tags=${TAGS:-50000}
registry_lab_start registry
registry=127.0.0.1:${REGISTRY_LAB#*:}
registry_lab_push "http://$registry" acme/many 0.0.1
registry_lab_seed registry acme/many "$tags"
export TIDEMARK_STORE="$work/store.db"

objects() {
    cat <<END
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: many}
spec: {image: "$registry/acme/many", interval: 1h, insecure: true}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: many}
spec: {imageRepositoryRef: {name: many}, policy: {semver: {range: 1.x}}}
END
}

round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    rm -rf "$work"/store.db*
    objects | "$tidemark" apply -f - >/dev/null
    measure new "$tidemark" run --once
    measure same "$tidemark" run --once
    measure resolve "$tidemark" resolve --select-semver 1.x --image "$registry/acme/many"
    measure curl curl -s -o "$work/page" "http://$registry/v2/acme/many/tags/list"
    measure start "$tidemark" version
done
"$tidemark" get image policy | grep -q "1\.0\.$((tags - 1))"

heading "scan and resolve $tags tags" curl
report 'a new list, stored' new curl 4
report 'the same list again' same curl 4
report 'resolve --image, not stored' resolve curl 4
report 'to start and end: version' start curl 4
report_absolute 'largest resident size' "$(mib "$(peak new)")" MiB 40
