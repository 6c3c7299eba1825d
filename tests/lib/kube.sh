# A Kubernetes API server for tests: the real one on a real etcd, with RBAC, and
# without controllers, scheduler or nodes. To be sourced by a POSIX shell. Both
# listen on 127.0.0.1 on free ports, run as the caller, keep everything below a
# folder that the caller names, and end with `kube_lab_stop`, or with the shell
# that started them, however that ends. Several labs run side by side.
#
#     . tests/lib/kube.sh
#     why=$(kube_lab_missing) || { tap_skip 'the tests on Kubernetes' "$why"; tap_done; exit; }
#     trap kube_lab_stop EXIT
#     kube_lab_start /tmp/my-lab            # sets KUBE_LAB_URL=https://127.0.0.1:PORT
#     kube_lab_deploy                       # deploy/ and the CRD of GitRepository
#     kube_lab_namespace apps
#     kube_lab_kubectl admin get imagepolicies -A
#     tidemark get image all --kubeconfig "$KUBE_LAB/tidemark.kubeconfig"
#     kube_lab_stop
#
# Users, each with a file NAME.kubeconfig and the token NAME-token:
#
#     admin        group system:masters: may do everything
#     tidemark     the service account of that name in flux-system, which may do
#                  nothing until a role is bound to it
#     nobody       a user whom RBAC allows nothing but discovery
#
# and more files for the same server:
#
#     certificate.kubeconfig    admin, by a client certificate
#     exec.kubeconfig           tidemark, by a credential plugin, which notes each
#                               of its runs as a line of the lab's file exec-runs
#     serviceaccount/           tidemark, as a pod sees it: token, ca.crt, namespace
#     ca.crt                    the authority of the server's certificate
#
# A namespace never goes away once deleted, owners' dependents stay, and a
# service account's Secret gets no token: that is the work of controllers.
#
# Needs Go (see scripts/go.sh), Debian's etcd-server, curl, openssl and python3. The first start of all builds the server for some minutes.

KUBE_LAB_SOURCE=$(cd "$(dirname "${KUBE_LAB_SH:-$0}")/.." && pwd)
KUBE_LAB_PIDS=
# Tests have a HOME of their own; what is built is kept in the caller's.
KUBE_LAB_HOME=$HOME
KUBE_LAB_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}

# Runs a script that makes something with Go.
kube_lab_make() { # SCRIPT
    HOME=$KUBE_LAB_HOME XDG_CACHE_HOME=$KUBE_LAB_CACHE_HOME "$KUBE_LAB_SOURCE/$1"
}

# Prints what this machine lacks, and then fails. Builds the server otherwise.
kube_lab_missing() {
    for kube_lab_tool in curl etcd openssl python3 setpriv; do
        command -v "$kube_lab_tool" >/dev/null || {
            echo "no $kube_lab_tool on this machine"
            return 1
        }
    done
    kube_lab_make kube/build.sh >/dev/null && kube_lab_flux_crds >/dev/null || {
        echo 'Go is missing, or cannot build the Kubernetes API server'
        return 1
    }
}

kube_lab_free_port() {
    python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Runs COMMAND every tenth of a second until it succeeds, SECONDS at most.
kube_lab_wait() { # SECONDS COMMAND…
    kube_lab_left=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        kube_lab_left=$((kube_lab_left - 1))
        [ "$kube_lab_left" -gt 0 ] || return 1
        sleep 0.1
    done
}

# Runs COMMAND in the background: its pid in KUBE_LAB_PID, its output in LOG.
kube_lab_spawn() { # LOG COMMAND…
    kube_lab_log=$KUBE_LAB/$1.log
    shift
    setpriv --pdeathsig KILL "$@" >>"$kube_lab_log" 2>&1 </dev/null &
    KUBE_LAB_PID=$!
    KUBE_LAB_PIDS="$KUBE_LAB_PIDS $KUBE_LAB_PID"
}

kube_lab_kill() { # PID
    kill -KILL "$1" 2>/dev/null
    wait "$1" 2>/dev/null
    kube_lab_rest=
    for kube_lab_pid in $KUBE_LAB_PIDS; do
        [ "$kube_lab_pid" = "$1" ] || kube_lab_rest="$kube_lab_rest $kube_lab_pid"
    done
    KUBE_LAB_PIDS=$kube_lab_rest
}

# An authority, the server's certificate, and one of the group system:masters.
kube_lab_certificates() {
    (
        cd "$KUBE_LAB" || exit 1
        ec='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
        printf 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc\n' >server.ext
        printf 'extendedKeyUsage=clientAuth\n' >client.ext
        # shellcheck disable=SC2086  # the words of $ec are options
        openssl req -x509 $ec -keyout ca.key -out ca.crt -days 2 -subj '/CN=lab authority' &&
            openssl req $ec -keyout server.key -out server.csr -subj '/CN=kube-apiserver' &&
            openssl req $ec -keyout client.key -out client.csr \
                -subj '/O=system:masters/CN=certificate' &&
            for kube_lab_who in server client; do
                openssl x509 -req -in $kube_lab_who.csr -CA ca.crt -CAkey ca.key -CAcreateserial \
                    -days 2 -extfile $kube_lab_who.ext -out $kube_lab_who.crt || exit 1
            done
        openssl genrsa -out serviceaccount.key 2048
    ) >>"$KUBE_LAB/log" 2>&1
}

kube_lab_users() {
    cat >"$KUBE_LAB/tokens.csv" <<END
admin-token,admin,1,"system:masters"
tidemark-token,system:serviceaccount:flux-system:tidemark,2,"system:serviceaccounts,system:serviceaccounts:flux-system"
nobody-token,nobody,3
END
    mkdir -p "$KUBE_LAB/serviceaccount"
    cp "$KUBE_LAB/ca.crt" "$KUBE_LAB/serviceaccount/ca.crt"
    printf tidemark-token >"$KUBE_LAB/serviceaccount/token"
    printf flux-system >"$KUBE_LAB/serviceaccount/namespace"
    cat >"$KUBE_LAB/exec-plugin" <<END
#!/bin/sh
echo run >>"$KUBE_LAB/exec-runs"
echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
    "status": {"token": "tidemark-token"}}'
END
    chmod 755 "$KUBE_LAB/exec-plugin"
}

# Writes NAME.kubeconfig with the YAML of the user on standard input.
kube_lab_kubeconfig() { # NAME
    {
        cat <<END
apiVersion: v1
kind: Config
current-context: lab
clusters:
  - name: lab
    cluster:
      server: $KUBE_LAB_URL
      certificate-authority: $KUBE_LAB/ca.crt
contexts:
  - name: lab
    context: {cluster: lab, user: $1}
users:
  - name: $1
    user:
END
        sed 's/^/      /'
    } >"$KUBE_LAB/$1.kubeconfig"
}

kube_lab_kubeconfigs() {
    for kube_lab_who in admin tidemark nobody; do
        echo "token: $kube_lab_who-token" | kube_lab_kubeconfig $kube_lab_who
    done
    kube_lab_kubeconfig certificate <<END
client-certificate: $KUBE_LAB/client.crt
client-key: $KUBE_LAB/client.key
END
    kube_lab_kubeconfig exec <<END
exec:
  apiVersion: client.authentication.k8s.io/v1
  command: $KUBE_LAB/exec-plugin
  interactiveMode: Never
END
}

kube_lab_etcd() {
    for kube_lab_try in 1 2 3 4 5; do
        KUBE_LAB_ETCD=http://127.0.0.1:$(kube_lab_free_port)
        # One member alone never uses its address for peers.
        kube_lab_spawn etcd etcd --name lab --data-dir "$KUBE_LAB/etcd" \
            --listen-client-urls "$KUBE_LAB_ETCD" --advertise-client-urls "$KUBE_LAB_ETCD" \
            --listen-peer-urls http://127.0.0.1:0 --initial-cluster lab=http://127.0.0.1:1 \
            --initial-advertise-peer-urls http://127.0.0.1:1 --snapshot-count 10000
        kube_lab_wait 10 curl -sf --noproxy '*' "$KUBE_LAB_ETCD/health" && return 0
        kube_lab_kill "$KUBE_LAB_PID"
    done
    echo "kube_lab: etcd does not start, see $KUBE_LAB/etcd.log" >&2
    return 1
}

kube_lab_ready() {
    curl -sf --noproxy '*' --cacert "$KUBE_LAB/ca.crt" -H 'Authorization: Bearer admin-token' \
        "$KUBE_LAB_URL/readyz"
}

# Starts the API server again after `kube_lab_stop_apiserver`, on its old port.
kube_lab_start_apiserver() {
    # shellcheck disable=SC2086  # the words of $KUBE_LAB_FLAGS are options
    kube_lab_spawn apiserver "$KUBE_LAB/bin/kube-apiserver" --etcd-servers "$KUBE_LAB_ETCD" \
        --bind-address 127.0.0.1 --advertise-address 127.0.0.1 \
        --secure-port "${KUBE_LAB_URL##*:}" --cert-dir "$KUBE_LAB/certs" \
        --tls-cert-file "$KUBE_LAB/server.crt" --tls-private-key-file "$KUBE_LAB/server.key" \
        --client-ca-file "$KUBE_LAB/ca.crt" --token-auth-file "$KUBE_LAB/tokens.csv" \
        --authorization-mode RBAC --service-cluster-ip-range 10.0.0.0/24 \
        --service-account-issuer https://kubernetes.default.svc \
        --service-account-key-file "$KUBE_LAB/serviceaccount.key" \
        --service-account-signing-key-file "$KUBE_LAB/serviceaccount.key" \
        --disable-admission-plugins ServiceAccount $KUBE_LAB_FLAGS
    KUBE_LAB_APISERVER=$KUBE_LAB_PID
    kube_lab_polls=0
    until kube_lab_ready >/dev/null; do
        kube_lab_polls=$((kube_lab_polls + 1))
        if ! kill -0 "$KUBE_LAB_APISERVER" 2>/dev/null || [ $kube_lab_polls -gt 1200 ]; then
            kube_lab_kill "$KUBE_LAB_APISERVER"
            return 1
        fi
        sleep 0.05
    done
}

# Ends it as a crash would; etcd keeps the objects.
kube_lab_stop_apiserver() {
    kube_lab_kill "$KUBE_LAB_APISERVER"
}

kube_lab_restart_apiserver() {
    kube_lab_stop_apiserver
    kube_lab_start_apiserver
}

# Starts all. FLAGS are added to the API server's: --watch-cache=false has it
# read every watch from etcd, so that `kube_lab_compact` is felt at once.
kube_lab_start() { # DIR [FLAG…]
    KUBE_LAB=$1
    shift
    KUBE_LAB_FLAGS=$*
    mkdir -p "$KUBE_LAB/bin" &&
        kube_lab_program=$(kube_lab_make kube/build.sh) &&
        ln -sf "$kube_lab_program" "$KUBE_LAB/bin/kube-apiserver" &&
        ln -sf "$kube_lab_program" "$KUBE_LAB/bin/kubectl" &&
        kube_lab_certificates && kube_lab_users && kube_lab_etcd || return 1
    export KUBECACHEDIR="$KUBE_LAB/cache" NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
    unset KUBECONFIG
    for kube_lab_try in 1 2 3; do
        KUBE_LAB_URL=https://127.0.0.1:$(kube_lab_free_port)
        if kube_lab_start_apiserver; then
            kube_lab_kubeconfigs
            return
        fi
    done
    echo "kube_lab: the API server does not start, see $KUBE_LAB/apiserver.log" >&2
    tail -n 5 "$KUBE_LAB/apiserver.log" >&2
    return 1
}

kube_lab_stop() {
    for kube_lab_each in $KUBE_LAB_PIDS; do
        kube_lab_kill "$kube_lab_each"
    done
}

kube_lab_kubectl() { # USER ARGUMENT…
    kube_lab_user=$1
    shift
    "$KUBE_LAB/bin/kubectl" --kubeconfig "$KUBE_LAB/$kube_lab_user.kubeconfig" "$@"
}

# An HTTP request to the API server: the answer's body, and a last line with its
# status. Further arguments are curl's.
kube_lab_curl() { # TOKEN PATH [OPTION…]
    kube_lab_token=$1 kube_lab_path=$2
    shift 2
    curl -s --noproxy '*' --cacert "$KUBE_LAB/ca.crt" -w '\n%{http_code}\n' \
        -H "Authorization: Bearer $kube_lab_token" "$@" "$KUBE_LAB_URL$kube_lab_path"
}

# A signed token of a service account that exists.
kube_lab_token() { # NAMESPACE NAME
    kube_lab_kubectl admin create token -n "$1" "$2"
}

kube_lab_namespace() { # NAME…
    for kube_lab_name; do
        kube_lab_kubectl admin create namespace "$kube_lab_name" >/dev/null || return 1
    done
}

# Applies the CRDs of files or folders, and waits until they are served: by
# default those of deploy/, and the GitRepository of Flux.
kube_lab_crds() { # [FILE…]
    [ $# -gt 0 ] || set -- "$KUBE_LAB_SOURCE/../deploy/crds" \
        "$(kube_lab_flux_crds)/source.toolkit.fluxcd.io_gitrepositories.yaml"
    kube_lab_files=
    for kube_lab_file; do
        kube_lab_files="$kube_lab_files -f $kube_lab_file"
    done
    # shellcheck disable=SC2086  # the words of $kube_lab_files are options
    kube_lab_kubectl admin apply --server-side $kube_lab_files >>"$KUBE_LAB/log" &&
        kube_lab_kubectl admin wait --for condition=Established --timeout 60s $kube_lab_files \
            >>"$KUBE_LAB/log"
}

# Makes the cluster what tidemark finds: its kinds, the namespace flux-system, and
# the service account with its rights. (The Deployment stays without a pod.)
kube_lab_deploy() {
    kube_lab_crds &&
        kube_lab_kubectl admin apply --server-side -k "$KUBE_LAB_SOURCE/../deploy" >>"$KUBE_LAB/log"
}

# The folder with the CRDs of Flux, GROUP_PLURAL.yaml each.
kube_lab_flux_crds() {
    kube_lab_make flux/crds.sh
}

kube_lab_etcd_call() { # METHOD BODY
    curl -sf --noproxy '*' "$KUBE_LAB_ETCD/v3/$1" -d "$2"
}

# The newest revision of etcd, which is the newest resourceVersion.
kube_lab_revision() {
    kube_lab_etcd_call maintenance/status '{}' | sed 's/.*"revision":"\([0-9]*\)".*/\1/'
}

# etcd forgets all revisions but the newest: a continued list from before answers
# 410, and so does a watch, unless the API server has its events in memory (see
# `kube_lab_start`; a restart empties that memory).
kube_lab_compact() {
    kube_lab_etcd_call kv/compaction "{\"revision\": $(kube_lab_revision), \"physical\": true}" \
        >/dev/null
}
