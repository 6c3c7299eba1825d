#!/bin/sh
# Many objects on a real API server: the controller scans each once, elects for
# each, keeps its memory in bounds, and rests. SCALE says how many of each kind.
. "$(dirname "$0")/home.sh"
SCALE=${SCALE:-300}
home_lab registry
registry_lab_push "http://$REGISTRY" acme/base 1.0.0 1.1.0
for i in $(seq 1 "$SCALE"); do
    registry_lab_twin registry acme/base "acme/a$i"
done
kube_lab_namespace many
awk -v count="$SCALE" -v registry="$REGISTRY" 'BEGIN {
    for (i = 1; i <= count; i++) {
        printf "---\napiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\n"
        printf "metadata: {name: app%d, namespace: many}\n", i
        printf "spec: {interval: 1h, insecure: true, image: \"%s/acme/a%d\"}\n", registry, i
        printf "---\napiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\n"
        printf "metadata: {name: app%d, namespace: many}\n", i
        printf "spec: {imageRepositoryRef: {name: app%d}, policy: {semver: {range: \"*\"}}}\n", i
    }
}' >"$LAB/objects.yaml"

metrics() { # the controller's, in a file
    curl -sf "http://$(address_of many metrics)/metrics" >"$LAB/metrics"
}
sum_of() { # PATTERN, at the beginning of a line
    awk -v pattern="^$1" '$0 ~ pattern { sum += $NF } END { print sum + 0 }' "$LAB/metrics"
}
ready() { # KIND: how many are Ready, as the controller has it
    grep '^gotk_reconcile_condition{' "$LAB/metrics" | grep "kind=\"$1\"" | grep 'type="Ready"' |
        grep 'status="True"' | grep -c ' 1$'
}
at_rest() {
    metrics && same "$(ready ImageRepository) $(ready ImagePolicy) $(sum_of workqueue_depth) $(sum_of controller_runtime_active_workers)" \
        "$SCALE $SCALE 0 0"
}

# Half of them are there before the controller, half come while it works.
half=$((SCALE / 2 * 10))
head -n "$half" "$LAB/objects.yaml" | kubectl create -f - >/dev/null
controller_start many --kube-api-qps=-1
soon 'the controller works' controller_leads many
tail -n +$((half + 1)) "$LAB/objects.yaml" | kubectl create -f - >/dev/null
PATIENCE=$((PATIENCE + SCALE / 4))
soon 'all are Ready, and nothing is left to do' at_rest

# As the server has them.
count_of() { # KIND PATH TEXT
    kubectl get "$1" -n many -o "jsonpath={range .items[*]}{$2}{\"\n\"}{end}" | grep -c -x -e "$3"
}
tap_is 'every repository is' "$(count_of ImageRepository \
    ".status.conditions[*]['type','status']" 'Ready True') $(count_of ImageRepository .status.lastScanResult.tagCount 2)" \
    "$SCALE $SCALE"
tap_is 'every policy is' "$(count_of ImagePolicy \
    ".status.conditions[*]['type','status']" 'Ready True') $(count_of ImagePolicy .status.latestRef.tag 1.1.0)" \
    "$SCALE $SCALE"
tap_is 'each was scanned once' "$(sum_of tidemark_scan_duration_seconds_count)" "$SCALE"
passes=$(sum_of controller_runtime_reconcile_total)
tap_is 'in a few passes' "$([ "$passes" -le $((5 * SCALE)) ] && echo few || echo "$passes")" few
tap_is 'nothing failed but to wait for a repository' \
    "$(grep '"level":"error"' "$LAB/many.log" | grep -v 'no tags in database\|does not exist')" ''

# Memory, of which much is the program itself.
if grep -q __asan_init "$TIDEMARK"; then
    tap_skip 'memory' 'a sanitizer takes its own'
else
    limit=$((32 + SCALE / 125)) # MiB; 48 for 2,000
    rss=$(($(awk '/^VmHWM/ { print $2 }' "/proc/$PID/status") / 1024))
    echo "# $SCALE of each kind: $passes passes, $rss MiB"
    tap_is 'memory stayed below the limit' "$([ $rss -lt $limit ] && echo below || echo "$rss MiB of $limit")" below
fi

# Restarted, it reads all and scans nothing.
controller_stop
tap_is 'it ends in peace' "$CODE" 0
: >"$LAB/many.log"
kubectl get imagerepositories,imagepolicies -n many -o \
    'jsonpath={range .items[*]}{.metadata.resourceVersion}{"\n"}{end}' >"$LAB/before"
controller_start many --kube-api-qps=-1
soon 'again, it works' controller_leads many
soon 'and rests' at_rest
tap_is 'without a scan' "$(sum_of tidemark_scan_duration_seconds_count)" 0
kubectl get imagerepositories,imagepolicies -n many -o \
    'jsonpath={range .items[*]}{.metadata.resourceVersion}{"\n"}{end}' >"$LAB/after"
tap_is 'and without a write' "$(cmp "$LAB/before" "$LAB/after")" ''
controller_stop
tap_done
