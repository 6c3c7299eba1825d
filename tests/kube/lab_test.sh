#!/bin/sh
# That the lab is what tests/lib/kube.sh says: RBAC refuses, a restart keeps the
# objects, compaction makes an old watch answer 410.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/tap.sh"
. "$here/../lib/kube.sh"

why=$(kube_lab_missing) || {
    tap_skip 'the Kubernetes lab' "$why"
    tap_done
    exit
}
dir=$(mktemp -d)
trap 'kube_lab_stop; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
kube_lab_start "$dir" --watch-cache=false || {
    tap_fail 'the lab starts'
    tap_done
    exit
}

can() { # USER VERB RESOURCE
    kube_lab_kubectl "$1" auth can-i "$2" "$3" -n flux-system 2>/dev/null
}

status() { # TOKEN PATH
    kube_lab_curl "$@" | tail -n 1
}

tap_is 'the server has the version of its module' \
    "$(kube_lab_curl admin-token /version | sed -n 's/.*"gitVersion": "\(.*\)".*/\1/p')" \
    "$(sed -n 's,^[[:space:]]*k8s.io/kubernetes \(v.*\),\1,p' "$here/go.mod")"

kube_lab_namespace flux-system apps
tap_is 'the tables of kubectl work' \
    "$(kube_lab_kubectl admin get namespaces -o name | grep -c -E '/(flux-system|apps)$')" 2

# RBAC.
secrets=/api/v1/namespaces/flux-system/secrets
tap_is 'admin reads secrets' "$(status admin-token $secrets)" 200
tap_is 'tidemark does not' "$(status tidemark-token $secrets)" 403
tap_is 'nobody does not' "$(status nobody-token $secrets)" 403
tap_is 'nobody creates nothing' "$(can nobody create configmaps)" no
tap_is 'a wrong token is nobody at all' \
    "$(status wrong $secrets)" 401
kube_lab_kubectl admin create role reader -n flux-system --verb get,list --resource secrets \
    >>"$dir/log"
kube_lab_kubectl admin create rolebinding reader -n flux-system --role reader \
    --serviceaccount flux-system:tidemark >>"$dir/log"
reads() {
    [ "$(status tidemark-token $secrets)" = 200 ]
}
kube_lab_wait 10 reads
tap_is 'tidemark reads secrets once a role says so' "$(status tidemark-token $secrets)" 200
tap_is 'but those of that namespace only' "$(status tidemark-token /api/v1/namespaces/apps/secrets)" 403
tap_is 'and cannot write them' "$(can tidemark create secrets)" no

# The ways to log in.
whoami() { # USER
    kube_lab_kubectl "$1" auth whoami -o 'jsonpath={.status.userInfo.username}'
}
tap_is 'a client certificate' "$(whoami certificate)" certificate
tap_is 'a credential plugin' "$(whoami exec)" system:serviceaccount:flux-system:tidemark
tap_is 'the plugin ran once' "$(cat "$dir/exec-runs")" run
kube_lab_kubectl admin create serviceaccount tidemark -n flux-system >>"$dir/log"
tap_is 'a signed token' "$(status "$(kube_lab_token flux-system tidemark)" $secrets)" 200

# Restart.
kube_lab_kubectl admin create configmap kept -n apps --from-literal a=b >>"$dir/log"
url=$KUBE_LAB_URL
kube_lab_stop_apiserver
tap_is 'a stopped server answers nothing' "$(status admin-token $secrets)" 000
kube_lab_start_apiserver
tap_is 'the started one has the same address' "$KUBE_LAB_URL" "$url"
tap_is 'and the same objects' \
    "$(kube_lab_kubectl admin get configmap kept -n apps -o 'jsonpath={.data.a}')" b

# Compaction.
watch() { # RESOURCE-VERSION: the first event
    kube_lab_curl admin-token \
        "/api/v1/namespaces/apps/configmaps?watch=1&timeoutSeconds=1&resourceVersion=$1" |
        sed -n 's/^{"type":"\([A-Z]*\)".*/\1/p; s/.*"code":\([0-9]*\)}.*/\1/p' | head -n 2
}
before=$(kube_lab_revision)
list=/api/v1/configmaps?limit=1
next=$(kube_lab_curl admin-token "$list" | sed -n 's/.*"continue": *"\([^"]*\)".*/\1/p')
for i in 1 2 3; do
    kube_lab_kubectl admin annotate configmap kept -n apps --overwrite "round=$i" >>"$dir/log"
done
tap_is 'a watch from before sees what happened' "$(watch "$before" | head -n 1)" MODIFIED
tap_is 'a list goes on' "$(status admin-token "$list&continue=$next")" 200
kube_lab_compact
tap_like 'after compaction the watch answers 410' "$(kube_lab_curl admin-token \
    "/api/v1/namespaces/apps/configmaps?watch=1&timeoutSeconds=1&resourceVersion=$before")" \
    '*"code":410*'
tap_is 'and so does the list' "$(status admin-token "$list&continue=$next")" 410

# Two labs at once, and none left over.
second() {
    first=$KUBE_LAB_URL
    KUBE_LAB_PIDS=
    trap kube_lab_stop EXIT
    kube_lab_start "$dir/second" && [ "$KUBE_LAB_URL" != "$first" ] &&
        kube_lab_curl admin-token /api/v1/namespaces/apps | tail -n 1
}
tap_is 'a second lab runs beside, and has none of the first one'"'"'s objects' "$(second)" 404
tap_is 'the first is still there' "$(status admin-token /api/v1/namespaces/apps)" 200
pids=$KUBE_LAB_PIDS
kube_lab_stop
# shellcheck disable=SC2086  # each word is one
tap_is 'nothing is left running' "$(ps -o pid= -p "$(echo $pids | tr ' ' ,)")" ""
tap_done
