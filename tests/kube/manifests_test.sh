#!/bin/sh
# `apply` in a cluster: server-side, beside other managers of the same objects, of
# which `create` and `suspend` are some. And that `run` writes no manifests there.
. "$(dirname "$0")/home.sh"
home_lab

managers() { # KIND NAME
    kubectl get "$1" "$2" -n flux-system --show-managed-fields \
        -o 'jsonpath={range .metadata.managedFields[*]}{.manager} {.operation} {end}'
}

version() { # KIND NAME
    object "$1" "$2" .metadata.resourceVersion
}

mkdir "$LAB/objects"
cat >"$LAB/objects/secret.yaml" <<'END'
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {username: me}
END
{
    git_repository_yaml apps https://git.example/apps.git
    image_repository_yaml web registry.example/web
    image_policy_yaml web web 1.x
    image_update_yaml apps apps
} >"$LAB/objects/image.yaml"
tm apply -f "$LAB/objects"
printed 'apply makes the objects, Secrets first' 0 <<'END'
secret/login created
gitrepository/apps created
imagerepository/web created
imagepolicy/web created
imageupdateautomation/apps created
END
tm apply -f "$LAB/objects"
printed 'again' 0 <<'END'
secret/login unchanged
gitrepository/apps unchanged
imagerepository/web unchanged
imagepolicy/web unchanged
imageupdateautomation/apps unchanged
END
for each in secret/login gitrepository/apps imagerepository/web imagepolicy/web imageupdateautomation/apps; do
    tap_is "$each: its manager" "$(managers "${each%%/*}" "${each##*/}")" 'tidemark Apply '
done
before=$(version imagerepository web)
tm apply -f "$LAB/objects"
tap_is 'what changes nothing is not written' "$(version imagerepository web)" "$before"
run kubectl get imagerepository web -n flux-system --show-managed-fields \
    -o 'jsonpath={.spec.provider} {.metadata.managedFields[0].fieldsV1.f:spec}'
tap_is 'defaults belong to nobody' "$(cat "$LAB/out")" \
    'generic {"f:image":{},"f:insecure":{},"f:interval":{}}'

# Other managers: other commands, and kubectl.
must suspend image policy web
kubectl label imagepolicy web -n flux-system team=a >/dev/null
tm apply -f "$LAB/objects/image.yaml"
tap_is 'what others set outlives an apply' \
    "$CODE $(grep imagepolicy "$LAB/out") $(object imagepolicy web .spec.suspend) $(object imagepolicy web .metadata.labels.team)" \
    '0 imagepolicy/web unchanged true a'
image_policy_yaml web web 2.x >"$LAB/web.yaml"
tm apply -f "$LAB/web.yaml"
tap_is 'also one that changes something' \
    "$CODE $(cat "$LAB/out") $(object imagepolicy web .spec.policy.semver.range) $(object imagepolicy web .spec.suspend)" \
    '0 imagepolicy/web configured 2.x true'
sed 's/policy: {semver/digestReflectionPolicy: IfNotPresent, &/' "$LAB/web.yaml" >"$LAB/more.yaml"
must apply -f "$LAB/more.yaml"
tap_is 'one field more' "$(object imagepolicy web .spec.digestReflectionPolicy)" IfNotPresent
must apply -f "$LAB/web.yaml"
tap_is 'goes with the manifest that it came with' "$(object imagepolicy web .spec.digestReflectionPolicy)" Never
sed 's/^metadata: {/&namespace: flux-system, /; s/2\.x/3.x/' "$LAB/web.yaml" >"$LAB/theirs.yaml"
run kubectl apply --server-side -f "$LAB/theirs.yaml"
tap_is 'kubectl takes nothing away from tidemark' \
    "$CODE $(grep -c 'conflict with "tidemark": .spec.policy.semver.range' "$LAB/err")" '1 1'

# An object that a command made, which waits in vain for a controller.
tm create image policy api --image-ref=web --select-semver=1.x --timeout=2s
tap_is 'create makes a policy' "$CODE $(managers imagepolicy api)" '1 flux Update '
image_policy_yaml api web 2.x >"$LAB/api.yaml"
before=$(version imagepolicy api)
fails 'what a command set is its own' \
    'cannot apply imagepolicy/api: Apply failed with 1 conflict: conflict with "flux" using image.toolkit.fluxcd.io/v1: .spec.policy.semver.range; leave out what others manage, or take it over with --force-conflicts' \
    apply -f "$LAB/api.yaml"
tap_is 'and stays' "$(version imagepolicy api)" "$before"
tm apply --force-conflicts -f "$LAB/api.yaml"
tap_is 'force takes it over' "$CODE $(cat "$LAB/out") $(managers imagepolicy api)" \
    '0 imagepolicy/api configured tidemark Apply flux Update '
tm apply -f "$LAB/api.yaml"
tap_is 'once' "$CODE $(cat "$LAB/out")" '0 imagepolicy/api unchanged'
tm create image policy api --image-ref=web --select-semver=4.x --timeout=2s
tap_is 'create replaces, as the flux command does' "$(object imagepolicy api .spec.policy.semver.range)" 4.x

# What cannot be applied.
fails 'a namespace that is missing' \
    'cannot apply imagepolicy/api: namespaces "nowhere" not found' apply -n nowhere -f "$LAB/api.yaml"
KUBECONFIG=$KUBE_LAB/nobody.kubeconfig tm apply -f "$LAB/api.yaml"
tap_is 'who may not' "$CODE $(grep -c 'forbidden: User "nobody" cannot' "$LAB/err") $(grep -c force "$LAB/err")" '1 1 0'
kubectl patch imagepolicy api -n flux-system --type=merge \
    -p '{"metadata":{"finalizers":["example.org/x"]}}' >/dev/null
kubectl delete imagepolicy api -n flux-system --wait=false >/dev/null
tm apply --force-conflicts -f "$LAB/api.yaml"
printed 'an object that is being deleted' 0 <<'END'
imagepolicy/api configured
2> ⚠️ imagepolicy/api is being deleted: apply it again when it is gone
END
kubectl patch imagepolicy api -n flux-system --type=merge -p '{"metadata":{"finalizers":null}}' >/dev/null
tm apply -f "$LAB/api.yaml"
tap_is 'and when it is gone' "$CODE $(cat "$LAB/out")" '0 imagepolicy/api created'

# A controller applies nothing, and says so before it looks for a server.
export KUBECONFIG="$LAB/no-kubeconfig"
for once in '' --once; do
    # shellcheck disable=SC2086  # no word, or one
    fails "run $once with manifests" \
        "--filename does not go with --store kubernetes, where a controller must not create objects; apply them first: tidemark apply --store kubernetes -f LAB/api.yaml" \
        run $once -f "$LAB/api.yaml"
done
tap_done
