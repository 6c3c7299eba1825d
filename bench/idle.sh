#!/bin/sh
# What an idle daemon costs: bench/idle.sh TIDEMARK   (REPOSITORIES=200 TAGS=1000)
#
# `tidemark run` with as many ImageRepositories, of TAGS tags each, and a policy
# for each, on a registry on loopback. Once all are Ready, and nothing has
# happened for a while: what is resident, what of it is the program's own
# (anonymous memory, not the pages of libraries), and CPU time in 30 s.
set -eu
. "$(dirname "$0")/lib.sh"
repositories=${REPOSITORIES:-200}
tags=${TAGS:-1000}
quiet_s=${QUIET:-20}
idle_s=30
registry_lab_start registry
registry=127.0.0.1:${REGISTRY_LAB#*:}
registry_lab_push "http://$registry" acme/app 0.0.1
registry_lab_seed registry acme/app "$((tags - 1))"
export TIDEMARK_STORE="$work/store.db"

i=0
while [ "$i" -lt "$repositories" ]; do
    i=$((i + 1))
    registry_lab_twin registry acme/app "acme/app-$i"
    cat <<END
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: app-$i}
spec: {image: "$registry/acme/app-$i", interval: 1h, insecure: true}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: app-$i}
spec: {imageRepositoryRef: {name: app-$i}, policy: {semver: {range: 1.x}}}
END
done >"$work/objects.yaml"

"$tidemark" run >"$work/log" 2>&1 &
daemon=$!
pids="$pids $daemon"
"$tidemark" apply -f "$work/objects.yaml" >/dev/null

# One query a second: whoever looks is not to be what is measured.
ready() {
    "$tidemark" get image policy --no-header | grep -c "1\.0\.$((tags - 2))" || true
}
tries=0
until [ "$(ready)" -ge "$repositories" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ] || ! kill -0 "$daemon"; then
        echo "bench: only $(ready) of $repositories policies are Ready" >&2
        tail "$work/log" >&2
        exit 1
    fi
    sleep 1
done

# CPU time of the whole process in milliseconds, ended threads included.
cpu_ms() {
    python3 -c 'import sys, time
print(time.clock_gettime((~int(sys.argv[1]) << 3) | 2) * 1000)' "$daemon"
}

kib() { # FIELD of /proc/PID/status
    sed -n "s/^$1:[[:space:]]*\([0-9]*\) kB/\1/p" "/proc/$daemon/status"
}

busy_ms=$(cpu_ms)
sleep "$quiet_s"
before_ms=$(cpu_ms)
sleep "$idle_s"
after_ms=$(cpu_ms)

heading "idle daemon: $repositories repositories of $tags tags, as many policies" ''
report_absolute 'resident' "$(mib "$(kib VmRSS)")" MiB 24
report_absolute 'anonymous' "$(mib "$(kib RssAnon)")" MiB 8
report_absolute "CPU time in $idle_s s" "$(awk "BEGIN { print $after_ms - $before_ms }")" ms 60
report_absolute 'CPU time from start until all were Ready' "$busy_ms" ms 2000
[ -z "${BENCH_SMAPS:-}" ] || cat "/proc/$daemon/smaps" >"$BENCH_SMAPS"
