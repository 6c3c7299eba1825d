#!/bin/sh
# The controller on a real API server, with the rights of deploy/rbac.yaml and no
# more: the objects of a Flux user, from creation to deletion.
. "$(dirname "$0")/home.sh"
home_lab git registry
registry_lab_push "http://$REGISTRY" acme/web 1.0.0 1.1.0 2.0.0
repository apps
deployment web "$REGISTRY/acme/web:1.0.0" web >"$LAB/work/apps/web.yaml"
publish apps

controller_start one --enable-leader-election
soon 'the controller leads' controller_leads one
health=$(address_of one health)
soon 'it is ready' curl -sf -o /dev/null "http://$health/readyz"

# Its objects come from kubectl, as a Flux user's do.
cat >"$LAB/objects.yaml" <<END
$(git_repository_yaml apps "$GIT_LAB_HTTP/git/apps.git")
$(image_repository_yaml web "$REGISTRY/acme/web")
$(image_policy_yaml web web 1.x)
$(image_update_yaml apps apps)
END
sed -i 's/^metadata: {name: \([a-z]*\)}/metadata: {name: \1, namespace: flux-system}/' "$LAB/objects.yaml"
run kubectl apply -f "$LAB/objects.yaml"
tap_is 'kubectl applies the objects' "$CODE" 0
for kind in imagerepository/web imagepolicy/web imageupdateautomation/apps; do
    run kubectl wait -n flux-system --for=condition=Ready --timeout=60s "$kind"
    tap_is "kubectl waits for $kind" "$CODE $(cat "$LAB/out")" \
        "0 ${kind%%/*}.image.toolkit.fluxcd.io/${kind##*/} condition met"
done

digest=$(object ImageRepository web .status.lastScanResult.revision)
tap_is 'the repository tells its scan' "$(condition ImageRepository web Ready)" \
    "True Succeeded successful scan: found 3 tags with checksum $digest"
tap_is 'and holds no other condition' "$(types_of ImageRepository web)" Ready
tap_is 'the policy tells its image' "$(condition ImagePolicy web Ready)" \
    "True Succeeded Latest image tag for $REGISTRY/acme/web resolved to 1.1.0"
tap_is 'and reflects it' "$(object ImagePolicy web .status.latestRef)" \
    "{\"name\":\"$REGISTRY/acme/web\",\"tag\":\"1.1.0\"}"
head=$(head_of apps)
soon 'the automation tells its commit' eval \
    'events_of ImageUpdateAutomation apps | grep -q "^Normal Succeeded pushed commit .${head%%"${head#???????}"}. to branch .main."'
tap_is 'which has the image' "$(file_of apps web.yaml | grep image:)" \
    "        image: $REGISTRY/acme/web:1.1.0 # {\"\$imagepolicy\": \"flux-system:web\"}"
tap_is 'its status is complete' \
    "$(object ImageUpdateAutomation apps .status.observedPolicies.web.tag) $(object ImageUpdateAutomation apps .status.observedSourceRevision) $(object ImageUpdateAutomation apps .status.lastPushCommit)" \
    "1.1.0 main@sha1:$(head_of apps) $(head_of apps)"
for kind in ImageRepository ImagePolicy; do
    tap_is "$kind: finalizer and generation" \
        "$(object $kind web '.metadata.finalizers[*]') $(object $kind web .status.observedGeneration)" \
        'finalizers.fluxcd.io 1'
done
tap_is 'fields under the names of the controllers' \
    "$(kubectl get imagerepository web -n flux-system --show-managed-fields -o 'jsonpath={.metadata.managedFields[?(@.subresource=="status")].manager}') $(kubectl get imageupdateautomation apps -n flux-system --show-managed-fields -o 'jsonpath={.metadata.managedFields[?(@.subresource=="status")].manager}')" \
    'image-reflector-controller image-automation-controller'

# Events as Flux's controllers record them.
soon 'an event of the scan' same "$(events_of ImageRepository web)" \
    "Normal Succeeded successful scan: found 3 tags with checksum $digest"
tap_is 'from the controller that Flux has for it' \
    "$(kubectl get events -n flux-system --field-selector involvedObject.kind=ImageRepository -o 'jsonpath={.items[0].source.component} {.items[0].involvedObject.apiVersion} {.items[0].involvedObject.uid}')" \
    "image-reflector-controller image.toolkit.fluxcd.io/v1 $(object ImageRepository web .metadata.uid)"

# A new tag goes all the way by a request, as from `flux reconcile`.
new_tags acme/web 1.2.0
kubectl annotate imagerepository web -n flux-system --overwrite reconcile.fluxcd.io/requestedAt=now >/dev/null
soon 'a request makes a commit' eval 'file_of apps web.yaml | grep -q "web:1.2.0"'
soon 'the request is answered' eval '[ "$(object ImageRepository web .status.lastHandledReconcileAt)" = now ]'

# Suspended: nothing happens, but the request is answered.
kubectl patch imagerepository web -n flux-system --type=merge -p '{"spec":{"suspend":true}}' >/dev/null
new_tags acme/web 1.3.0
kubectl annotate imagerepository web -n flux-system --overwrite reconcile.fluxcd.io/requestedAt=later >/dev/null
soon 'a suspended object answers requests' eval \
    '[ "$(object ImageRepository web .status.lastHandledReconcileAt)" = later ]'
tap_is 'and scans nothing' "$(object ImageRepository web .status.lastScanResult.tagCount)" 4
kubectl patch imagerepository web -n flux-system --type=merge -p '{"spec":{"suspend":null}}' >/dev/null
soon 'resumed, it goes on' eval 'file_of apps web.yaml | grep -q "web:1.3.0"'

# What goes wrong, in Flux's words.
kubectl patch imagepolicy web -n flux-system --type=merge -p '{"spec":{"policy":{"semver":{"range":"nope"}}}}' >/dev/null
soon 'a range that is none stalls' condition_like ImagePolicy web Stalled 'True InvalidPolicy *'
tap_is 'with the same words in Ready' "$(condition ImagePolicy web Ready)" \
    "False InvalidPolicy $(condition ImagePolicy web Stalled | cut -d ' ' -f 3-)"
tap_is 'and the generation is observed' "$(object ImagePolicy web .status.observedGeneration)" 2
kubectl patch imagepolicy web -n flux-system --type=merge -p '{"spec":{"policy":{"semver":{"range":"1.x"}}}}' >/dev/null
soon 'a good one makes it Ready' condition_like ImagePolicy web Ready 'True Succeeded *'
tap_is 'without a trace of the stall' "$(types_of ImagePolicy web)" Ready
kubectl patch imagerepository web -n flux-system --type=merge -p "{\"spec\":{\"image\":\"$REGISTRY/acme/gone\"}}" >/dev/null
soon 'an image that is not there is tried again' condition_like ImageRepository web Reconciling \
    'True ProgressingWithRetry *'
soon 'and told' condition_like ImageRepository web Ready \
    'False ReadOperationFailed scan failed: GET http*NAME_UNKNOWN*'
kubectl patch imagerepository web -n flux-system --type=merge -p "{\"spec\":{\"image\":\"$REGISTRY/acme/web\"}}" >/dev/null
soon 'the right one makes it Ready' condition_like ImageRepository web Ready 'True Succeeded *'

# Other writers: labels, another finalizer, another field of the status.
kubectl patch imagerepository web -n flux-system --type=merge \
    -p '{"metadata":{"finalizers":["finalizers.fluxcd.io","example.org/other"],"labels":{"team":"a"}}}' >/dev/null
kubectl annotate imagerepository web -n flux-system --overwrite reconcile.fluxcd.io/requestedAt=again >/dev/null
soon 'a pass beside another writer' eval '[ "$(object ImageRepository web .status.lastHandledReconcileAt)" = again ]'
tap_is 'leaves that writer’s parts alone' \
    "$(object ImageRepository web '.metadata.finalizers[*]') $(object ImageRepository web .metadata.labels.team)" \
    'finalizers.fluxcd.io example.org/other a'

# Commands of a user.
tm get image all -n flux-system
tap_is 'get image all' "$CODE $(grep -c True "$LAB/out")" '0 3'
tm reconcile image repository web
printed 'reconcile' 0 <<END
2> ► annotating ImageRepository web in flux-system namespace
2> ✔ ImageRepository annotated
2> ◎ waiting for ImageRepository reconciliation
2> ✔ scan fetched 5 tags
END
tm suspend image policy web
tap_is 'suspend' "$CODE $(object ImagePolicy web .spec.suspend)" '0 true'
tm resume image policy web
tap_is 'resume' "$CODE $(object ImagePolicy web .spec.suspend)" '0 '
must export image policy web
mv "$LAB/out" "$LAB/exported"
run kubectl apply --dry-run=server -f "$LAB/exported"
tap_is 'export gives what kubectl takes' "$CODE $(cat "$LAB/out")" \
    '0 imagepolicy.image.toolkit.fluxcd.io/web configured (server dry run)'
fails 'what is not there' 'imagepolicies.image.toolkit.fluxcd.io "nope" not found' \
    reconcile image policy nope
KUBECONFIG=$KUBE_LAB/nobody.kubeconfig tm get image policy
tap_is 'who may not' "$CODE $(grep -c 'forbidden: User "nobody" cannot list resource "imagepolicies"' "$LAB/err")" '1 1'

fails 'a command out of time' 'context deadline exceeded' get image policy --timeout=1ms

# Deletion: ours goes, the other finalizer holds its object.
tm delete image update apps --silent
soon 'a deleted automation goes' gone imageupdateautomation apps
kubectl delete imagerepository web -n flux-system --wait=false >/dev/null
soon 'our finalizer goes' eval '[ "$(object ImageRepository web ".metadata.finalizers[*]")" = example.org/other ]'
kubectl patch imagerepository web -n flux-system --type=merge -p '{"metadata":{"finalizers":null}}' >/dev/null
soon 'and then the object' gone imagerepository web
soon 'the policy misses it' condition_like ImagePolicy web Ready \
    'False DependencyNotReady failed to get the referred ImageRepository: *'

# Metrics and end.
run curl -sf "http://$(address_of one metrics)/metrics"
for metric in gotk_reconcile_duration_seconds_count controller_runtime_reconcile_total \
    workqueue_adds_total rest_client_requests_total leader_election_master_status; do
    tap_is "the metric $metric" "$(grep -c "^$metric{" "$LAB/out" | sed 's/^[1-9][0-9]*$/some/')" some
done
controller_stop
tap_is 'it ends in peace' "$CODE" 0
tap_is 'and gives its Leases back' "$(kubectl get leases -n flux-system -o 'jsonpath={.items[*].spec.holderIdentity}')" ''
tap_is 'nothing was forbidden' "$(grep -c forbidden "$LAB/one.log")" 0
tap_done
