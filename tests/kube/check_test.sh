#!/bin/sh
# `check` on a real API server: what it finds there, and what it misses. Also the
# Secrets of `create`, which land in the cluster.
. "$(dirname "$0")/home.sh"
need openssl ssh-keygen ssh-keyscan
home_lab git
version=$(kubectl version -o json 2>/dev/null | sed -n '/serverVersion/,$s/.*"gitVersion": "v\([^"]*\)".*/\1/p')
GIT_LAB_PASSPHRASE='phrase of a check' # not the lab's own, which another test looks for
git_lab_ssh || exit 1

# Nobody runs pods here: the test says what the Deployment's status is.
pods() { # AVAILABLE
    kubectl patch deployment tidemark -n flux-system --subresource=status --type=merge -p \
        "{\"status\": {\"observedGeneration\": 1, \"replicas\": 1, \"updatedReplicas\": 1, \"readyReplicas\": $1, \"availableReplicas\": $1}}" \
        >/dev/null
}
crds='✔ gitrepositories.source.toolkit.fluxcd.io/v1
✔ imagerepositories.image.toolkit.fluxcd.io/v1
✔ imagepolicies.image.toolkit.fluxcd.io/v1
✔ imageupdateautomations.image.toolkit.fluxcd.io/v1'
prerequisites="► checking prerequisites
✔ Kubernetes $version >=1.25.0-0
✔ prerequisites checks passed"
# Exit code and all that a check says.
said() {
    echo "$CODE $(cat "$LAB/out")"
    cat "$LAB/err"
}

tm check --pre
tap_is 'the prerequisites' "$(said)" "0 
$prerequisites"
pods 1
tm check
tap_is 'all is there' "$(said)" "0 
$prerequisites
► checking controllers
✔ tidemark: deployment ready
► tidemark:latest
► checking crds
$crds
► checking permissions
✔ all 29 permissions of the controller
✔ all checks passed"
tm check --kubeconfig "$KUBE_LAB/tidemark.kubeconfig"
tap_is 'the controller itself may do all that it needs' "$(said | grep -v -e '^⚠' -e '^►')" "0 
$(echo "$prerequisites" | sed 1d)
$crds
✔ all 29 permissions of the controller
✔ all checks passed"
tap_is 'but not look at deployments' "$(grep -c '^⚠️ tidemark: deployments.apps "tidemark" is forbidden' "$LAB/err")" 1
tm check --as=system:serviceaccount:flux-system:tidemark
tap_is 'the same by impersonation' "$CODE $(tail -n 2 "$LAB/err" | head -n 1)" \
    '0 ✔ all 29 permissions of the controller'
tm check --kubeconfig "$KUBE_LAB/nobody.kubeconfig"
tap_is 'what nobody may not' "$CODE $(sed -n '/permissions$/,$p' "$LAB/err")" "1 ► checking permissions
✗ imagepolicies.image.toolkit.fluxcd.io: missing get, list, watch, patch in all namespaces
✗ imagerepositories.image.toolkit.fluxcd.io: missing get, list, watch, patch in all namespaces
✗ imageupdateautomations.image.toolkit.fluxcd.io: missing get, list, watch, patch in all namespaces
✗ imagepolicies.image.toolkit.fluxcd.io/status: missing patch in all namespaces
✗ imagerepositories.image.toolkit.fluxcd.io/status: missing patch in all namespaces
✗ imageupdateautomations.image.toolkit.fluxcd.io/status: missing patch in all namespaces
✗ imagepolicies.image.toolkit.fluxcd.io/finalizers: missing update in all namespaces
✗ imagerepositories.image.toolkit.fluxcd.io/finalizers: missing update in all namespaces
✗ imageupdateautomations.image.toolkit.fluxcd.io/finalizers: missing update in all namespaces
✗ gitrepositories.source.toolkit.fluxcd.io: missing get, list, watch in all namespaces
✗ namespaces: missing get in all namespaces
✗ secrets: missing get in all namespaces
✗ serviceaccounts: missing get in all namespaces
✗ events: missing create, patch in all namespaces
✗ leases.coordination.k8s.io: missing get, create, update in namespace flux-system
✗ check failed"

# A Deployment that is not ready is waited for.
pods 0
tm check --timeout=2s --poll-interval=100ms
tap_is 'a deployment that does not get ready' "$CODE $(sed -n '/controllers$/,/crds$/p' "$LAB/err")" \
    '1 ► checking controllers
◎ waiting for the deployment tidemark
✗ tidemark: deployment not ready
► tidemark:latest
► checking crds'
"$TIDEMARK" check --poll-interval=50ms >"$LAB/out" 2>"$LAB/err" &
checking=$!
PIDS="$PIDS $checking"
soon 'it waits' grep -q 'waiting for the deployment' "$LAB/err"
pods 1
wait $checking
tap_is 'and sees it get ready' "$? $(sed -n '/◎/,/latest/p' "$LAB/err")" '0 ◎ waiting for the deployment tidemark
✔ tidemark: deployment ready
► tidemark:latest'

# What runs beside it.
kubectl create deployment image-automation-controller -n flux-system --image=example.com/x \
    >/dev/null 2>&1
tm check
tap_is 'a controller that does the same work' "$CODE $(grep -e '^✗' -e '^⚠' "$LAB/err")" \
    '1 ✗ image-automation-controller: does the same work beside tidemark, scale it to 0
✗ check failed'
kubectl scale deployment image-automation-controller -n flux-system --replicas=0 >/dev/null
tm check
tap_is 'and is scaled to 0' "$CODE $(grep -e '^✗' -e '^⚠' "$LAB/err")" '0 '
kubectl scale deployment image-automation-controller -n flux-system --replicas=1 >/dev/null
kubectl delete deployment tidemark -n flux-system >/dev/null
tm check
tap_is 'before tidemark is installed' "$CODE $(grep -e '^✗' -e '^⚠' "$LAB/err")" \
    "0 ⚠️ tidemark: no deployment in the 'flux-system' namespace
⚠️ image-automation-controller: scale it to 0 before tidemark is installed"

# What is missing.
kubectl delete crd imagepolicies.image.toolkit.fluxcd.io gitrepositories.source.toolkit.fluxcd.io >/dev/null
definitions_are_gone() {
    tm check --pre
    tm check
    [ "$(grep -c 'not served' "$LAB/err")" = 2 ]
}
soon 'two definitions are gone' definitions_are_gone
tap_is 'and named' "$CODE $(sed -n '/crds$/,/permissions$/p' "$LAB/err")" '1 ► checking crds
✗ gitrepositories.source.toolkit.fluxcd.io: not served in a version that tidemark knows, which is v1
✔ imagerepositories.image.toolkit.fluxcd.io/v1
✗ imagepolicies.image.toolkit.fluxcd.io: not served in a version that tidemark knows, which is v1
✔ imageupdateautomations.image.toolkit.fluxcd.io/v1
► checking permissions'
kubectl patch clusterrole tidemark-flux-system --type=json \
    -p '[{"op": "replace", "path": "/rules/4/resources", "value": ["namespaces", "secrets"]}]' >/dev/null
kubectl delete rolebinding tidemark-leader-election -n flux-system >/dev/null
rights_are_less() {
    tm check --kubeconfig "$KUBE_LAB/tidemark.kubeconfig"
    [ "$(grep -c ': missing' "$LAB/err")" = 2 ]
}
soon 'two rights are gone' rights_are_less
tap_is 'and named too' "$CODE $(grep ': missing' "$LAB/err")" \
    '1 ✗ serviceaccounts: missing get in all namespaces
✗ leases.coordination.k8s.io: missing get, create, update in namespace flux-system'

# Secrets.
secret() { # NAME KEY
    kubectl get secret "$1" -n flux-system -o "jsonpath={.data.$2}" | base64 -d
}
tm create secret git login --url=https://git.acme.test/a -u me -p one --label=team=web
tap_is 'a Secret' "$(said)
$(secret login username) $(secret login password) $(object secret login .type) $(object secret login .metadata.labels.team)" \
    "0 
► git secret 'login' created in 'flux-system' namespace
me one Opaque web"
kubectl patch secret login -n flux-system -p '{"stringData": {"more": "kept"}}' >/dev/null
tm create secret git login --url=https://git.acme.test/a -u me -p two
tap_is 'its values replace, others stay' "$CODE $(secret login password) $(secret login more)" '0 two kept'
fails 'not another type' \
    "secret 'login' is there already, with the type Opaque instead of kubernetes.io/dockerconfigjson: delete it or choose another name" \
    create secret oci login --url=ghcr.io -u a -p b
tm create secret oci pull --url=ghcr.io -u a -p b
tap_is 'of a type' "$CODE $(object secret pull .type) $(secret pull '\.dockerconfigjson' | grep -c '"ghcr.io"')" \
    '0 kubernetes.io/dockerconfigjson 1'
tm create secret proxy out --address=http://x:1 --kubeconfig "$KUBE_LAB/nobody.kubeconfig"
tap_like 'without the right to' "$CODE $(cat "$LAB/err")" '1 ✗ secrets "out" is forbidden: *'
tm create secret git key --url="$GIT_LAB_SSH/a"
tap_is 'a new key' "$CODE $(secret key 'identity\.pub' | cut -d ' ' -f 1) $(secret key known_hosts)" \
    "0 ecdsa-sha2-nistp384 $(cat "$LAB/git/known_hosts")"
kube_lab_crds
tm create source git apps --url="$GIT_LAB_SSH/a" --branch=main --silent --timeout=3s
tap_is 'an ssh URL always makes a key in a cluster' \
    "$CODE $(tail -n 1 "$LAB/err") $(object gitrepository apps .spec.secretRef.name) $(secret apps known_hosts)" \
    "1 ✗ context deadline exceeded apps $(cat "$LAB/git/known_hosts")"

kube_lab_stop_apiserver
tm check
tap_like 'a server that is gone' "$(said)" '1 
► checking prerequisites
✗ Kubernetes API call failed: *
✗ check failed'
fails 'operands' 'unknown command "x" for "tidemark check"' check x
tap_done
