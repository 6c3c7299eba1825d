#!/bin/sh
# The registry client against real registries: Debian's docker-registry 2.8, and
# registry 3.0 built from its Go module.
#
#     servers.sh DRIVER
driver=$1
REGISTRY_LAB_SH=$0
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/registry.sh"

for program in docker-registry htpasswd openssl curl; do
    command -v $program >/dev/null || {
        tap_skip 'registries' "there is no $program"
        tap_done
        exit
    }
done
registry_lab_init "$(mktemp -d)"
trap 'registry_lab_stop; rm -rf "$REGISTRY_LAB_DIR"' EXIT

bail() {
    sed 's/^/# /' "$REGISTRY_LAB_DIR/log"
    echo "Bail out! $1"
    exit 1
}

# Prints what the driver says, with the name HOST for the registry.
run() {
    "$driver" "$@" 2>&1 | sed "s/$REGISTRY_LAB/HOST/g"
}

write_creds() { # JSON-MEMBERS…, for the registry at hand
    printf '{"auths":{"%s":{%s}}}' "$REGISTRY_LAB" "$1" >"$REGISTRY_LAB_DIR/creds"
}

# One without any protection.
registry_lab_start plain || bail 'docker-registry does not start'
# The same by a name that is not taken for this machine's own, as "localhost" is.
other_name=LOCALHOST:${REGISTRY_LAB#*:}
registry_lab_push "http://$REGISTRY_LAB" acme/app 1.0 1.1 latest || bail 'cannot push'
tap_is 'lists tags' "$(run list "$REGISTRY_LAB/acme/app" | sort)" '1.0
1.1
latest'
tap_is 'tells the digest' "$(run digest "$REGISTRY_LAB/acme/app:1.1")" "$(registry_lab_pushed_digest)"
tap_is 'a missing repository' "$(run list "$REGISTRY_LAB/acme/nope")" \
    "not-found: GET http://HOST/v2/acme/nope/tags/list?n=1000: NAME_UNKNOWN: repository name not known to registry; map[name:acme/nope] (does 'acme/nope' exist on 'HOST'?)"
tap_is 'a missing tag' "$(run digest "$REGISTRY_LAB/acme/app:2.0")" \
    "not-found: HEAD http://HOST/v2/acme/app/manifests/2.0: unexpected status code 404 Not Found (HEAD responses have no body, use GET for details) (does 'acme/app:2.0' exist on 'HOST'?)"
tap_is 'plain HTTP without leave' "$(run list "$other_name/acme/app")" \
    "unavailable: Get \"https://HOST/v2/\": http: server gave HTTP response to HTTPS client (set 'insecure: true' to speak plain HTTP with this registry)"
tap_is 'plain HTTP with leave' "$(run --insecure --count list "$other_name/acme/app")" '3 tags, 0 skipped, 1 pages'
tap_is 'the same digest with leave' "$(run --insecure digest "$other_name/acme/app:1.1")" "$(registry_lab_pushed_digest)"
index='{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"'$(registry_lab_pushed_digest)'","size":'$(wc -c <"$REGISTRY_LAB_DIR/manifest")',"platform":{"architecture":"amd64","os":"linux"}}]}'
curl -sSf -X PUT -H 'Content-Type: application/vnd.oci.image.index.v1+json' --data "$index" \
    "http://$REGISTRY_LAB/v2/acme/app/manifests/multi" || bail 'cannot push an index'
tap_is 'the digest of an index' "$(run digest "$REGISTRY_LAB/acme/app:multi")" \
    "sha256:$(printf %s "$index" | sha256sum | cut -d ' ' -f 1)"
registry_lab_seed plain acme/app 3000
tap_is 'lists many tags at once' "$(run --count list "$REGISTRY_LAB/acme/app")" '3004 tags, 0 skipped, 1 pages'
tap_is 'lists from many threads' "$(run --count --threads 16 list "$REGISTRY_LAB/acme/app")" \
    '3004 tags, 0 skipped, 1 pages'
tap_is 'the tags are those of curl' "$(run list "$REGISTRY_LAB/acme/app" | sha256sum)" \
    "$(curl -sS "http://$REGISTRY_LAB/v2/acme/app/tags/list" |
        python3 -c 'import json, sys; print("\n".join(json.load(sys.stdin)["tags"]))' | sha256sum)"

# One with passwords.
registry_lab_start basic basic || bail 'docker-registry with htpasswd does not start'
user=$REGISTRY_LAB_USER:$REGISTRY_LAB_PASSWORD
printf 'user = "%s"\n' "$user" >"$REGISTRY_LAB_DIR/curlrc"
REGISTRY_LAB_CURL="-K $REGISTRY_LAB_DIR/curlrc" registry_lab_push "http://$REGISTRY_LAB" acme/app 1.0 ||
    bail 'cannot push with a password'
denied='unauthorized: GET http://HOST/v2/acme/app/tags/list?n=1000: UNAUTHORIZED: authentication required; [map[Action:pull Class: Name:acme/app Type:repository]]'
tap_is 'no password' "$(run list "$REGISTRY_LAB/acme/app")" "$denied (no credentials were sent: no secret is named)"
write_creds "\"auth\":\"$(printf %s "$user" | base64)\""
tap_is 'the right password' "$(run --secret "$REGISTRY_LAB_DIR/creds" list "$REGISTRY_LAB/acme/app")" 1.0
tap_is 'a digest with a password' "$(run --secret "$REGISTRY_LAB_DIR/creds" digest "$REGISTRY_LAB/acme/app:1.0")" \
    "$(registry_lab_pushed_digest)"
write_creds '"username":"tidemark","password":"wrong"'
tap_is 'a wrong password' "$(run --secret "$REGISTRY_LAB_DIR/creds" list "$REGISTRY_LAB/acme/app")" \
    "$denied (as user 'tidemark', by key 'HOST' of secret 'test/creds')"
echo '{"auths":{"quay.io":{"auth":"dTpw"}}}' >"$REGISTRY_LAB_DIR/creds"
tap_is 'no fitting key' "$(run --secret "$REGISTRY_LAB_DIR/creds" list "$REGISTRY_LAB/acme/app")" \
    "$denied (no credentials were sent: no key of secret 'test/creds' matches HOST/acme/app (there are 'quay.io'))"
cat >"$REGISTRY_LAB_DIR/docker-credential-lab" <<END
#!/bin/sh
read -r server
printf '{"Username":"%s","Secret":"%s"}' '$REGISTRY_LAB_USER' '$REGISTRY_LAB_PASSWORD'
END
chmod +x "$REGISTRY_LAB_DIR/docker-credential-lab"
echo '{"credsStore":"lab"}' >"$REGISTRY_LAB_DIR/home"
tap_is 'a credential helper' \
    "$(PATH=$REGISTRY_LAB_DIR:$PATH run --home "$REGISTRY_LAB_DIR/home" list "$REGISTRY_LAB/acme/app")" 1.0

# TLS with an own CA, and with client certificates.
registry_lab_ca ca && registry_lab_ca other || bail 'cannot make certificates'
ca=$REGISTRY_LAB_DIR/ca/ca.crt
registry_lab_start tls tls || bail 'docker-registry with TLS does not start'
REGISTRY_LAB_CURL="--cacert $ca" registry_lab_push "https://$REGISTRY_LAB" acme/app 1.0 || bail 'cannot push by TLS'
other_name=LOCALHOST:${REGISTRY_LAB#*:}
tap_is 'TLS with the CA' "$(run --ca "$ca" list "$REGISTRY_LAB/acme/app")" 1.0
tap_is 'TLS with the CA, from many threads' "$(run --threads 16 --ca "$ca" list "$REGISTRY_LAB/acme/app")" 1.0
tap_is 'TLS with the CA of the environment' "$(SSL_CERT_FILE=$ca run list "$REGISTRY_LAB/acme/app")" 1.0
tap_is 'and one more' "$(SSL_CERT_FILE=$REGISTRY_LAB_DIR/other/ca.crt run --ca "$ca" list "$REGISTRY_LAB/acme/app")" 1.0
mkdir "$REGISTRY_LAB_DIR/roots" && cp "$ca" "$REGISTRY_LAB_DIR/roots/ca.pem" && openssl rehash "$REGISTRY_LAB_DIR/roots"
tap_is 'TLS with a folder of roots' "$(SSL_CERT_DIR=$REGISTRY_LAB_DIR/roots run list "$REGISTRY_LAB/acme/app")" 1.0
unknown='tls: failed to verify certificate: x509: certificate signed by unknown authority'
hint="(its CA belongs into a secret that certSecretRef names)"
tap_is 'TLS without the CA' "$(run list "$other_name/acme/app")" "unavailable: Get \"https://HOST/v2/\": $unknown $hint"
tap_is 'TLS with another CA' "$(run --ca "$REGISTRY_LAB_DIR/other/ca.crt" list "$other_name/acme/app")" \
    "unavailable: Get \"https://HOST/v2/\": $unknown $hint"
tap_like 'insecure does not switch checks off' "$(run --insecure list "$other_name/acme/app")" \
    "unavailable: Get \"https://HOST/v2/\": $unknown; GET http://HOST/v2/: unexpected status code 400 Bad Request: * $hint"
(
    cd "$REGISTRY_LAB_DIR/ca" &&
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days -1 -extfile ext -out expired.crt
) 2>>"$REGISTRY_LAB_DIR/log"
port=$(registry_lab_free_port)
openssl s_server -quiet -accept "127.0.0.1:$port" -cert "$REGISTRY_LAB_DIR/ca/expired.crt" \
    -key "$REGISTRY_LAB_DIR/ca/server.key" >>"$REGISTRY_LAB_DIR/log" 2>&1 </dev/null &
REGISTRY_LAB_PIDS="$REGISTRY_LAB_PIDS $!"
registry_lab_wait "$port" "$!" || bail 'openssl s_server does not start'
tap_is 'an expired certificate' "$(run --ca "$ca" list "LOCALHOST:$port/acme/app")" \
    "unavailable: Get \"https://localhost:$port/v2/\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid"

# Through proxies, which look up the names themselves.
registry_lab_serve proxy proxy_server.py "$REGISTRY_LAB_DIR/proxied" || bail 'the proxy does not start'
proxy=127.0.0.1:$(head -n 1 "$REGISTRY_LAB_DIR/proxy.out")
for scheme in http socks5; do
    tap_is "TLS through a proxy: $scheme" \
        "$(run --ca "$ca" --proxy "$scheme://$proxy" list "$REGISTRY_LAB/acme/app")" 1.0
    tap_like "a name that only the proxy knows: $scheme" \
        "$(run --ca "$ca" --proxy "$scheme://$proxy" list "known-to-proxy.invalid:${REGISTRY_LAB#*:}/acme/app")" \
        "*x509: certificate is not valid for 'known-to-proxy.invalid'"
done
tap_is 'the proxies were used' "$(cut -d ' ' -f 1,2 "$REGISTRY_LAB_DIR/proxied" | sort -u)" \
    'connect known-to-proxy.invalid
connect localhost
socks known-to-proxy.invalid
socks localhost'
registry_lab_start mtls mtls-tls || bail 'docker-registry with client certificates does not start'
tap_is 'a client certificate' \
    "$(run --ca "$ca" --cert "$REGISTRY_LAB_DIR/ca/client.crt" --key "$REGISTRY_LAB_DIR/ca/client.key" list "$REGISTRY_LAB/no")" \
    "not-found: GET https://HOST/v2/no/tags/list?n=1000: NAME_UNKNOWN: repository name not known to registry; map[name:no] (does 'no' exist on 'HOST'?)"
tap_like 'no client certificate' "$(run --ca "$ca" list "$REGISTRY_LAB/no")" \
    'unavailable: Get "https://HOST/v2/": remote error: tls: *certificate*'

# Tokens: by plain HTTP, then the token server with the same CA as the registry.
for tls in '' tls; do
    scheme=http${tls:+s}
    registry_lab_token_server $tls || bail 'the token server does not start'
    registry_lab_start "token$tls" "token${tls:+-tls}" || bail 'docker-registry with tokens does not start'
    for image in public/app private/app; do
        token=$(curl -sS --cacert "$ca" -u "$user" \
            "$REGISTRY_LAB_TOKEN_REALM?service=lab&scope=repository:$image:pull,push" | sed 's/.*"token": "\([^"]*\)".*/\1/')
        printf 'oauth2-bearer = "%s"\n' "$token" >"$REGISTRY_LAB_DIR/curlrc"
        REGISTRY_LAB_CURL="--cacert $ca -K $REGISTRY_LAB_DIR/curlrc" \
            registry_lab_push "$scheme://$REGISTRY_LAB" "$image" 1.0 || bail 'cannot push with a token'
    done
    ask() { # IMAGE [CREDS]
        write_creds "${2:-}"
        run ${2:+--secret "$REGISTRY_LAB_DIR/creds"} --ca "$ca" list "$REGISTRY_LAB/$1" |
            sed "s|$REGISTRY_LAB_TOKEN_REALM|REALM|"
    }
    tap_is "$scheme: nobody may pull what is public" "$(ask public/app)" 1.0
    tap_is "$scheme: nobody may not pull what is private" "$(ask private/app)" \
        "unauthorized: GET $scheme://HOST/v2/private/app/tags/list?n=1000: UNAUTHORIZED: authentication required; [map[Action:pull Class: Name:private/app Type:repository]] (no credentials were sent: no secret is named)"
    tap_is "$scheme: a password" "$(ask private/app "\"auth\":\"$(printf %s "$user" | base64)\"")" 1.0
    tap_is "$scheme: a wrong password" "$(ask private/app '"username":"x","password":"y"')" \
        "unauthorized: GET REALM?scope=repository%3Aprivate%2Fapp%3Apull&service=lab: unexpected status code 401 Unauthorized: {\"details\": \"incorrect username or password\"} (as user 'x', by key 'HOST' of secret 'test/creds')"
    tap_is "$scheme: an identity token" "$(ask private/app '"identitytoken":"refresh-tidemark"')" 1.0
    tap_is "$scheme: a wrong identity token" "$(ask private/app '"identitytoken":"stale"')" \
        "unauthorized: POST REALM: unexpected status code 401 Unauthorized: {\"error\": \"invalid_grant\"} (with the token of key 'HOST' of secret 'test/creds')"
    tap_is "$scheme: a registry token" "$(ask private/app "\"registrytoken\":\"$token\"")" 1.0
done

# Nobody there.
tap_like 'nobody listens' "$(run list LOCALHOST:1/acme/app)" \
    'unavailable: Get "https://localhost:1/v2/": dial tcp *:1: connect: connection refused'
tap_is 'no such host' "$(run list no-such-host.invalid/acme/app)" \
    'unavailable: Get "https://no-such-host.invalid/v2/": dial tcp: lookup no-such-host.invalid: no such host'

# Pages, of registry 3.0.
if ! v3=$(registry_lab_v3 2>&1); then
    tap_skip 'registry 3.0' "it cannot be built: $v3"
elif registry_lab_start v3 plain "$v3"; then
    registry_lab_push "http://$REGISTRY_LAB" acme/app latest || bail 'cannot push to registry 3.0'
    registry_lab_seed v3 acme/app 2500
    tap_is 'lists pages' "$(run --count list "$REGISTRY_LAB/acme/app")" '2501 tags, 0 skipped, 3 pages'
    tap_is 'every tag is there' "$(run list "$REGISTRY_LAB/acme/app" | sort -u | wc -l)" 2501
    tap_is 'the digest from registry 3.0' "$(run digest "$REGISTRY_LAB/acme/app:1.0.7")" "$(registry_lab_pushed_digest)"
    tap_is 'a missing repository of registry 3.0' "$(run list "$REGISTRY_LAB/acme/nope")" \
        "not-found: GET http://HOST/v2/acme/nope/tags/list?n=1000: NAME_UNKNOWN: repository name not known to registry; map[name:acme/nope] (does 'acme/nope' exist on 'HOST'?)"
else
    bail 'registry 3.0 does not start'
fi
tap_done
