#!/bin/sh
# The client against a real API server: the ways to log in, TLS, what the server
# refuses, watches that break. Argument: the driver, see client_driver.c.
set -u
here=$(cd "$(dirname "$0")" && pwd)
KUBE_LAB_SH=$here/client_test.sh
. "$here/../lib/tap.sh"
. "$here/../lib/kube.sh"
driver=$(realpath "$1")

why=$(kube_lab_missing) || {
    tap_skip 'the Kubernetes client' "$why"
    tap_done
    exit
}
dir=$(mktemp -d)
proxy=
trap '[ -z "$proxy" ] || kill "$proxy"; kube_lab_stop; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
# Without its cache, which a server that was stopped takes long to fill again.
kube_lab_start "$dir" --watch-cache=false || {
    tap_fail 'the lab starts'
    tap_done
    exit
}
kube_lab_namespace flux-system apps
export HOME="$dir"
cd "$dir" || exit 1

# Commands on standard input; URLs are hidden.
as() { # USER [FLAG…]
    as_file=$dir/$1.kubeconfig
    shift
    "$driver" --kubeconfig "$as_file" "$@" 2>&1 | sed "s,$KUBE_LAB_URL,URL,g; s,$dir,DIR,g"
}
get='get v1 namespaces - apps'

# The ways to log in.
for user in admin certificate; do
    tap_is "$user" "$(echo "$get" | as $user)" 'Namespace apps'
done
tap_is 'a wrong token' "$(echo "$get" | as admin --token wrong)" \
    '401 Unauthorized unauthorized: Unauthorized'
tap_is 'nobody' "$(echo "$get" | as nobody)" \
    '403 Forbidden unauthorized: namespaces "apps" is forbidden: User "nobody" cannot get resource "namespaces" in API group "" in the namespace "apps"'
tap_is 'as somebody else' "$(echo "$get" | as admin --as nobody --as-group a --as-user-extra k=v)" \
    "$(echo "$get" | as nobody)"
tap_is 'as somebody of the masters' \
    "$(echo "$get" | as admin --as ann --as-group system:masters)" 'Namespace apps'
tap_is 'a plugin runs once' "$(printf '%s\n' "$get" "$get" 'run wc -l <exec-runs' | as exec |
    sed 's/.*forbidden: \(User.*tidemark"\).*/\1/')" \
    'User "system:serviceaccount:flux-system:tidemark"
User "system:serviceaccount:flux-system:tidemark"
1'
KUBECONFIG="$dir/nonexistent:$dir/admin.kubeconfig"
export KUBECONFIG
tap_is 'by KUBECONFIG' "$(echo "$get" | "$driver")" 'Namespace apps'
unset KUBECONFIG
mkdir -p .kube
cp admin.kubeconfig .kube/config
tap_is 'by ~/.kube/config' "$(echo "$get" | "$driver")" 'Namespace apps'
rm .kube/config
tap_is 'by flags alone' "$(echo "$get" | "$driver" --server "$KUBE_LAB_URL" --token admin-token \
    --certificate-authority ca.crt)" 'Namespace apps'
tap_like 'by nothing' "$(echo 'discover a.io v1' | "$driver")" \
    'unavailable: failed to get server groups: Get "http://localhost:8080/apis/a.io": dial tcp *: connect: connection refused'
tap_is 'no such file' "$(echo "$get" | "$driver" --kubeconfig /nonexistent)" \
    'not-found: stat /nonexistent: no such file or directory'
tap_is 'no such context' "$(echo "$get" | as admin --context nope)" \
    'not-found: context "nope" does not exist'

# A plugin whose tokens last two seconds.
cat >short-plugin <<END
#!/bin/sh
echo run >>"$dir/short-runs"
printf '{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", "status":
    {"token": "admin-token", "expirationTimestamp": "%s"}}' "\$(date -u -d '2 seconds' +%FT%TZ)"
END
chmod 755 short-plugin
echo 'exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./short-plugin}' |
    kube_lab_kubeconfig short
tap_is 'a plugin runs again when its token expires' \
    "$(printf '%s\n' "$get" 'run sleep 3' "$get" 'run wc -l <short-runs' | as short)" \
    'Namespace apps
Namespace apps
2'

# A plugin that gives a certificate.
cat >cert-plugin <<END
#!/usr/bin/env python3
import json
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {
    "clientCertificateData": open("$dir/client.crt").read(),
    "clientKeyData": open("$dir/client.key").read()}}))
END
chmod 755 cert-plugin
echo 'exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: ./cert-plugin}' |
    kube_lab_kubeconfig cert-plugin
tap_is 'a plugin that gives a certificate' "$(echo "$get" | as cert-plugin)" 'Namespace apps'

# A token file whose token dies with its Secret. The server believes it for some
# seconds more.
kube_lab_kubectl admin create serviceaccount tidemark -n flux-system >>log
kube_lab_kubectl admin create clusterrolebinding tidemark --clusterrole cluster-admin \
    --serviceaccount flux-system:tidemark >>log
kube_lab_kubectl admin create secret generic life -n flux-system >>log
kube_lab_kubectl admin create token tidemark -n flux-system --bound-object-kind Secret \
    --bound-object-name life >token
echo 'tokenFile: token' | kube_lab_kubeconfig file
cat >renew <<END
#!/bin/sh
bin/kubectl --kubeconfig admin.kubeconfig create token tidemark -n flux-system >fresh
bin/kubectl --kubeconfig admin.kubeconfig delete secret life -n flux-system >>log
while curl -sf --cacert ca.crt -H "Authorization: Bearer \$(cat token)" $KUBE_LAB_URL/api >>log; do
    sleep 0.5
done
mv fresh token
END
chmod 755 renew
tap_is 'a token file is read again after a refusal' \
    "$(printf '%s\n' "$get" 'run ./renew' "$get" | as file)" 'Namespace apps
Namespace apps'

# TLS.
tap_is 'another name of the server' \
    "$(echo "$get" | as admin --tls-server-name kubernetes.default.svc)" 'Namespace apps'
tap_like 'a name that it does not have' "$(echo "$get" | as admin --tls-server-name other.svc)" \
    "0 - unavailable: Get \"URL/api/v1/namespaces/apps\": tls: failed to verify certificate: x509: certificate is not valid for 'other.svc'"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key \
    -out other.crt -days 2 -subj '/CN=other authority' 2>>log
tap_like 'another authority' "$(echo "$get" | as admin --certificate-authority other.crt)" \
    '*certificate signed by unknown authority'
tap_like 'the authority takes the place of the system'"'"'s' \
    "$(echo "$get" | SSL_CERT_FILE=$dir/ca.crt as admin --certificate-authority other.crt)" \
    '*certificate signed by unknown authority'
tap_is 'no check at all' "$(echo "$get" | as admin --insecure-skip-tls-verify)" 'Namespace apps'
tap_is 'the system'"'"'s authorities' "$(echo "$get" | SSL_CERT_FILE=$dir/ca.crt "$driver" \
    --server "$KUBE_LAB_URL" --token admin-token)" 'Namespace apps'

# A proxy.
mkfifo proxy-says
python3 "$here/../lib/proxy_server.py" proxy.log >proxy-says &
proxy=$!
{ read -r port && read -r _; } <proxy-says
for scheme in http socks5; do
    sed "s,^      server:.*,&\n      proxy-url: $scheme://127.0.0.1:$port," admin.kubeconfig \
        >proxy.kubeconfig
    : >proxy.log
    tap_is "by a proxy, $scheme" "$(printf '%s\n' "$get" 'run cat proxy.log' | as proxy)" \
        "Namespace apps
$(echo $scheme | sed 's/http/connect/; s/socks5/socks/') 127.0.0.1 ${KUBE_LAB_URL##*:}"
done

# What the server says.
map='{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"m"'
tap_is 'objects' "$(as admin <<END | sed 's/: a lowercase RFC.*//; s/ (must be of type.*//'
get v1 configmaps apps m
create v1 configmaps apps $map}}
get v1 configmaps apps m
create v1 configmaps apps $map}}
replace v1 configmaps apps $map,"resourceVersion":"1"}}
create v1 configmaps nowhere $map}}
create v1 configmaps apps {"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"M_M"}}
create v1 configmaps apps []
get v1 configmaps apps ../secrets/s
delete v1 configmaps apps m
delete v1 configmaps apps m
get v1 nonsenses apps m
get nonsense.io/v1 nonsenses apps -
END
)" 'absent
ConfigMap m
ConfigMap m
409 AlreadyExists conflict: configmaps "m" already exists
409 Conflict conflict: Operation cannot be fulfilled on configmaps "m": the object has been modified; please apply your changes to the latest version and try again
404 NotFound not-found: namespaces "nowhere" not found
422 Invalid invalid: ConfigMap "M_M" is invalid: metadata.name: Invalid value: "M_M"
400 BadRequest invalid: the object provided is unrecognized
0 - invalid: invalid resource name "../secrets/s": may not contain '"'/' or '%'"'
Status -
absent
404 NotFound not-found: the server could not find the requested resource
404 - not-found: the server could not find the requested resource'

tap_is 'versions' "$(as admin <<END
version
discover apps v2 v1 v1beta1
discover apps v9
discover nonsense.io v1
discover - v1
END
)" "$(kube_lab_curl admin-token /version | sed -n 's/.*"gitVersion": "\(.*\)".*/\1/p')
v1
none
none
v1"

# Watches that break. The first event is that of an object which is there.
kube_lab_kubectl admin create configmap seen -n apps >>log
tap_is 'a silent server' "$(echo "watch v1 configmaps apps 1000 kill -STOP $KUBE_LAB_APISERVER" |
    as admin)" 'ADDED seen
unavailable: Get "URL/api/v1/namespaces/apps/configmaps?watch=true": nothing came for 1000 ms'
kill -CONT "$KUBE_LAB_APISERVER"
tap_like 'a server that dies' "$(echo "watch v1 configmaps apps 0 kill -KILL $KUBE_LAB_APISERVER" |
    as admin)" 'ADDED seen
unavailable: Get "URL/api/v1/namespaces/apps/configmaps?watch=true": *EOF'
kube_lab_stop_apiserver
tap_like 'a server that is gone' "$(echo "$get" | as admin)" \
    '0 - unavailable: Get "URL/api/v1/namespaces/apps": dial tcp 127.0.0.1:*: connect: connection refused'
tap_done
