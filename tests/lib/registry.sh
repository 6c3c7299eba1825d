# Container registries for tests: Debian's docker-registry (2.8), registry 3.0 of
# its Go module, a token server, a proxy, and servers that misbehave. To be
# sourced by a POSIX shell. All listen on loopback on free ports, run as the
# caller, keep everything below a folder that the caller names, and end with
# `registry_lab_stop`.
#
#     . tests/lib/registry.sh
#     registry_lab_init /tmp/my-lab
#     registry_lab_start plain                   # sets REGISTRY_LAB=localhost:PORT
#     registry_lab_push "http://$REGISTRY_LAB" acme/app 1.0 1.1
#     registry_lab_seed plain acme/app 50000     # tags 1.0.0 to 1.0.49999
#     registry_lab_twin plain acme/app acme/a1   # another repository with the same tags
#     registry_lab_stop
#
# Needs Debian's docker-registry, curl, openssl, apache2-utils and python3.

REGISTRY_LAB_SOURCE=$(cd "$(dirname "${REGISTRY_LAB_SH:-$0}")/../lib" && pwd)
REGISTRY_LAB_USER=tidemark
REGISTRY_LAB_PASSWORD='pass:word 1'
REGISTRY_LAB_V3=v3.0.0

registry_lab_init() { # DIR
    REGISTRY_LAB_DIR=$1
    REGISTRY_LAB_PIDS=
    mkdir -p "$REGISTRY_LAB_DIR"
    export HOME="$REGISTRY_LAB_DIR" LC_ALL=C NO_PROXY= no_proxy=
    unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY DOCKER_CONFIG
    unset REGISTRY_AUTH_FILE XDG_RUNTIME_DIR SSL_CERT_FILE SSL_CERT_DIR
}

registry_lab_stop() {
    for registry_lab_pid in $REGISTRY_LAB_PIDS; do
        kill "$registry_lab_pid" 2>/dev/null
        wait "$registry_lab_pid" 2>/dev/null
    done
    REGISTRY_LAB_PIDS=
}

registry_lab_free_port() {
    python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Waits until PORT accepts connections. Fails if PID ends first.
registry_lab_wait() { # PORT PID
    python3 - "$1" "$2" <<'END'
import os, socket, sys, time
for _ in range(200):
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()
        sys.exit(0)
    except OSError:
        try:
            os.kill(int(sys.argv[2]), 0)
        except OSError:
            sys.exit(1)
        time.sleep(0.05)
sys.exit(1)
END
}

# A CA, and a server certificate of it for localhost and 127.0.0.1: the files
# ca.crt, server.crt, server.key, and client.crt, client.key below NAME.
registry_lab_ca() { # NAME
    registry_lab_folder=$REGISTRY_LAB_DIR/$1
    mkdir -p "$registry_lab_folder"
    (
        cd "$registry_lab_folder" || exit 1
        ec='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
        # shellcheck disable=SC2086  # the words of $ec are options
        openssl req -x509 $ec -keyout ca.key -out ca.crt -days 2 -subj "/CN=test CA $1" &&
            for who in server client; do
                openssl req $ec -keyout $who.key -out $who.csr -subj "/CN=$who" &&
                    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >ext &&
                    openssl x509 -req -in $who.csr -CA ca.crt -CAkey ca.key -CAcreateserial \
                        -days 2 -extfile ext -out $who.crt || exit 1
            done
    ) >>"$REGISTRY_LAB_DIR/log" 2>&1
}

# The configuration of a registry. FLAVOUR is any of: plain; basic (htpasswd);
# token (asks $REGISTRY_LAB_TOKEN_REALM for tokens); tls and mtls (with the
# files of registry_lab_ca ca); joined by '-'.
registry_lab_config() { # NAME FLAVOUR PORT
    cat <<END
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $REGISTRY_LAB_DIR/$1}, delete: {enabled: true}}
http:
  addr: 127.0.0.1:$3
END
    case $2 in *tls*)
        echo "  tls:"
        echo "    certificate: $REGISTRY_LAB_DIR/ca/server.crt"
        echo "    key: $REGISTRY_LAB_DIR/ca/server.key"
        ;;
    esac
    case $2 in *mtls*) echo "    clientcas: [$REGISTRY_LAB_DIR/ca/ca.crt]" ;; esac
    case $2 in *basic*)
        htpasswd -Bbn -C 4 "$REGISTRY_LAB_USER" "$REGISTRY_LAB_PASSWORD" >"$REGISTRY_LAB_DIR/htpasswd"
        echo "auth: {htpasswd: {realm: lab, path: $REGISTRY_LAB_DIR/htpasswd}}"
        ;;
    esac
    case $2 in *token*)
        echo "auth: {token: {realm: '$REGISTRY_LAB_TOKEN_REALM', service: lab, issuer: lab-issuer,"
        echo "  rootcertbundle: $REGISTRY_LAB_DIR/token/server.crt}}"
        ;;
    esac
}

# Starts a registry with its data below NAME; sets REGISTRY_LAB=localhost:PORT.
# PROGRAM is docker-registry or that of registry_lab_v3.
registry_lab_start() { # NAME [FLAVOUR [PROGRAM]]
    for registry_lab_try in 1 2 3 4 5; do
        registry_lab_port=$(registry_lab_free_port)
        registry_lab_file=$REGISTRY_LAB_DIR/$1.yml
        registry_lab_config "$1" "${2:-plain}" "$registry_lab_port" >"$registry_lab_file"
        OTEL_TRACES_EXPORTER=none "${3:-docker-registry}" serve "$registry_lab_file" \
            >>"$REGISTRY_LAB_DIR/log" 2>&1 </dev/null &
        registry_lab_pid=$!
        if registry_lab_wait "$registry_lab_port" "$registry_lab_pid"; then
            REGISTRY_LAB_PIDS="$REGISTRY_LAB_PIDS $registry_lab_pid"
            REGISTRY_LAB=localhost:$registry_lab_port
            return 0
        fi
        kill "$registry_lab_pid" 2>/dev/null
    done
    echo "registry_lab_start: $1 does not start, see $REGISTRY_LAB_DIR/log" >&2
    return 1
}

# The path of registry 3.0, built once from its module. Fails without Go.
registry_lab_v3() {
    registry_lab_cache=${XDG_CACHE_HOME:-$REGISTRY_LAB_CACHE_HOME}/tidemark-test/registry-$REGISTRY_LAB_V3
    if [ ! -x "$registry_lab_cache/registry" ]; then
        registry_lab_go=$("$REGISTRY_LAB_SOURCE/../../scripts/go.sh") || return 1
        HOME=$REGISTRY_LAB_OLD_HOME GOBIN=$registry_lab_cache "$registry_lab_go" install \
            "github.com/distribution/distribution/v3/cmd/registry@$REGISTRY_LAB_V3" \
            >>"$REGISTRY_LAB_DIR/log" 2>&1 || return 1
    fi
    echo "$registry_lab_cache/registry"
}
REGISTRY_LAB_OLD_HOME=$HOME
REGISTRY_LAB_CACHE_HOME=$HOME/.cache

# Starts Python server SCRIPT, which prints "PORT" (or several lines) and then
# "ready"; what it prints goes to the file NAME.out.
registry_lab_serve() { # NAME SCRIPT [ARGUMENT…]
    registry_lab_out=$REGISTRY_LAB_DIR/$1.out
    registry_lab_script=$REGISTRY_LAB_SOURCE/$2
    shift 2
    : >"$registry_lab_out" # of an earlier server of that name
    python3 "$registry_lab_script" "$@" >"$registry_lab_out" 2>>"$REGISTRY_LAB_DIR/log" </dev/null &
    registry_lab_pid=$!
    REGISTRY_LAB_PIDS="$REGISTRY_LAB_PIDS $registry_lab_pid"
    registry_lab_tries=0
    until grep -q '^ready$' "$registry_lab_out"; do
        kill -0 "$registry_lab_pid" 2>/dev/null && [ "$registry_lab_tries" -lt 200 ] || return 1
        registry_lab_tries=$((registry_lab_tries + 1))
        sleep 0.05
    done
}

# Starts the token server: sets REGISTRY_LAB_TOKEN_REALM. With "tls" it speaks
# HTTPS with the certificate of registry_lab_ca ca.
registry_lab_token_server() { # [tls]
    mkdir -p "$REGISTRY_LAB_DIR/token"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=tokens \
        -keyout "$REGISTRY_LAB_DIR/token/server.key" -out "$REGISTRY_LAB_DIR/token/server.crt" \
        2>>"$REGISTRY_LAB_DIR/log" || return 1
    registry_lab_serve token-server token_server.py "$REGISTRY_LAB_DIR/token" "$REGISTRY_LAB_USER" \
        "$REGISTRY_LAB_PASSWORD" ${1:+"$REGISTRY_LAB_DIR/ca"} || return 1
    REGISTRY_LAB_TOKEN_REALM=http${1:+s}://localhost:$(head -n 1 "$registry_lab_out")/token
}

# Puts a blob of the text on its input into a repository; prints its digest.
registry_lab_push_blob() { # URL REPOSITORY [CURL-OPTION…]
    registry_lab_url=$1/v2/$2/blobs/uploads/
    shift 2
    cat >"$REGISTRY_LAB_DIR/blob"
    registry_lab_digest=sha256:$(sha256sum "$REGISTRY_LAB_DIR/blob" | cut -d ' ' -f 1)
    registry_lab_location=$(curl -sS -o /dev/null -D - -X POST "$@" "$registry_lab_url" |
        sed -n 's/^[Ll]ocation: *//p' | tr -d '\r')
    case $registry_lab_location in /*)
        registry_lab_location=${registry_lab_url%%/v2/*}$registry_lab_location ;;
    esac
    case $registry_lab_location in *\?*) registry_lab_location="$registry_lab_location&" ;;
    *) registry_lab_location="$registry_lab_location?" ;;
    esac
    curl -sSf -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' "$@" \
        --data-binary "@$REGISTRY_LAB_DIR/blob" "${registry_lab_location}digest=$registry_lab_digest" &&
        echo "$registry_lab_digest"
}

# Pushes one small image under all the tags. Options of curl, such as the
# password, stand in REGISTRY_LAB_CURL, one word each.
registry_lab_push() { # URL REPOSITORY TAG…
    registry_lab_base=$1 registry_lab_repository=$2
    shift 2
    # shellcheck disable=SC2086  # the words of REGISTRY_LAB_CURL are options
    registry_lab_config_digest=$(echo '{"architecture":"amd64","os":"linux"}' |
        registry_lab_push_blob "$registry_lab_base" "$registry_lab_repository" $REGISTRY_LAB_CURL) &&
        registry_lab_layer_digest=$(echo layer |
            registry_lab_push_blob "$registry_lab_base" "$registry_lab_repository" $REGISTRY_LAB_CURL) ||
        return 1
    cat >"$REGISTRY_LAB_DIR/manifest" <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":
"application/vnd.oci.image.config.v1+json","digest":"$registry_lab_config_digest","size":38},"layers":[{
"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"$registry_lab_layer_digest","size":6}]}
END
    for registry_lab_tag; do
        # shellcheck disable=SC2086
        curl -sSf -o /dev/null -X PUT $REGISTRY_LAB_CURL --data-binary "@$REGISTRY_LAB_DIR/manifest" \
            -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
            "$registry_lab_base/v2/$registry_lab_repository/manifests/$registry_lab_tag" || return 1
    done
}
REGISTRY_LAB_CURL=

# The digest of what registry_lab_push pushed last.
registry_lab_pushed_digest() {
    echo "sha256:$(sha256sum "$REGISTRY_LAB_DIR/manifest" | cut -d ' ' -f 1)"
}

# Makes COUNT tags 1.0.0, 1.0.1 … of a repository that holds an image, as links to
# a tag that it has: one entry on the disk for each, not six.
registry_lab_seed() { # NAME REPOSITORY COUNT
    python3 - "$REGISTRY_LAB_DIR/$1/docker/registry/v2/repositories/$2/_manifests/tags" "$3" <<'END'
import os, sys
tags, count = sys.argv[1], int(sys.argv[2])
first = os.listdir(tags)[0]
for i in range(count):
    os.symlink(first, "%s/1.0.%d" % (tags, i))
END
}

# Makes repository TWIN the same as REPOSITORY, whatever becomes of that.
registry_lab_twin() { # NAME REPOSITORY TWIN
    registry_lab_repositories=$REGISTRY_LAB_DIR/$1/docker/registry/v2/repositories
    mkdir -p "$(dirname "$registry_lab_repositories/$3")" &&
        ln -s "$registry_lab_repositories/$2" "$registry_lab_repositories/$3"
}
