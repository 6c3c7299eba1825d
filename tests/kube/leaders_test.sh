#!/bin/sh
# Several replicas on a real API server: one works, the others wait; who took over
# finishes the work, and who was frozen writes nothing any more.
. "$(dirname "$0")/home.sh"
home_lab git registry
registry_lab_push "http://$REGISTRY" acme/web 1.0.0
repository apps
deployment web "$REGISTRY/acme/web:0.9.0" web >"$LAB/work/apps/web.yaml"
publish apps

REGISTRY_PID=$(pgrep -f "docker-registry serve $LAB/registry/registry.yml")
REFLECTOR_LEASE=image-reflector-controller-leader-election
AUTOMATION_LEASE=image-automation-controller-leader-election
# Long enough for a machine that is busy.
SHORT='--leader-election-lease-duration=12s --leader-election-renew-deadline=10s'
# Who takes over from such a leader within the test's patience has been let.
LONG='--leader-election-lease-duration=1000s --leader-election-renew-deadline=900s'

replica_start() { # NAME FLAGS
    # shellcheck disable=SC2086  # the words of the flags are arguments
    controller_start "$1" --enable-leader-election $2 --leader-election-retry-period=1s --concurrent=40
    soon "$1 stands for election" grep -q '"msg":"waiting to lead"' "$LAB/$1.log"
}

identity_of() { # NAME
    sed -n 's/.*"msg":"waiting to lead".*"identity":"\([^"]*\)".*/\1/p' "$LAB/$1.log" | tail -n 1
}

# Who holds the Leases, each once.
holders() {
    kubectl get leases -n flux-system \
        -o 'jsonpath={range .items[*]}{.spec.holderIdentity}{"\n"}{end}' | sort -u | grep .
}

holds() { # NAME: both Leases
    same "$(holders)" "$(identity_of "$1")" && controller_leads "$1"
}

# How many passes a replica has made.
passes_of() { # NAME
    curl -sf "http://$(address_of "$1" metrics)/metrics" |
        awk '/^controller_runtime_reconcile_total{/ { sum += $NF } END { print sum + 0 }'
}

request() { # KIND NAME TOKEN
    kubectl annotate "$1" "$2" -n flux-system --overwrite "reconcile.fluxcd.io/requestedAt=$3" >/dev/null
}

# A new tag, and the scan that finds it; answered is the request when that is over.
release() { # TAG
    new_tags acme/web "$1"
    request imagerepository web "$1"
}

branch_has() { # TAG
    file_of apps web.yaml | grep -q "image: $REGISTRY/acme/web:$1 "
}

status_has() { # TAG: all that follows from its release is written
    same "$(object ImageRepository web .status.lastHandledReconcileAt) $(object ImagePolicy web .status.latestRef.tag) $(object ImageUpdateAutomation apps .status.observedPolicies.web.tag) $(object ImageUpdateAutomation apps .status.lastPushCommit)" \
        "$1 $1 $1 $(head_of apps)" && branch_has "$1"
}

# Every release has its one commit, in order.
releases() {
    git -C "$LAB/git/repos/apps.git" log --reverse --format=%H main | while read -r releases_commit; do
        git -C "$LAB/git/repos/apps.git" show "$releases_commit:web.yaml" |
            sed -n 's/.*image: .*:\([0-9.]*\) #.*/\1/p'
    done | paste -sd ' ' -
}

# All that tidemark writes but the Leases, by version.
versions() {
    kubectl get imagerepositories,imagepolicies,imageupdateautomations,events -A -o \
        'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}' | sort
}

# A git server that keeps its callers waiting shows that somebody is at work.
gate_close() {
    : >"$LAB/git/gate-closed"
}
gate_open() {
    rm -f "$LAB/git/gate-closed"
}
gate_waits() {
    pgrep -f "$LAB/git/gate.sh" >/dev/null
}

# A process and all below it, as on a machine that stands still.
family_of() { # PID
    echo "$1"
    for family_child in $(pgrep -P "$1"); do
        family_of "$family_child"
    done
}

#
# One works.
#
replica_start one "$SHORT"
ONE=$PID
soon 'the first leads' holds one
replica_start two "$SHORT"
TWO=$PID
soon 'the second sees who leads' grep -q "\"identity\":\"$(identity_of one)\"" "$LAB/two.log"
cat >"$LAB/objects.yaml" <<END
$(git_repository_yaml apps "$GIT_LAB_HTTP/gate/apps.git")
$(image_repository_yaml web "$REGISTRY/acme/web")
$(image_policy_yaml web web)
$(image_update_yaml apps apps)
END
sed -i 's/^metadata: {name: \([a-z]*\)}/metadata: {name: \1, namespace: flux-system}/' "$LAB/objects.yaml"
kubectl apply -f "$LAB/objects.yaml" >/dev/null
soon 'the update is made' branch_has 1.0.0
soon 'and told' condition_like ImageUpdateAutomation apps Ready 'True Succeeded *'
tap_is 'by the first alone' \
    "$([ "$(passes_of one)" -ge 3 ] && echo many) $(passes_of two) $(grep -c '"msg":"started"' "$LAB/two.log")" 'many 0 0'
tap_is 'the second is ready to take over' "$(curl -s -o /dev/null -w '%{http_code}' "http://$(address_of two health)/readyz")" 200

#
# The leader is killed, while its git talks to the server.
#
gate_close
release 1.1.0
soon 'the leader is at work on a commit' gate_waits
kill -KILL "$ONE"
wait "$ONE" 2>/dev/null
gate_open
soon 'killed, the second leads' holds two
soon 'and finishes the work' status_has 1.1.0
tap_is 'once' "$(releases)" '0.9.0 1.0.0 1.1.0'

#
# The leader freezes, at the same place and in a scan, whose answers await it when
# it comes back; but by then another has gone on.
#
replica_start three "$SHORT"
THREE=$PID
MANY=40 # scans at a time; the more, the likelier that one gets to write
for i in $(seq $MANY); do
    image_repository_yaml "other$i" "$REGISTRY/acme/web"
done | kubectl apply -n flux-system -f - >/dev/null
others() { # TYPE TEXT: how many have that text in that condition
    kubectl get imagerepositories -n flux-system -o \
        "jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type==\"$1\")]['reason','message']}{\"\n\"}{end}" |
        grep -c "^other.*$2"
}
soon 'other repositories' eval '[ "$(others Ready "found 2 tags")" = $MANY ]'
gate_close
release 1.2.0
soon 'the leader is at work on a commit again' gate_waits
kill -STOP "$REGISTRY_PID"
# shellcheck disable=SC2046  # several names
kubectl annotate imagerepository $(seq -f other%.0f $MANY) -n flux-system --overwrite \
    reconcile.fluxcd.io/requestedAt=frozen >/dev/null
soon 'and on scans' eval '[ "$(others Reconciling "Progressing scanning: ")" = $MANY ]'
FROZEN=$(family_of "$TWO")
# shellcheck disable=SC2086  # several processes
kill -STOP $FROZEN
kill -CONT "$REGISTRY_PID"
gate_open
soon 'frozen, the third leads' holds three
soon 'and finishes the work' status_has 1.2.0
soon 'and the scans' eval '[ "$(others Ready "found 3 tags")" = $MANY ]'
release 1.3.0
soon 'and goes on' status_has 1.3.0
request imagepolicy web after
request imageupdateautomation apps after
soon 'until nothing is left' eval '
    [ "$(object ImagePolicy web .status.lastHandledReconcileAt)" = after ] &&
    [ "$(object ImageUpdateAutomation apps .status.lastHandledReconcileAt)" = after ]'
head_before=$(head_of apps)
versions_before=$(versions)
# shellcheck disable=SC2086
kill -CONT $FROZEN
CODE=0
wait "$TWO" || CODE=$?
tap_is 'the frozen leader ends, and says why' "$CODE $(tail -n 1 "$LAB/two.log")" \
    '1 ✗ leader election lost'
tap_is 'it has written nothing' "$(versions)" "$versions_before"
tap_is 'nor pushed' "$(head_of apps)" "$head_before"
tap_is 'each update was made once' "$(releases)" '0.9.0 1.0.0 1.1.0 1.2.0 1.3.0'
soon 'the third still leads' holds three

#
# Somebody takes a Lease by force.
#
kubectl patch lease "$AUTOMATION_LEASE" -n flux-system --type=merge \
    -p '{"spec":{"holderIdentity":"usurper","leaseDurationSeconds":1}}' >/dev/null
CODE=0
wait "$THREE" || CODE=$?
tap_is 'robbed of a Lease, the leader ends' "$CODE $(tail -n 1 "$LAB/three.log")" \
    '1 ✗ leader election lost'

#
# Hand-over: the next leads at once, or else would have to wait for very long.
#
replica_start four "$LONG"
FOUR=$PID
soon 'the fourth leads' holds four
replica_start five "$LONG"
FIVE=$PID
soon 'the fifth sees who leads' grep -q "\"identity\":\"$(identity_of four)\"" "$LAB/five.log"
gate_close
release 1.4.0
soon 'the fourth is at work' gate_waits
kill -TERM "$FOUR"
soon 'asked to end, it finishes that first' grep -q '"msg":"stopping' "$LAB/four.log"
tap_is 'and keeps the Leases meanwhile' "$(holders)" "$(identity_of four)"
gate_open
CODE=0
wait "$FOUR" || CODE=$?
tap_is 'it ends in peace' "$CODE" 0
soon 'the fifth leads at once' holds five
soon 'with the work done' status_has 1.4.0
tap_is 'once' "$(releases)" '0.9.0 1.0.0 1.1.0 1.2.0 1.3.0 1.4.0'
kill -TERM "$FIVE"
CODE=0
wait "$FIVE" || CODE=$?
tap_is 'the last one gives the Leases back' "$CODE $(holders)" '0 '

#
# Flux's own controller holds one of the two Leases.
#
flux_renews() {
    kubectl patch lease "$AUTOMATION_LEASE" -n flux-system --type=merge -p "{\"spec\":{
        \"holderIdentity\":\"image-automation-controller-7d9f_flux\", \"leaseDurationSeconds\":6,
        \"renewTime\":\"$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)\"}}" >/dev/null
}
flux_renews
replica_start six "$SHORT"
soon 'Flux leads' grep -q '"identity":"image-automation-controller-7d9f_flux"' "$LAB/six.log"
for _ in $(seq 14); do # at a second each, more than two durations
    flux_renews
    sleep 1
done
tap_is 'tidemark waits, and leaves the other Lease free' \
    "$(grep -c '"msg":"started"' "$LAB/six.log") $(object lease "$REFLECTOR_LEASE" .spec.holderIdentity)" '0 '
soon 'Flux gone, tidemark leads' holds six
controller_stop
tap_is 'and ends in peace' "$CODE" 0
tap_is 'nothing was forbidden' "$(cat "$LAB"/*.log | grep -c forbidden)" 0
tap_done
