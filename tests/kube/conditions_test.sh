#!/bin/sh
# What objects say in each situation of Flux's tables, on a real API server: the
# rows of conditions.txt, all at once.
. "$(dirname "$0")/home.sh"
home_lab git registry
HERE=$(cd "$(dirname "$0")" && pwd)

registry_lab_push "http://$REGISTRY" acme/web 1.0.0 1.1.0 2.0.0 latest
digest=$(registry_lab_pushed_digest)
registry_lab_push "http://$REGISTRY" acme/broken 9.9.9
find "$LAB/registry/registry" -path '*/acme/broken/_manifests/*' -name link | while read -r link; do
    printf 'sha256:%064d' 0 >"$link"
done
registry_lab_serve hostile hostile_registry.py "$LAB/requests" || exit 1

repository apps
mkdir "$LAB/work/apps/apps" "$LAB/work/apps/idle"
deployment web "$REGISTRY/acme/web:0.9.0" web >"$LAB/work/apps/apps/web.yaml"
sed -i 's/flux-system:/updates:/' "$LAB/work/apps/apps/web.yaml"
: >"$LAB/work/apps/idle/readme"
publish apps
git -C "$LAB/work/apps" push -q origin HEAD:refs/tags/v1
git clone -q --bare "$LAB/git/repos/apps.git" "$LAB/git/repos/read-only.git"
git -C "$LAB/git/repos/read-only.git" config http.receivepack false

# Of three controllers, each with its own objects, one is told to be strict, and
# one lacks rights.
kube_lab_namespace repositories policies shared updates loose forbidden
kubectl apply -f - >/dev/null <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: half}
rules:
  - apiGroups: [image.toolkit.fluxcd.io]
    resources: ['*']
    verbs: [get, update, patch]
  - apiGroups: [image.toolkit.fluxcd.io]
    resources: [imagerepositories, imageupdateautomations]
    verbs: [list, watch]
  - apiGroups: [source.toolkit.fluxcd.io]
    resources: [gitrepositories]
    verbs: [get, list, watch]
  - apiGroups: ['']
    resources: [events]
    verbs: [create, patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: half}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: half}
subjects: [{kind: User, name: nobody}]
END
controller_start free '--watch-label-selector=!shard'
controller_start strict --watch-label-selector=shard=strict --no-cross-namespace-refs
controller_start half --watch-label-selector=shard=half --kubeconfig "$KUBE_LAB/nobody.kubeconfig"

{
    echo "REGISTRY=$REGISTRY"
    echo "GIT=$GIT_LAB_HTTP"
    echo "DIGEST=$digest"
    sed -n 's/^\([a-z_]*\) \([0-9]*\)$/\1=127.0.0.1:\2/p' "$LAB/registry/hostile.out"
} >"$LAB/words"
table() { # VERB PATH…
    python3 "$HERE/conditions.py" "$HERE/conditions.txt" "$LAB/words" "$@"
}
mkdir "$LAB/objects"
table apply "$LAB/objects"
for namespace in repositories policies shared updates forbidden; do
    run kubectl apply -n "$namespace" -f "$LAB/objects/$namespace.yaml"
    tap_is "the objects of $namespace" "$CODE $(cat "$LAB/err")" '0 '
done

# What the schema refuses may be there from an older one, or from a server that
# does not know its rules.
run kubectl apply -n loose -f "$LAB/objects/loose.yaml"
tap_is 'the schema refuses those of loose' "$(grep -c 'is invalid' "$LAB/err")" \
    "$(grep -c '^kind' "$LAB/objects/loose.yaml" | sed 's/4/3/')"
for plural in imagepolicies imageupdateautomations; do
    kubectl get crd "$plural.image.toolkit.fluxcd.io" -o json >"$LAB/crd.json"
    python3 - "$LAB/crd.json" <<'END' | kubectl replace -f - >/dev/null
import json, sys

def loosen(schema):
    if isinstance(schema, dict):
        for key in ("x-kubernetes-validations", "enum"):
            schema.pop(key, None)
        if schema.get("type"):
            schema.pop("default", None)
        for member in schema.values():
            loosen(member)

crd = json.load(open(sys.argv[1]))
for version in crd["spec"]["versions"]:
    loosen(version["schema"]["openAPIV3Schema"]["properties"]["spec"])
json.dump(crd, sys.stdout)
END
done
kubectl delete -n loose imageupdateautomations --all >/dev/null
soon 'a schema without rules takes them' eval 'kubectl apply -n loose -f "$LAB/objects/loose.yaml" >/dev/null'

as_the_table_says() {
    kubectl get imagerepositories,imagepolicies,imageupdateautomations,events -A -o json \
        >"$LAB/dump.json" && table judge "$LAB/dump.json" "$LAB/seen" >"$LAB/rows"
}
eventually as_the_table_says
tab=$(printf '\t')
while IFS=$tab read -r verdict title fault; do
    if [ "$verdict" = ok ]; then
        tap_ok "$title"
    else
        tap_fail "$title" "$fault"
    fi
done <"$LAB/rows"

# What comes later on.
request() { # KIND NAMESPACE NAME
    kubectl annotate "$1" -n "$2" "$3" --overwrite reconcile.fluxcd.io/requestedAt=later >/dev/null
}
becomes() { # KIND NAMESPACE NAME PATTERN of Ready
    # shellcheck disable=SC2254  # it is a pattern
    case $(condition "$1" "$3" Ready "$2") in $4) ;; *) return 1 ;; esac
}
new_tags acme/web 1.2.0
request imagerepository policies web
soon 'a policy tells what it had before' becomes ImagePolicy policies good \
    "True Succeeded Latest image tag for $REGISTRY/acme/web resolved to 1.2.0 (previously $REGISTRY/acme/web:1.1.0)"
soon 'also with its digest' becomes ImagePolicy policies digest \
    "True Succeeded Latest image tag for $REGISTRY/acme/web resolved to 1.2.0 with digest $digest (previously $REGISTRY/acme/web:1.1.0@$digest)"

# A policy whose image somebody else has written.
{
    git_repository_yaml apps "$GIT_LAB_HTTP/git/apps.git"
    image_policy_yaml odd open | sed 's/^spec: {/&suspend: true, /'
} | kubectl apply -n shared -f - >/dev/null
kubectl patch imagepolicy odd -n shared --subresource=status --type=merge \
    -p '{"status":{"latestRef":{"name":"example.org/A B","tag":"x"}}}' >/dev/null
image_update_yaml odd apps | kubectl apply -n shared -f - >/dev/null
soon 'an image that is none' becomes ImageUpdateAutomation shared odd \
    'False UpdateFailed failed to apply policies: encountered invalid image ref "example.org/A B:x": *'

# Another right is given, and one is taken.
kubectl patch clusterrole half --type=json -p '[
    {"op": "add", "path": "/rules/1/resources/-", "value": "imagepolicies"},
    {"op": "replace", "path": "/rules/2/verbs", "value": ["list", "watch"]}]' >/dev/null
request imageupdateautomation forbidden no-right-to-list
soon 'a GitRepository that may not be read' becomes ImageUpdateAutomation forbidden no-right-to-list \
    'False SourceManagerFailed failed configuring source manager: failed to get referenced git repository: *is forbidden: *'

# The store of tags is damaged.
sqlite3 -cmd '.timeout 20000' "$LAB/strict/tidemark.db" 'DROP TABLE tag_chunk; DROP TABLE tag_list'
request imagerepository policies stored
request imagepolicy policies stored
soon 'no store to ask for the last scan' becomes ImageRepository policies stored \
    "False Failure failed to determine if it's scan time: *"
soon 'nor for tags' becomes ImagePolicy policies stored \
    'False Failure failed to read tags from database: *'
tap_done
