#!/bin/sh
# Hundreds of objects while nothing holds still: the API server restarts, etcd
# forgets, connections are cut, objects and a namespace go away under way. In the
# end all is as it should be, and quiet.
. "$(dirname "$0")/home.sh"
LAB_KUBE_FLAGS=--watch-cache=false # what etcd has forgotten is missed at once
home_lab registry
registry_lab_push "http://$REGISTRY" acme/base 1.0.0 1.1.0
registry_lab_push "http://$REGISTRY" acme/other 7.0.0
COUNT=150
for i in $(seq 1 $COUNT); do
    registry_lab_twin registry acme/base "acme/a$i"
done
kube_lab_namespace storm doomed

# The controller talks through a proxy, whose connections can be cut.
registry_lab_serve cutter proxy_server.py "$LAB/cutter.log" || exit 1
CUTTER=$registry_lab_pid
sed "s,^      server:.*,&\n      proxy-url: http://127.0.0.1:$(head -n 1 "$LAB/registry/cutter.out")," \
    "$KUBE_LAB/tidemark.kubeconfig" >"$LAB/proxied.kubeconfig"
controller_start storm --kubeconfig "$LAB/proxied.kubeconfig" --max-retry-delay=2s
STORM=$PID
soon 'the controller works' controller_leads storm

metric() { # the sum of a METRIC, of the series that hold all of TEXT…
    curl -sf "http://$(address_of storm metrics)/metrics" | grep "^$1[{ ]" >"$LAB/series" || return 1
    shift
    for metric_text; do
        grep -F -e "$metric_text" "$LAB/series" >"$LAB/series.some"
        mv "$LAB/series.some" "$LAB/series"
    done
    awk '{ sum += $NF } END { print sum + 0 }' "$LAB/series"
}
idle() {
    same "$(metric workqueue_depth) $(metric controller_runtime_active_workers)" '0 0'
}

# Repositories and policies of these numbers.
pairs() { # FROM TO
    for pairs_i in $(seq "$1" "$2"); do
        image_repository_yaml "app$pairs_i" "$REGISTRY/acme/a$pairs_i"
        image_policy_yaml "app$pairs_i" "app$pairs_i"
    done
}
insist() { # COMMAND…: however often the server is away
    eventually "$@" >>"$LAB/insisted" || tap_fail "$*" 'in the end it failed'
}
made() { # COUNT: are there so many policies?
    [ "$(kubectl get imagepolicies -n storm -o name | wc -l)" -ge "$1" ]
}
cut_connections() {
    kill -USR1 "$CUTTER"
}

pairs 1 100 >"$LAB/first.yaml"
(insist kubectl apply -n storm -f "$LAB/first.yaml") &
applying=$!
insist made 20
cut_connections
insist made 40
kube_lab_compact
insist made 60
kube_lab_restart_apiserver
cut_connections
kube_lab_compact
wait "$applying"
insist made 100

# The controller sleeps, and what it misses nobody can tell it afterwards.
kill -STOP "$STORM"
pairs 101 $COUNT | insist kubectl apply -n storm -f -
for i in $(seq 1 10); do
    echo "imagerepository/app$i imagepolicy/app$i"
done | xargs kubectl delete -n storm --wait=false >/dev/null
for i in $(seq 11 20); do
    kubectl patch imagerepository "app$i" -n storm --type=merge \
        -p "{\"spec\":{\"image\":\"$REGISTRY/acme/other\"}}" >/dev/null
done
kubectl patch imagerepositories app1 app2 app3 -n storm --type=merge \
    -p '{"metadata":{"finalizers":null}}' >/dev/null # these are really gone
kube_lab_compact
kube_lab_restart_apiserver
kill -CONT "$STORM"

# Then all change at once.
new_tags acme/base 1.2.0
(insist kubectl annotate imagerepositories --all -n storm --overwrite reconcile.fluxcd.io/requestedAt=storm) &
asking=$!
cut_connections
kube_lab_restart_apiserver
kube_lab_compact
cut_connections
wait "$asking"

# KIND's objects, one a line: what each has come to.
states() { # KIND PATH…
    states_kind=$1 states_paths=
    shift
    for states_path; do
        states_paths="$states_paths {$states_path}"
    done
    kubectl get "$states_kind" -n storm -o "jsonpath={range .items[*]}{.metadata.name}$states_paths
{end}" | sort
}
expected_repositories() {
    for i in $(seq 11 $COUNT); do
        if [ "$i" -le 20 ]; then
            echo "app$i 2 2 Ready True 1 $REGISTRY/acme/other storm"
        else
            echo "app$i 1 1 Ready True 3 $REGISTRY/acme/a$i storm"
        fi
    done | sort
}
expected_policies() {
    for i in $(seq 11 $COUNT); do
        if [ "$i" -le 20 ]; then
            echo "app$i 1 1 Ready True 7.0.0"
        else
            echo "app$i 1 1 Ready True 1.2.0"
        fi
    done | sort
}
common='.metadata.generation .status.observedGeneration .status.conditions[*].type .status.conditions[*].status'
# shellcheck disable=SC2086  # several paths
repositories() {
    states imagerepositories $common .status.lastScanResult.tagCount .status.canonicalImageName \
        .status.lastHandledReconcileAt
}
# shellcheck disable=SC2086
policies() {
    states imagepolicies $common .status.latestRef.tag
}
expected_repositories >"$LAB/repositories"
expected_policies >"$LAB/policies"
eventually eval 'repositories | cmp -s - "$LAB/repositories"'
tap_is 'all repositories are as they should be' "$(repositories | diff - "$LAB/repositories")" ''
eventually eval 'policies | cmp -s - "$LAB/policies"'
tap_is 'and all policies' "$(policies | diff - "$LAB/policies")" ''

# The controller knows the objects that there are, and no others.
known() { # KIND
    curl -sf "http://$(address_of storm metrics)/metrics" | grep '^gotk_reconcile_condition{' |
        grep "kind=\"$1\"" | grep 'status="True"' | grep 'type="Ready"' | grep ' 1$' |
        sed 's/.*[{,]name="\([^"]*\)".*/\1/' | sort
}
for kind in ImageRepository ImagePolicy; do
    soon "$kind: the controller sees what a list does" eval \
        'same "$(known $kind)" "$(kubectl get $kind -n storm -o name | sed "s,.*/,,")"'
done

# Nothing goes round and round: one more object costs the passes of one object.
soon 'nothing is left to do' idle
before=$(metric controller_runtime_reconcile_total)
pairs 1 1 | kubectl apply -n storm -f - >/dev/null
soon 'a new pair is made' eval '[ "$(object ImagePolicy app1 .status.latestRef.tag storm)" = 1.2.0 ]'
soon 'and then nothing is left to do' idle
passes=$(($(metric controller_runtime_reconcile_total) - before))
tap_is 'in a few passes' "$([ $passes -lt 12 ] && echo few || echo $passes)" few

#
# Deleted while its scan runs.
#
REGISTRY_PID=$(pgrep -f "docker-registry serve $LAB/registry/registry.yml")
scanning() { # NAME
    condition_like ImageRepository "$1" Reconciling 'True Progressing scanning: *'
}
kill -STOP "$REGISTRY_PID"
for name in slow forced; do
    image_repository_yaml $name "$REGISTRY/acme/base"
done | sed 's/interval: 1h/&, timeout: 30m/' | kubectl apply -n flux-system -f - >/dev/null
soon 'a scan runs' scanning slow
soon 'another one too' scanning forced
kubectl delete imagerepository slow forced -n flux-system --wait=false >/dev/null
# Somebody else takes the finalizer away, and makes the object anew.
kubectl patch imagerepository forced -n flux-system --type=merge -p '{"metadata":{"finalizers":null}}' >/dev/null
image_repository_yaml forced "$REGISTRY/acme/other" | kubectl apply -n flux-system -f - >/dev/null
kill -CONT "$REGISTRY_PID"
soon 'the deleted one goes' gone imagerepository slow
soon 'the new one is Ready' condition_like ImageRepository forced Ready 'True Succeeded *'
tap_is 'with what is its own' \
    "$(object ImageRepository forced '.status.canonicalImageName') $(object ImageRepository forced '.status.lastScanResult.tagCount')" \
    "$REGISTRY/acme/other 1"
new_uid=$(object ImageRepository forced .metadata.uid)
tap_is 'and no word of the old one' "$(kubectl get events -n flux-system --field-selector \
    "involvedObject.uid=$new_uid" -o 'jsonpath={.items[*].message}' | grep -c 'found 3 tags')" 0

#
# A namespace is deleted: as its controller does it, which this cluster lacks.
#
pairs 1 30 | kubectl apply -n doomed -f - >/dev/null
soon 'objects in the namespace' eval '[ "$(object ImagePolicy app30 .status.latestRef.tag doomed)" = 1.2.0 ]'
kubectl delete namespace doomed --wait=false >/dev/null
kubectl annotate imagerepositories --all -n doomed reconcile.fluxcd.io/requestedAt=end >/dev/null
kubectl delete imagerepositories,imagepolicies --all -n doomed --wait=false >/dev/null
soon 'none is left' eval '[ -z "$(kubectl get imagerepositories,imagepolicies -n doomed -o name)" ]'
soon 'nor is work' idle
tap_is 'nor a metric' "$(metric gotk_reconcile_condition 'namespace="doomed"')" 0

kill -TERM "$STORM"
CODE=0
wait "$STORM" || CODE=$?
tap_is 'the controller ends in peace' "$CODE" 0
tap_done
