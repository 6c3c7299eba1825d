#!/bin/sh
# create secret, and the Secrets that `create source git` makes: what --export
# prints, what is stored beside what, keys and host keys of a real SSH server.
. "$(dirname "$0")/lib.sh"
need openssl ssh-keygen ssh-keyscan
# Not the lab's own: another test looks for that one in all arguments there are.
GIT_LAB_PASSPHRASE='phrase of a flag'
lab git
git_lab_ssh || exit 1
repository apps
deployment web example.com/web:1 web >"$LAB/work/apps/web.yaml"
publish apps
repo=$GIT_LAB_SSH$LAB/git/repos/apps.git

# Every program of OpenSSH that is started notes what it was given.
mkdir "$LAB/bin" "$LAB/tmp"
for program in ssh-keygen ssh-keyscan; do
    cat >"$LAB/bin/$program" <<END
#!/bin/sh
{ printf '%s\n' "$program \$*"; tr '\0' '\n' </proc/\$\$/environ; } >>"$LAB/children"
exec "$(command -v $program)" "\$@"
END
    chmod 755 "$LAB/bin/$program"
done
PATH=$LAB/bin:$PATH
export TMPDIR="$LAB/tmp"
unset XDG_RUNTIME_DIR

# A value of a stored Secret.
value() { # NAME KEY
    object Secret "$1" ".data.\"$2\"" | base64 -d
}

# The files.
(
    cd "$LAB" || exit 1
    for who in a b; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $who.key \
            -out $who.crt -days 2 -subj "/CN=$who" 2>/dev/null || exit 1
    done
    echo 'not a certificate' >junk
    head -c 1048577 /dev/zero | tr '\0' x >large
    head -c 1048576 large >largest
    printf 'a\377b' >bytes
    head -c 65537 large >key-large
    head -c 65536 large >key-largest
) || exit 1

tm create secret git login -n web --url=https://git.acme.test/a --username='a"b' --password='p: #x' \
    --ca-crt-file="$LAB/a.crt" --label=team=web --interval=1m --export
printed 'git over https, every flag' 0 <<END
---
apiVersion: v1
kind: Secret
metadata:
  labels:
    team: web
  name: login
  namespace: web
stringData:
  ca.crt: |
$(sed 's/^/    /' "$LAB/a.crt")
  password: 'p: #x'
  username: a"b
END
tm create secret git token --url=http://git.acme.test/a --bearer-token=true --export
tap_is 'git by token' "$CODE $(sed -n '/^stringData/,$p' "$LAB/out")" '0 stringData:
  bearerToken: "true"'
tm create secret oci pull --url=ghcr.io -u bot -p 'pass:"word"' --label=team=web --export
printed 'oci' 0 <<'END'
---
apiVersion: v1
kind: Secret
metadata:
  labels:
    team: web
  name: pull
  namespace: flux-system
stringData:
  .dockerconfigjson: |-
    {
      "auths": {
        "ghcr.io": {
          "auth": "Ym90OnBhc3M6IndvcmQi",
          "password": "pass:\"word\"",
          "username": "bot"
        }
      }
    }
type: kubernetes.io/dockerconfigjson
END
tm create secret tls ca --ca-file="$LAB/junk" --export
printed 'tls, a CA, which nobody reads yet, by its older flag' 0 <<'END'
---
apiVersion: v1
kind: Secret
metadata:
  name: ca
  namespace: flux-system
stringData:
  ca.crt: |
    not a certificate
type: Opaque
END
tm create secret tls pair --tls-crt-file="$LAB/a.crt" --tls-key-file="$LAB/a.key" --export
tap_is 'tls, a pair' "$CODE $(sed -n 's/^  \([a-z.]*\): |$/\1/p; /^type/p' "$LAB/out" | tr '\n' ' ')" \
    '0 tls.crt tls.key type: kubernetes.io/tls '
tm create secret proxy out --address=http://proxy.acme.test:3128 --username=me --password=you --export
tap_is 'proxy' "$CODE $(sed -n '/^stringData/,$p' "$LAB/out")" '0 stringData:
  address: http://proxy.acme.test:3128
  password: you
  username: me
type: Opaque'
tm create secret githubapp app --app-id=12 --app-private-key="$LAB/junk" --app-installation-id=34 \
    --app-base-url=https://ghe.acme.test/api --export
tap_is 'githubapp' "$CODE $(sed -n '/^stringData/,$p' "$LAB/out")" '0 stringData:
  githubAppBaseURL: https://ghe.acme.test/api
  githubAppID: "12"
  githubAppInstallationID: "34"
  githubAppPrivateKey: |
    not a certificate
type: Opaque'
tap_is 'none of that has made a store' "$(ls "$LAB" | grep -c store.db)" 0

# Stored: made, then added to.
tm create secret proxy out --address=http://proxy.acme.test:3128 --username=me --label=a=1
printed 'applied' 0 <<'END'
2> ► proxy secret 'out' created in 'flux-system' namespace
END
tm create secret proxy out --address=http://other.acme.test:3128 --label=b=2
tap_is 'applied again: its values replace, others stay' "$CODE $(cat "$LAB/err")
$(value out address) $(value out username) $(object Secret out .type) $(object Secret out .metadata.labels)" \
    "0 ► proxy secret 'out' created in 'flux-system' namespace
http://other.acme.test:3128 me Opaque {\"a\":\"1\",\"b\":\"2\"}"
fails 'a Secret of another type stays as it is' \
    "secret 'out' is there already, with the type Opaque instead of kubernetes.io/dockerconfigjson: delete it or choose another name" \
    create secret oci out --url=ghcr.io -u a -p b
printf 'typed secret\r\n' >"$LAB/typed"
run sh -c 'exec "$@" <"$0"' "$LAB/typed" "$TIDEMARK" create secret git typed \
    --url=https://git.acme.test/a -u me -p -
tap_is 'a password on stdin' "$CODE $(value typed username) $(value typed password)" '0 me typed secret'
run sh -c 'exec "$@" <"$0"' "$LAB/typed" "$TIDEMARK" create secret git bearer \
    --url=https://git.acme.test/a --bearer-token=-
tap_is 'a token on stdin' "$CODE $(value bearer bearerToken)" '0 typed secret'
tm create secret tls large --ca-crt-file="$LAB/largest"
tap_is 'as large as a Secret may be' "$CODE $(value large ca.crt | wc -c)" '0 1048576'

# SSH: a new key of each kind.
while read -r flags && read -r kind; do
    # shellcheck disable=SC2086  # the words are flags
    tm create secret git new --url="$repo" $flags
    value new identity >"$LAB/new"
    chmod 600 "$LAB/new"
    value new identity.pub >"$LAB/new.pub"
    tap_is "a new key: ${flags:-by default}" "$CODE $(ssh-keygen -l -f "$LAB/new" | sed 's/ .* / /')
$(ssh-keygen -y -f "$LAB/new" | cut -d ' ' -f 1,2)" "0 $kind
$(cat "$LAB/new.pub")"
    tap_is "and what is said of it: ${flags:-by default}" "$(cat "$LAB/err")" \
        "✚ deploy key: $(cat "$LAB/new.pub")

► git secret 'new' created in 'flux-system' namespace"
done <<'END'

384 (ECDSA)
--ssh-ecdsa-curve=p521
521 (ECDSA)
--ssh-key-algorithm=rsa --ssh-rsa-bits=1024
1024 (RSA)
--ssh-key-algorithm=ed25519
256 (ED25519)
END
tap_is 'host keys as the server has them' "$(value new known_hosts)" "$(cat "$LAB/git/known_hosts")"
tm create secret git new --url="$repo" --export
tap_is 'an exported key is told by nothing else' \
    "$CODE $(cat "$LAB/err") $(sed -n 's/^  \([a-z._]*\): .*/\1/p' "$LAB/out" | tr '\n' ' ')" \
    '0  name namespace identity identity.pub known_hosts '

# SSH: a key that is there already.
tm create secret git locked --url="$repo" --private-key-file="$LAB/git/identity-locked" \
    --password="$GIT_LAB_PASSPHRASE"
tap_is 'a key with a passphrase' "$CODE $(value locked identity | cmp - "$LAB/git/identity-locked") $(value locked password)
$(value locked identity.pub)" "0  $GIT_LAB_PASSPHRASE
$(cut -d ' ' -f 1,2 "$LAB/git/identity-locked.pub")"
sed 's/$/\r/' "$LAB/git/identity" | head -c -2 >"$LAB/windows"
tm create secret git windows --url="$repo" --private-key-file="$LAB/windows"
tap_is 'a key with line ends of Windows, and without the last one' "$CODE $(value windows identity.pub)" \
    "0 $(cut -d ' ' -f 1,2 "$LAB/git/identity.pub")"
tap_is 'no secret is in an argument or in an environment' \
    "$(grep -c -F -e "$GIT_LAB_PASSPHRASE" -e 'PRIVATE KEY' "$LAB/children") $(grep -c '^ssh-keygen -y' "$LAB/children")" '0 6'
tap_is 'and no file is left' "$(ls "$LAB/tmp")" ''

# From the key to the first fetch.
tm create source git apps --url="$repo" --branch=main --private-key-file="$LAB/git/identity-locked" \
    --password="$GIT_LAB_PASSPHRASE" --silent
printed 'source git with a key' 0 <<END
2> ✚ generating GitRepository source
2> ✔ collected public key from SSH server:
2> $(cat "$LAB/git/known_hosts")
2> ✚ deploy key: $(cut -d ' ' -f 1,2 "$LAB/git/identity-locked.pub")
2> 
2> ► applying secret with repository credentials
2> ✔ authentication configured
2> ► applying GitRepository source
2> ✔ GitRepository source created
2> ◎ waiting for GitRepository source reconciliation
2> ✔ GitRepository source reconciliation completed
2> ✔ fetched revision: main@sha1:COMMIT
END
tap_is 'its Secret has its name' "$(object GitRepository apps .spec.secretRef.name)" apps
# A user who registers the key that the prompt shows, and one who does not.
mkfifo "$LAB/answer"
"$TIDEMARK" create source git fresh --url="$repo" --branch=main --ssh-key-algorithm=ed25519 \
    <"$LAB/answer" >"$LAB/out" 2>"$LAB/err" &
asking=$!
PIDS="$PIDS $asking"
exec 5>"$LAB/answer"
soon 'the prompt shows the key' grep -q 'deploy key: ' "$LAB/err"
sed -n 's/.*deploy key: //p' "$LAB/err" >>"$LAB/git/authorized_keys"
echo y >&5
wait $asking
tap_like 'a new key, registered when asked to' "$? $(cat "$LAB/out")$(tail -n 1 "$LAB/err")" \
    '0 ? Have you added the deploy key to your repository? \[y/N\] ✔ fetched revision: main@sha1:*'
exec 5>&-
run sh -c 'echo n | "$0" "$@"' "$TIDEMARK" create source git never --url="$repo" --branch=main \
    --private-key-file="$LAB/git/identity"
tap_is 'and not registered' "$CODE $(tail -n 1 "$LAB/err") $(object GitRepository never .kind)$(object Secret never .kind)" \
    '1 ✗ aborting '
tm create source git flags --url="$repo" --branch=main --recurse-submodules --ignore-paths=a,/b/ \
    --ignore-paths='!c' --sparse-checkout-paths=apps,infra --ssh-key-algorithm=rsa --export
tap_is 'source git, what is for artifacts' "$CODE $(sed -n '/^spec/,/^  ref/p' "$LAB/out")
$(sed -n '/^  sparse/,/^  url/p' "$LAB/out" | sed \$d)" '0 spec:
  ignore: |-
    a
    /b/
    !c
  interval: 1m0s
  recurseSubmodules: true
  ref:
  sparseCheckout:
  - apps
  - infra'

# What is refused. Lines: what comes after `create`, then the error.
while read -r line && read -r error; do
    eval "set -- $line"
    fails "create $line" "$error" create "$@"
done <<'END'
secret git
name is required
secret git Bad
name 'Bad' is invalid, it should adhere to standard defined in RFC 1123, the name can only contain alphanumeric characters or '-'
secret git a
url is required
secret git a --url=ftp://x/y
git URL scheme 'ftp' not supported, can be: ssh, http and https
secret git a --url=git@github.com:a/b
git URL parse failed: parse "git@github.com:a/b": first path segment in URL cannot contain colon; write ssh://user@host/path
secret git a --url=/srv/a
git URL parse failed: local repository '/srv/a' is not allowed here; use ssh, http or https
secret git a --url=https://x/y --label=a
invalid label format 'a', must be key=value
secret git a --url=https://x/y
for Git over HTTP/S the username and password, or a bearer token is required
secret git a --url=https://x/y -u a
for Git over HTTP/S the username and password, or a bearer token is required
secret git a --url=https://x/y -u a -p b --bearer-token=c
user credentials and bearer token cannot be used together
secret git a --url=https://x/y -u a -p b --ca-crt-file=/nope
unable to read TLS CA file: open /nope: no such file or directory
secret git a --url=https://x/y -u a -p b --ca-crt-file=$LAB/large
unable to read TLS CA file: 'LAB/large' is larger than the limit of 1048576 bytes
secret git a --url=https://x/y -u a -p b --ca-crt-file=$LAB/bytes
the value of 'ca.crt' is not text
secret git a --url=$repo --private-key-file=/nope
failed to open private key file: open /nope: no such file or directory
secret git a --url=$repo --private-key-file=$LAB/junk
ssh: no key found
secret git a --url=$repo --private-key-file=$LAB/key-largest
ssh: no key found
secret git a --url=$repo --private-key-file=$LAB/key-large
failed to open private key file: 'LAB/key-large' is larger than the limit of 65536 bytes
secret git a --url=$repo --private-key-file=$LAB/git/identity-locked
ssh: this private key is passphrase protected
secret git a --url=$repo --private-key-file=$LAB/git/identity-locked --password=wrong
x509: decryption password incorrect
secret git a --url=ssh://git@127.0.0.1:1/a
SSH key scan for host 127.0.0.1:1 failed, error: the server has shown no host key
secret git a --url=$repo --ssh-key-algorithm=dsa
invalid argument "dsa" for "--ssh-key-algorithm" flag: unsupported public key algorithm 'dsa', must be one of: rsa, ecdsa, ed25519
secret git a --url=$repo --ssh-key-algorithm=
invalid argument "" for "--ssh-key-algorithm" flag: no public key algorithm given, must be one of: rsa, ecdsa, ed25519
secret git a --url=$repo --ssh-rsa-bits=512
invalid argument "512" for "--ssh-rsa-bits" flag: RSA key bit size must be at least 1024
secret git a --url=$repo --ssh-rsa-bits=1025
invalid argument "1025" for "--ssh-rsa-bits" flag: RSA key bit size must be a multiples of 8
secret git a --url=$repo --ssh-rsa-bits=16392
invalid argument "16392" for "--ssh-rsa-bits" flag: RSA key bit size must be at most 16384
secret git a --url=$repo --ssh-ecdsa-curve=p1
invalid argument "p1" for "--ssh-ecdsa-curve" flag: unsupported curve 'p1', must be one of: p256, p384, p521
secret oci a
--url is required
secret oci a --url=ghcr.io
--username is required
secret oci a --url=ghcr.io -u a
--password is required
secret oci a --url='ghcr.io/A B' -u a -p b
error parsing url: 'could not parse reference: ghcr.io/A B'
secret tls a
no CA certificate or client certificate pair found
secret tls a --ca-crt-file=/nope
unable to read TLS CA file: open /nope: no such file or directory
secret tls a --tls-crt-file=/nope
failed to read cert file: open /nope: no such file or directory
secret tls a --tls-key-file=/nope
failed to read key file: open /nope: no such file or directory
secret tls a --tls-crt-file=$LAB/a.crt
found certificate but missing private key
secret tls a --key-file=$LAB/a.key
found private key but missing certificate
secret tls a --cert-file=$LAB/a.crt --key-file=$LAB/b.key
invalid TLS certificate and key pair: tls: private key does not match public key
secret tls a --tls-crt-file=$LAB/junk --tls-key-file=$LAB/a.key
invalid TLS certificate and key pair: tls: failed to find any PEM data in certificate input
secret proxy a
address is required
secret proxy a --address='http://[::'
invalid proxy address: parse "http://[::": missing ']' in host
secret githubapp a --app-private-key=/nope
unable to read private key file: open /nope: no such file or directory
secret githubapp a
githubAppID is required
secret githubapp a --app-id=1
githubAppPrivateKey is required
secret githubapp a --app-id=1 --app-private-key=$LAB/junk
exactly one of githubAppInstallationOwner or githubAppInstallationID must be provided
secret githubapp a --app-id=1 --app-private-key=$LAB/junk --app-installation-id=1 --app-installation-owner=a
exactly one of githubAppInstallationOwner or githubAppInstallationID must be provided
secret foo a
unknown command "foo" for "tidemark create secret"
source git a --provider=
invalid argument "" for "--provider" flag: no source Git provider given, please specify the Git provider name
source git a --url=https://x/y --branch=main --private-key-file=/x
--private-key-file and --ssh-... are for ssh URLs
source git a --url=/srv/x --branch=main --password=a
--password is for http, https and ssh URLs
source git a --url=$repo --branch=main --password=a
--password needs --private-key-file for an ssh URL
source git a --url=$repo --branch=main -u me
--username is for http and https URLs
END
# A server that answers nonsense, too much, or nothing: by a program in its place.
scan() { # SCRIPT
    printf '#!/bin/sh\n%s\n' "$1" >"$LAB/bin/ssh-keyscan"
    tm create secret git scanned --url=ssh://git@example.com/a --ssh-key-algorithm=ed25519 --timeout=1s
}
scan 'printf "# comment\nexample.com ssh-rsa AAAA\nexample.com ssh-rsa\nexample.com ssh-\001 AAAA\n\na b c d\n"; echo why >&2'
tap_is 'of a scan only host keys are kept' "$CODE $(value scanned known_hosts)" '0 example.com ssh-rsa AAAA'
scan 'echo "# comment" >&2; echo "no route" >&2; echo "# more" >&2'
tap_is 'why there is none' "$CODE $(cat "$LAB/err")" \
    '1 ✗ SSH key scan for host example.com:22 failed, error: no route'
scan 'head -c 65537 /dev/zero | tr "\0" x'
tap_like 'too much' "$CODE $(cat "$LAB/err")" '1 ✗ SSH key scan for host example.com:22 failed, error: * 65536 bytes*'
scan 'sleep 60'
tap_is 'nothing' "$CODE $(cat "$LAB/err")" \
    '1 ✗ SSH key scan for host example.com:22 failed, error: ssh-keyscan: context deadline exceeded'
rm "$LAB/bin/ssh-keyscan"
tap_is 'nothing of that is stored' "$(object Secret a .kind)$(object GitRepository a .kind)" ''
tap_is 'and no file is left after failures' "$(ls "$LAB/tmp")" ''
tap_done
