#!/bin/sh
# What the Kubernetes home costs: bench/kube.sh TIDEMARK
#     (REPOSITORIES=200 TAGS=1000 MANY=2000 NAMESPACES=100 INTERVAL=24h QUIET=20)
#
# `tidemark run` on a real API server. First, REPOSITORIES ImageRepositories of
# TAGS tags each with a policy for each, from their creation until all are Ready.
# Then, with MANY of each of the three kinds (some minutes until all are Ready),
# what it costs that nothing happens: CPU time with the intervals of repositories.
set -eu
KUBE_LAB_SH=$(dirname "$0")/../tests/lib/kube.sh
. "$KUBE_LAB_SH" # notes the caller's HOME, before the other labs change it
. "$(dirname "$0")/lib.sh"
repositories=${REPOSITORIES:-200}
tags=${TAGS:-1000}
many=${MANY:-2000}
interval=${INTERVAL:-24h}
namespaces=${NAMESPACES:-100}
quiet_s=${QUIET:-20}
idle_s=60
why=$(kube_lab_missing) || {
    echo "bench: kube.sh is left out: $why" >&2
    exit 0
}
kube_bench_end() {
    set +e
    kube_lab_stop
    bench_end
}
trap kube_bench_end EXIT
kube_lab_start "$work/kube"
kube_lab_deploy
registry_lab_start registry
registry=127.0.0.1:${REGISTRY_LAB#*:}
git_lab_http
git_lab_repo config
mkdir "$work/config"
(
    cd "$work/config"
    git init -q
    echo 'kind: List' >list.yaml
    git add .
    git commit -qm first
    git push -q "$GIT_LAB_HTTP/git/config.git" main
)

# N repositories PREFIX-1 … that hold the same tags: COUNT, by default one.
make_images() { # PREFIX N [COUNT]
    registry_lab_push "http://$registry" "acme/$1" 0.0.1
    [ -z "${3:-}" ] || registry_lab_seed registry "acme/$1" "$(($3 - 1))"
    i=0
    while [ "$i" -lt "$2" ]; do
        i=$((i + 1))
        registry_lab_twin registry "acme/$1" "acme/$1-$i"
    done
}

# Objects FROM to TO of a PREFIX stand in NAMESPACES namespaces in turn.
numbers() { # FROM TO
    seq "$1" "$2" | awk -v namespaces="$namespaces" '{ print $1, "tenant-" $1 % namespaces }'
}

# The manifests, one a line: the repositories with their policies, …
images() { # PREFIX FROM TO INTERVAL
    numbers "$2" "$3" | while read -r i namespace; do
        cat <<JSON
{"apiVersion":"image.toolkit.fluxcd.io/v1","kind":"ImageRepository","metadata":{"name":"$1-$i","namespace":"$namespace"},"spec":{"image":"$registry/acme/$1-$i","interval":"$4","insecure":true}}
{"apiVersion":"image.toolkit.fluxcd.io/v1","kind":"ImagePolicy","metadata":{"name":"$1-$i","namespace":"$namespace"},"spec":{"imageRepositoryRef":{"name":"$1-$i"},"policy":{"semver":{"range":"*"}}}}
JSON
    done
}

# … a source for each namespace, and the automations.
automations() { # N
    numbers 1 "$namespaces" | while read -r _ namespace; do
        cat <<JSON
{"apiVersion":"source.toolkit.fluxcd.io/v1","kind":"GitRepository","metadata":{"name":"config","namespace":"$namespace"},"spec":{"interval":"1h","url":"$GIT_LAB_HTTP/git/config.git","ref":{"branch":"main"}}}
JSON
    done
    numbers 1 "$1" | while read -r i namespace; do
        cat <<JSON
{"apiVersion":"image.toolkit.fluxcd.io/v1","kind":"ImageUpdateAutomation","metadata":{"name":"update-$i","namespace":"$namespace"},"spec":{"interval":"24h","sourceRef":{"kind":"GitRepository","name":"config"},"git":{"commit":{"author":{"name":"bot","email":"bot@example.com"}}},"update":{"strategy":"Setters","path":"."}}}
JSON
    done
}

# shellcheck disable=SC2086  # the words of BENCH_UNDER are a command
${BENCH_UNDER:-} "$tidemark" run --store kubernetes --kubeconfig "$KUBE_LAB/tidemark.kubeconfig" \
    --storage-path "$work/state" --metrics-addr 127.0.0.1:0 --health-addr 127.0.0.1:0 \
    --log-encoding=json ${BENCH_FLAGS:-} >"$work/log" 2>&1 &
daemon=$!
pids="$pids $daemon"
metrics() {
    curl -sf "http://$(sed -n 's/.*"for":"metrics","address":"\([^"]*\)".*/\1/p' "$work/log")/metrics"
}
kube_lab_wait 30 grep -q '"msg":"started"' "$work/log"
kube_lab_wait 30 metrics

requests() {
    metrics | awk '/^rest_client_requests_total/ { n += $NF } END { print n }'
}

# Creates the objects and waits: sets cpu_ms, rss_kib, anon_kib, slowest_ms, all_s.
until_ready() { # OBJECTS
    set -- $(python3 "$here/kube.py" "$KUBE_LAB_URL" "$KUBE_LAB/ca.crt" admin-token "$daemon" <"$1")
    cpu_ms=$1 rss_kib=$2 anon_kib=$3 slowest_ms=$4 all_s=$5
}

cpu_ms_now() {
    python3 -c 'import sys, time
print(time.clock_gettime((~int(sys.argv[1]) << 3) | 2) * 1000)' "$daemon"
}

kib() { # FIELD of /proc/PID/status
    sed -n "s/^$1:[[:space:]]*\([0-9]*\) kB/\1/p" "/proc/$daemon/status"
}

numbers 1 "$namespaces" |
    sed 's/.* \(.*\)/---\n{apiVersion: v1, kind: Namespace, metadata: {name: \1}}/' |
    kube_lab_kubectl admin create -f - >/dev/null
make_images app "$repositories" "$tags"
images app 1 "$repositories" 1h >"$work/objects"
before=$(requests)
until_ready "$work/objects"
after=$(requests)
heading "on Kubernetes: $repositories repositories of $tags tags, as many policies" ''
report_absolute 'CPU time until all were Ready' "$cpu_ms" ms 700
report_absolute 'largest resident size' "$(mib "$rss_kib")" MiB 32
report_absolute '… anonymous' "$(mib "$anon_kib")" MiB 14
report_absolute 'slowest policy, from its repository'\''s first scan' "$slowest_ms" ms 1000
report_absolute 'requests to the API server, an object' \
    "$(awk "BEGIN { print ($after - $before) / (2 * $repositories) }")" '' 4
[ "$many" -gt 0 ] || exit 0

make_images many "$many"
images many "$((repositories + 1))" "$many" "$interval" >"$work/objects"
automations "$many" >>"$work/objects"
until_ready "$work/objects"
echo "# $many of each kind: $cpu_ms ms until all were Ready, in $all_s s" >&2
sleep "$quiet_s"
before_ms=$(cpu_ms_now)
sleep "$idle_s"
after_ms=$(cpu_ms_now)
heading "on Kubernetes, idle: $many of each of the three kinds" ''
report_absolute 'resident' "$(mib "$(kib VmRSS)")" MiB 48
report_absolute '… anonymous' "$(mib "$(kib RssAnon)")" MiB 30
report_absolute "CPU time in $idle_s s" "$(awk "BEGIN { print $after_ms - $before_ms }")" ms "$((5 * idle_s))"
[ -z "${BENCH_SMAPS:-}" ] || cat "/proc/$daemon/smaps" >"$BENCH_SMAPS"
