#!/bin/sh
# Where secrets go: to the servers that they are for, and nowhere else. Every
# secret here is a text that cannot occur by chance, and is searched for in all
# that tidemark prints and logs, keeps, leaves behind, and hands to programs.
. "$(dirname "$0")/lib.sh"
need openssl htpasswd ssh-keygen

needle() { # NAME: a secret, noted
    needle_text="needle-$1-$(openssl rand -hex 8)"
    echo "$needle_text" >>"$needles"
    echo "$needle_text"
}
# What can be read off a header or a file of configuration is as good as the secret.
note_pair() { # USER PASSWORD
    printf %s "$1:$2" | base64 -w 0 >>"$needles"
    echo >>"$needles"
}
note_key() { # FILE
    sed -n 3p "$1" >>"$needles"
}

needles=$(mktemp)
REGISTRY_LAB_PASSWORD=$(needle registry)
GIT_LAB_PASSWORD="pass:word %1 $(needle git)"
GIT_LAB_TOKEN=$(needle git-token)
GIT_LAB_PASSPHRASE=$(needle ssh-passphrase)
wrong_password=$(needle wrong)
proxy_password=$(needle proxy)
lab git
mv "$needles" "$LAB/needles"
needles=$LAB/needles
note_pair "$REGISTRY_LAB_USER" "$REGISTRY_LAB_PASSWORD"
note_pair "$GIT_LAB_USER" "$GIT_LAB_PASSWORD"
note_pair "$REGISTRY_LAB_USER" "$wrong_password"
note_pair "$GIT_LAB_USER" "$wrong_password"
note_pair proxy "$proxy_password"
echo eyJ >>"$needles" # how the tokens of the token server begin

registry_lab_ca ca && git_lab_https && git_lab_ssh || exit 1
note_key "$LAB/registry/ca/client.key"
note_key "$GIT_LAB/client.key"
note_key "$GIT_LAB/identity-locked"
cp "$GIT_LAB/identity-locked" "$LAB/signing" # the same key signs commits

# The servers.
REGISTRY_LAB_CURL="-u $REGISTRY_LAB_USER:$REGISTRY_LAB_PASSWORD"
registry_lab_start basic basic || exit 1
basic=${REGISTRY_LAB#*:}
registry_lab_push "http://127.0.0.1:$basic" acme/web 1.0.0 || exit 1
REGISTRY_LAB_CURL=
mkdir "$LAB/registry/token-data"
registry_lab_token_server && registry_lab_start token-data token || exit 1
token=${REGISTRY_LAB#*:}
registry_lab_start mtls mtls || exit 1
mtls=${REGISTRY_LAB#*:}
REGISTRY_LAB_CURL="--cacert $LAB/registry/ca/ca.crt --cert $LAB/registry/ca/client.crt --key $LAB/registry/ca/client.key"
registry_lab_push "https://127.0.0.1:$mtls" acme/web 1.0.0 || exit 1
cp -r "$LAB/registry/mtls/docker" "$LAB/registry/token-data/"
registry_lab_serve proxy proxy_server.py "$LAB/proxy.log" || exit 1
proxy=$(head -n 1 "$registry_lab_out")
registry_lab_serve hostile hostile_registry.py "$LAB/hostile.log" || exit 1
echo_port=$(sed -n 's/^echoes_credentials //p' "$LAB/registry/hostile.out")

# Docker's own configuration, with a helper of the kind that Docker has.
mkdir -p "$HOME/.docker" "$LAB/bin" "$LAB/tmp"
cat >"$HOME/.docker/config.json" <<END
{"auths": {"localhost:$basic": {"auth": "$(printf %s "$REGISTRY_LAB_USER:$REGISTRY_LAB_PASSWORD" | base64 -w 0)"}},
 "credHelpers": {"localhost:$token": "lab"}}
END
cat >"$LAB/bin/docker-credential-lab" <<END
#!/bin/sh
echo '{"Username": "$REGISTRY_LAB_USER", "Secret": "$REGISTRY_LAB_PASSWORD"}'
END
# Every git that is started notes what it was given.
cat >"$LAB/bin/git" <<END
#!/bin/sh
{ printf '%s\n' "\$*"; tr '\0' '\n' </proc/\$\$/environ; } >>"$LAB/children"
exec "$(command -v git)" "\$@"
END
chmod 755 "$LAB/bin/docker-credential-lab" "$LAB/bin/git"

# Runs tidemark and keeps all that it says.
t() { # ARGUMENT…
    PATH="$LAB/bin:$PATH" TMPDIR="$LAB/tmp" tm "$@"
    cat "$LAB/out" "$LAB/err" >>"$LAB/said"
}

# Is none of the secrets in a file, or in what the COMMAND prints?
clean() { # NAME FILE
    tap_is "$1" "$(grep -a -n -F -f "$needles" "$2" | cut -c 1-300 | head -n 5)" ''
}
clean_output() { # NAME COMMAND…
    clean_output_name=$1
    shift
    "$@" >"$LAB/output" 2>&1
    clean "$clean_output_name" "$LAB/output"
}

data() { # KEY [FILE]: a member of a Secret's data, from FILE or stdin
    printf '  %s: %s\n' "$1" "$(base64 -w 0 ${2:+"$2"})"
}

secret() { # NAME [TYPE]
    printf -- '---\napiVersion: v1\nkind: Secret\nmetadata: {name: %s}\ntype: %s\ndata:\n' "$1" "${2:-Opaque}"
}

docker_secret() { # NAME REGISTRY PASSWORD
    secret "$1" kubernetes.io/dockerconfigjson
    printf '{"auths": {"%s": {"username": "%s", "password": "%s"}}}' "$2" "$REGISTRY_LAB_USER" "$3" |
        data .dockerconfigjson
}

# The Secrets: the true ones, or such that no server takes.
secrets() { # [PASSWORD]
    docker_secret basic "127.0.0.1:$basic" "${1:-$REGISTRY_LAB_PASSWORD}"
    docker_secret token "127.0.0.1:$token" "${1:-$REGISTRY_LAB_PASSWORD}"
    docker_secret echo "127.0.0.1:$echo_port" "$REGISTRY_LAB_PASSWORD"
    secret mtls
    data tls.crt "$LAB/registry/ca/client.crt"
    data tls.key "$LAB/registry/ca/client.key"
    [ -n "${1:-}" ] || data ca.crt "$LAB/registry/ca/ca.crt"
    secret proxy
    printf 'http://127.0.0.1:%s' "$proxy" | data address
    printf proxy | data username
    printf %s "$proxy_password" | data password
    secret login
    printf %s "$GIT_LAB_USER" | data username
    printf %s "${1:-$GIT_LAB_PASSWORD}" | data password
    [ -n "${1:-}" ] || data ca.crt "$GIT_LAB/ca.crt"
    secret bearer
    printf %s "${1:-$GIT_LAB_TOKEN}" | data bearerToken
    data ca.crt "$GIT_LAB/ca.crt"
    secret git-mtls
    data tls.crt "$GIT_LAB/client.crt"
    data tls.key "$GIT_LAB/client.key"
    [ -n "${1:-}" ] || data ca.crt "$GIT_LAB/ca.crt"
    secret ssh
    data identity "$GIT_LAB/identity-locked"
    printf %s "${1:-$GIT_LAB_PASSPHRASE}" | data password
    data known_hosts "$GIT_LAB/known_hosts"
    secret signing
    data identity "$LAB/signing"
    printf %s "${1:-$GIT_LAB_PASSPHRASE}" | data password
}

source_with() { # NAME URL SECRET
    git_repository_yaml "$1" "$2" | sed "s/^spec: {/&secretRef: {name: $3}, timeout: 60s, /"
    image_update_yaml "$1" "$1"
}

objects() {
    image_repository_yaml basic "127.0.0.1:$basic/acme/web" | sed 's/^spec: {/&secretRef: {name: basic}, /'
    image_repository_yaml token "127.0.0.1:$token/acme/web" | sed 's/^spec: {/&secretRef: {name: token}, /'
    image_repository_yaml home "localhost:$basic/acme/web"
    image_repository_yaml helper "localhost:$token/acme/web"
    image_repository_yaml mtls "127.0.0.1:$mtls/acme/web" |
        sed 's/^spec: {/&certSecretRef: {name: mtls}, proxySecretRef: {name: proxy}, /; s/, insecure: true//'
    image_policy_yaml web basic
    source_with basic "$GIT_LAB_HTTPS/auth/basic.git" login
    source_with bearer "$GIT_LAB_HTTPS/token/bearer.git" bearer
    source_with mtls "$GIT_LAB_MTLS/git/mtls.git" git-mtls
    source_with ssh "$GIT_LAB_SSH$GIT_LAB/repos/ssh.git" ssh
    source_with signed "$GIT_LAB_HTTP/auth/signed.git" login |
        sed 's/git: {commit: {/&signingKey: {type: ssh, secretRef: {name: signing}}, /'
}

for name in basic bearer mtls ssh signed gate; do
    repository "$name"
    deployment web "127.0.0.1:$basic/acme/web:0.9.0" web >"$LAB/work/$name/web.yaml"
    publish "$name"
done

# All places where something could have been left. What belongs to the Secrets
# themselves is not looked at.
search() { # WHEN
    t get image all -A
    t get source git
    t events -A
    t export image repository --all
    t export image policy --all
    t export image update --all
    t export source git --all
    clean "$1: what is printed and logged" "$LAB/said"
    clean "$1: arguments and environments of git" "$LAB/children"
    clean_output "$1: objects in the store" sql "SELECT body FROM object WHERE kind != 'Secret'"
    for search_table in $(sql "SELECT name FROM sqlite_schema WHERE type = 'table'
        AND name NOT IN ('object', 'tombstone')"); do
        clean_output "$1: table $search_table" sql "SELECT * FROM \"$search_table\""
    done
    tap_is "$1: nothing in the folder for temporary files" "$(ls -A "$LAB/tmp")" ''
    tap_is "$1: no private folders are left" "$(find "$TIDEMARK_STORE.cache" -name 'tidemark-git-*')" ''
    clean_output "$1: the cache" find "$TIDEMARK_STORE.cache" -type f -exec cat {} +
    tap_is "$1: the store is for its owner" \
        "$(find "$TIDEMARK_STORE"* -maxdepth 0 -type f ! -perm 600)" ''
    tap_is "$1: so is the cache" "$(stat -c %a "$TIDEMARK_STORE.cache")" 700
    for search_name in basic bearer mtls ssh signed; do
        clean_output "$1: commits of $search_name" git -C "$LAB/git/repos/$search_name.git" log -p main
    done
}

#
# All is well.
#
{
    secrets
    objects
} >"$LAB/objects.yaml"
t run --once --log-level trace -f "$LAB/objects.yaml"
tap_is 'all is well' "$CODE $(grep '^✗' "$LAB/err")" '0 '
tap_is 'proxy and client certificate were used' "$(grep -c "127.0.0.1 $mtls" "$LAB/proxy.log")" 1
t run --once --log-level trace --log-encoding json
search 'all is well'

#
# While it works: the programs under git too, and the files that they are given.
#
{
    source_with gate "$GIT_LAB_HTTP/gate/gate.git" login
} >"$LAB/gate.yaml"
t apply -f "$LAB/gate.yaml"
at_work() {
    for at_work_pid in $(grep -a -l -F "$TIDEMARK_STORE.cache" /proc/[0-9]*/environ | cut -d / -f 3); do
        tr '\0' '\n' <"/proc/$at_work_pid/cmdline"
        tr '\0' '\n' <"/proc/$at_work_pid/environ"
    done 2>/dev/null
}
both_wait() {
    at_work >"$LAB/at-work" && grep -q 'gate/gate.git' "$LAB/at-work" && grep -q '^ssh$' "$LAB/at-work"
}
touch "$GIT_LAB/gate-closed"
PATH="$LAB/bin:$PATH" TMPDIR="$LAB/tmp" "$TIDEMARK" run --once --log-level trace >>"$LAB/said" 2>&1 &
pid=$!
PIDS="$PIDS $pid"
soon 'git over http and ssh are at work' both_wait
clean 'at work: arguments and environments' "$LAB/at-work"
clean 'at work: its own arguments' "/proc/$pid/cmdline"
tap_is 'at work: private folders' "$(find "$TIDEMARK_STORE.cache" -name 'tidemark-git-*' ! -perm 700)" ''
tap_is 'at work: private files' \
    "$(find "$TIDEMARK_STORE.cache"/tidemark-git-* -type f ! -perm 600 ! -path '*/askpass' ! -name lock)" ''
tap_is 'at work: there are some' "$(find "$TIDEMARK_STORE.cache"/tidemark-git-* -name identity | wc -l)" 1
clean_output 'at work: secrets are in private folders only' \
    find "$TIDEMARK_STORE.cache" -path '*/tidemark-git-*' -prune -o -type f -exec cat {} +
rm "$GIT_LAB/gate-closed"
wait "$pid"
t delete image update gate -s
t delete source git gate -s

#
# Everything refused, and by a server that tells what it was sent.
#
{
    secrets "$wrong_password"
    image_repository_yaml echo "127.0.0.1:$echo_port/acme/web" | sed 's/^spec: {/&secretRef: {name: echo}, /'
    git_repository_yaml echo "$GIT_LAB_HTTP/echo/x.git" | sed 's/^spec: {/&secretRef: {name: login}, /'
    git_repository_yaml in-url "http://$GIT_LAB_USER:$wrong_password@${GIT_LAB_HTTP#http://}/auth/basic.git"
    git_repository_yaml moved "http://$GIT_LAB_USER:$wrong_password@${GIT_LAB_HTTP#http://}/nowhere/basic.git"
} >"$LAB/objects.yaml"
t run --once --log-level trace -f "$LAB/objects.yaml"
tap_is 'all is refused' "$(grep '^✗' "$LAB/err" | cut -d ' ' -f 2,3 | cut -d : -f 1)" \
    'GitRepository flux-system/basic
GitRepository flux-system/bearer
GitRepository flux-system/echo
GitRepository flux-system/in-url
GitRepository flux-system/moved
GitRepository flux-system/mtls
GitRepository flux-system/signed
GitRepository flux-system/ssh
ImageRepository flux-system/basic
ImageRepository flux-system/echo
ImageRepository flux-system/mtls
ImageRepository flux-system/token
ImageUpdateAutomation flux-system/basic
ImageUpdateAutomation flux-system/bearer
ImageUpdateAutomation flux-system/mtls
ImageUpdateAutomation flux-system/signed
ImageUpdateAutomation flux-system/ssh'
t run --once --log-level trace --log-encoding json
# The URL with its password is what the user wrote; in `export` it stays.
t export source git in-url
tap_is 'a URL is exported as it was written' "$CODE $(grep -c "$wrong_password" "$LAB/out")" '0 1'
t delete source git in-url -s
t delete source git moved -s
grep -v "^ *url: http://$GIT_LAB_USER:" "$LAB/said" >"$LAB/kept" && mv "$LAB/kept" "$LAB/said"
search 'all is refused'

#
# The one command that prints a Secret, and the one that takes a password.
#
tm export source git basic
tap_is 'export keeps the Secret back' "$CODE $(grep -c '^kind: Secret' "$LAB/out")" '0 0'
tm export source git basic --with-credentials
tap_is 'export --with-credentials gives it' \
    "$(grep -A 3 -n '^kind: Secret\|password:' "$LAB/out" | grep -c "$(printf %s "$wrong_password" | base64 -w 0)")" 1
echo "$GIT_LAB_PASSWORD" >"$LAB/password"
run sh -c 'exec "$@" <"$0"' "$LAB/password" "$TIDEMARK" create source git typed --branch=main \
    --url="$GIT_LAB_HTTP/auth/basic.git" --username="$GIT_LAB_USER" --password=-
tap_is 'a password from stdin' "$CODE" 0
clean_output 'is not repeated' cat "$LAB/out" "$LAB/err"
tap_done
