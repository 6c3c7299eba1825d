#!/bin/sh
# `tidemark install --export` prints the files of deploy/, and a real API server
# accepts them. Usage: install_test.sh TIDEMARK
set -u
here=$(cd "$(dirname "$0")" && pwd)
deploy=$here/../../deploy
program=$(realpath "${1:?usage: install_test.sh TIDEMARK}")
. "$here/../lib/tap.sh"
. "$here/../lib/kube.sh"
unset FLUX_SYSTEM_NAMESPACE

dir=$(mktemp -d)
trap 'kube_lab_stop; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
install() { # OPTION…
    "$program" install --export "$@"
}

# Without a server.
install >"$dir/manifests"
for file in $(sed -n 's/^  - \(.*\.yaml\)$/\1/p' "$deploy/kustomization.yaml"); do
    echo ---
    cat "$deploy/$file"
done >"$dir/files"
tap_is 'the files of deploy/, in the order of its kustomization' \
    "$(diff "$dir/files" "$dir/manifests" | head -n 20)" ""
tap_is 'and there are some' "$(grep -c '^kind: CustomResourceDefinition$' "$dir/manifests")" 3

install -n 123 --image "it's.example.com:5000/tidemark:1" >"$dir/other"
tap_is 'no other line changes' "$(diff "$dir/manifests" "$dir/other" | grep '^>')" "$(cat <<'END'
>   name: '123'
>   namespace: '123'
>   name: tidemark-123
>   name: tidemark-123
>   name: tidemark-123
>     namespace: '123'
>   namespace: '123'
>   namespace: '123'
>     namespace: '123'
>   namespace: '123'
>           image: 'it''s.example.com:5000/tidemark:1'
>             - --events-addr=http://notification-controller.123.svc.cluster.local./
>   namespace: '123'
END
)"
tap_is 'the namespace of the environment' \
    "$(FLUX_SYSTEM_NAMESPACE=gitops install | grep -c -F "namespace: 'gitops'")" 7

# What the Deployment starts is a command line of this program.
arguments=$(sed -n '/^          args:/,/^          [a-z]*:$/s/^            - //p' "$dir/manifests")
# shellcheck disable=SC2086  # each word is one
got=$("$program" $arguments --help 2>&1)
tap_is 'the program knows its arguments' "$? $(echo "$got" | grep ✗)" '0 '
tap_is 'the first of them' "$(echo "$arguments" | head -n 2)" 'run
--store=kubernetes'

refuses() { # NAME ERROR OPTION…
    name=$1 error=$2
    shift 2
    got=$("$program" install "$@" 2>&1)
    tap_is "$name" "$? $got" "1 ✗ $error"
}
refuses 'without --export' '--export is required: pipe what it prints to kubectl apply'
refuses 'a namespace that is none' 'namespace must be a valid DNS label: "a_b"' --export -n a_b
refuses 'an image that is none' 'could not parse reference: UPPER' --export --image UPPER
refuses 'an image with a blank' 'could not parse reference: a b' --export --image 'a b'
refuses 'an image with a line break' 'could not parse reference: a b: c' --export --image 'a
b: c'
refuses 'no image' 'could not parse reference: ' --export --image=

# On a server.
why=$(kube_lab_missing) || {
    tap_skip 'install on Kubernetes' "$why"
    tap_done
    exit
}
kube_lab_start "$dir/lab" || {
    tap_fail 'the lab starts'
    tap_done
    exit
}
accepts() { # NAME OPTION…: as a dry run, into namespaces that are there
    name=$1
    shift
    got=$(install "$@" | kube_lab_kubectl admin apply --server-side --dry-run=server -f - 2>&1)
    tap_is "$name: exit code" $? 0
    tap_is "$name" "$(echo "$got" | sed 's/ serverside-applied (server dry run)$//' |
        cut -d / -f 1)" "$(cat <<'END'
namespace
customresourcedefinition.apiextensions.k8s.io
customresourcedefinition.apiextensions.k8s.io
customresourcedefinition.apiextensions.k8s.io
serviceaccount
clusterrole.rbac.authorization.k8s.io
clusterrolebinding.rbac.authorization.k8s.io
role.rbac.authorization.k8s.io
rolebinding.rbac.authorization.k8s.io
deployment.apps
networkpolicy.networking.k8s.io
END
)"
}
kube_lab_namespace flux-system 123
accepts 'a real API server takes it'
accepts 'and with another namespace and image' -n 123 --image registry.example.com/tidemark:1@sha256:$(
    printf '%064d' 0)
install | kube_lab_kubectl admin apply --server-side -f - >"$dir/applied" 2>&1
tap_is 'it can be applied' $? 0
tap_is 'and is then what kustomize makes of deploy/' \
    "$(kube_lab_kubectl admin diff --server-side -k "$deploy" 2>&1)" ""
tap_done
