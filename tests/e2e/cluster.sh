#!/bin/sh
# In a cluster: from a tag in the registry to the commit, with the rights that
# deploy/ gives to the service account and no others.
. "$(dirname "$0")/lib.sh"
lab git registry kube
unset TIDEMARK_STORE
kubectl() {
    kube_lab_kubectl admin "$@"
}
field() { # KIND PATH
    kubectl get "$1" web -n apps -o "jsonpath={$2}" 2>&1
}
ready() { # KIND
    field "$1" '.status.conditions[?(@.type=="Ready")].status'
}
manifest() { # what the branch holds
    git -C "$GIT_LAB/repos/config.git" show main:web.yaml
}

registry_lab_push "http://$REGISTRY" acme/web 1.0.0 1.1.0
git_lab_repo config
git clone -q "$GIT_LAB_HTTP/git/config.git" "$LAB/work/config" 2>/dev/null
printf 'image: %s/acme/web:1.0.0 # {"$imagepolicy": "apps:web"}\n' "$REGISTRY" \
    >"$LAB/work/config/web.yaml"
git -C "$LAB/work/config" add web.yaml
git -C "$LAB/work/config" commit -q -m 'Add web'
git -C "$LAB/work/config" push -q origin HEAD:main

kube_lab_namespace apps
kubectl apply -f - >"$LAB/applied" 2>&1 <<END
apiVersion: v1
kind: Secret
metadata: {name: git, namespace: apps}
stringData: {username: tidemark, password: '$GIT_LAB_PASSWORD'}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: web, namespace: apps}
spec: {image: $REGISTRY/acme/web, interval: 1h, insecure: true}
---
apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImagePolicy
metadata: {name: web, namespace: apps}
spec: {imageRepositoryRef: {name: web}, policy: {semver: {range: '*'}}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: config, namespace: apps}
spec:
  url: $GIT_LAB_HTTP/auth/config.git
  interval: 1h
  ref: {branch: main}
  secretRef: {name: git}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: web, namespace: apps}
spec: {sourceRef: {name: config}, interval: 1h, git: {commit: {author: {email: bot@example.com}}}}
END

# One pass.
set -- --store=kubernetes --kubeconfig "$KUBE_LAB/tidemark.kubeconfig" --log-encoding=json \
    --storage-path "$LAB/storage"
tm run --once "$@"
tap_is 'one pass' "$CODE $(grep -i -E '"error"|forbidden|✗' "$LAB/err")" '0 '
tap_is 'the repository is Ready' "$(ready imagerepository)" True
tap_is 'the policy has elected' "$(field imagepolicy .status.latestRef.tag)" 1.1.0
tap_is 'the automation is Ready' "$(ready imageupdateautomation)" True
tap_is 'the manifest is committed' "$(manifest)" \
    "image: $REGISTRY/acme/web:1.1.0 # {\"\$imagepolicy\": \"apps:web\"}"
tap_is 'and the automation knows the commit' "$(field imageupdateautomation .status.lastPushCommit)" \
    "$(git -C "$GIT_LAB/repos/config.git" rev-parse main)"
tap_is 'events tell of it' "$(kubectl get events -n apps -o \
    'jsonpath={range .items[*]}{.involvedObject.kind} {.type} {.reason}{"\n"}{end}' | sort)" \
    "$(cat <<'END'
ImagePolicy Normal Succeeded
ImageRepository Normal Succeeded
ImageUpdateAutomation Normal Succeeded
END
)"

# The daemon, as the Deployment starts it, on a new tag.
RUNTIME_NAMESPACE=flux-system "$TIDEMARK" run "$@" --watch-all-namespaces=true \
    --enable-leader-election >"$LAB/daemon.log" 2>&1 &
PIDS=$!
leads() {
    kubectl get leases -n flux-system -o 'jsonpath={.items[*].spec.holderIdentity}' | grep -q .
}
soon 'the daemon holds the leases' leads
registry_lab_push "http://$REGISTRY" acme/web 1.2.0
kubectl annotate imagerepository web -n apps reconcile.fluxcd.io/requestedAt=now >>"$LAB/applied"
updated() {
    manifest | grep -q :1.2.0 && same "$(field imageupdateautomation .status.lastPushCommit)" \
        "$(git -C "$GIT_LAB/repos/config.git" rev-parse main)"
}
soon 'a new tag is committed, and the automation knows it' updated
kill -TERM "$PIDS"
wait "$PIDS"
tap_is 'it ends in peace' $? 0
tap_is 'and was refused nothing' "$(grep -i -E '"level":"error"|forbidden' "$LAB/daemon.log")" ""
tap_done
