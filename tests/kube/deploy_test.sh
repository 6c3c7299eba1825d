#!/bin/sh
# deploy/ on a real API server: it is accepted whole, its pod is as restricted as
# can be, and the service account may do what tidemark does, and no more.
set -u
here=$(cd "$(dirname "$0")" && pwd)
deploy=$here/../../deploy
. "$here/../lib/tap.sh"
. "$here/../lib/kube.sh"

why=$(kube_lab_missing) || {
    tap_skip 'deploy/ on Kubernetes' "$why"
    tap_done
    exit
}
dir=$(mktemp -d)
trap 'kube_lab_stop; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
kube_lab_start "$dir" || {
    tap_fail 'the lab starts'
    tap_done
    exit
}
kubectl() {
    kube_lab_kubectl admin "$@"
}

said=$(kubectl apply --server-side -k "$deploy" 2>&1)
tap_is 'kustomize takes all of it' "$?" 0
tap_is 'without a warning' "$(echo "$said" | grep -i warning)" ""
tap_is 'a second time nothing changes' "$(kubectl diff --server-side -k "$deploy" 2>&1)" ""
kube_lab_crds

# The standard `restricted`, enforced: a pod from the template of the Deployment.
kubectl create namespace strict >>"$dir/log"
kubectl label namespace strict pod-security.kubernetes.io/enforce=restricted >>"$dir/log"
pod() { # the Pod of the Deployment in the namespace strict, with CHANGES of sed
    kubectl get deployment tidemark -n flux-system -o json | python3 -c '
import json, sys
template = json.load(sys.stdin)["spec"]["template"]
template.update(apiVersion="v1", kind="Pod")
template["metadata"].update(name="pod", namespace="strict")
json.dump(template, sys.stdout)' | sed "$1" | kubectl apply --dry-run=server -f - 2>&1
}
tap_is 'the pod keeps to the standard "restricted"' "$(pod '')" \
    'pod/pod created (server dry run)'
tap_like 'a pod that may gain privileges does not' \
    "$(pod 's/"allowPrivilegeEscalation": false/"allowPrivilegeEscalation": true/')" \
    '*violates PodSecurity*allowPrivilegeEscalation*'

get_deployment() { # JSONPATH
    kubectl get deployment tidemark -n flux-system -o "jsonpath={$1}"
}
container=.spec.template.spec.containers[0]
tap_is 'its root is read-only' \
    "$(get_deployment $container.securityContext.readOnlyRootFilesystem)" true
tap_is 'what it writes is its own, and has a limit' \
    "$(get_deployment .spec.template.spec.volumes[*].emptyDir)" \
    '{"sizeLimit":"4Gi"} {"sizeLimit":"64Mi"}'
tap_is 'and there is room for all of it' \
    "$(get_deployment "$container.resources['requests','limits'].ephemeral-storage")" '256Mi 5Gi'
tap_is 'its ports' "$(get_deployment "$container.ports[*]['name','containerPort']")" \
    'http-prom healthz 8080 9440'
tap_is 'its probes' "$(get_deployment "$container['readinessProbe','livenessProbe'].httpGet.path")" \
    '/readyz /healthz'

# What the service account may do: all of it.
granted() { # NAMESPACE
    kubectl auth can-i --list -n "$1" --as system:serviceaccount:flux-system:tidemark \
        --no-headers 2>/dev/null |
        sed -n 's/^\([a-z][^ ]*\) .*\[/\1 [/p' | grep -v '^selfsubject' | LC_ALL=C sort
}
everywhere='events [create patch]
gitrepositories.source.toolkit.fluxcd.io [get list watch]
imagepolicies.image.toolkit.fluxcd.io [get list watch patch]
imagepolicies.image.toolkit.fluxcd.io/finalizers [update]
imagepolicies.image.toolkit.fluxcd.io/status [patch]
imagerepositories.image.toolkit.fluxcd.io [get list watch patch]
imagerepositories.image.toolkit.fluxcd.io/finalizers [update]
imagerepositories.image.toolkit.fluxcd.io/status [patch]
imageupdateautomations.image.toolkit.fluxcd.io [get list watch patch]
imageupdateautomations.image.toolkit.fluxcd.io/finalizers [update]
imageupdateautomations.image.toolkit.fluxcd.io/status [patch]'
names='namespaces [get]
secrets [get]
serviceaccounts [get]'
tap_is 'the service account may do this in all namespaces' "$(granted apps)" \
    "$everywhere
$names"
tap_is 'and leases in its own' "$(granted flux-system)" \
    "$everywhere
leases.coordination.k8s.io [get create update]
$names"

# And so the server answers.
status() { # PATH [OPTION…]
    kube_lab_curl tidemark-token "$@" | tail -n 1
}
images=/apis/image.toolkit.fluxcd.io/v1/namespaces/apps/imagepolicies
tap_is 'it lists policies' "$(status $images)" 200
tap_is 'it makes none' \
    "$(status $images -H 'Content-Type: application/json' -d '{"metadata": {"name": "a"}}')" 403
tap_is 'it reads a secret whose name it knows' \
    "$(status /api/v1/namespaces/apps/secrets/unknown)" 404
tap_is 'it lists none' "$(status /api/v1/namespaces/apps/secrets)" 403
tap_is 'it holds no lease elsewhere' \
    "$(status /apis/coordination.k8s.io/v1/namespaces/apps/leases/a)" 403
tap_done
