#!/bin/sh
# Signed commits: keys of gpg and of ssh, with and without passphrases, judged by
# git itself; and keys that cannot be used.
. "$(dirname "$0")/lib.sh"
lab git registry
need gpg ssh-keygen

registry_lab_push "http://$REGISTRY" acme/web 1.0.0
repository apps
deployment web "$REGISTRY/acme/web:1.0.0" web >"$LAB/work/apps/web.yaml"
publish apps

# The verifier's own homes: what a user of the repository would have.
mkdir -m 700 "$LAB/verify" "$LAB/keys"

gpg_key() { # NAME PASSPHRASE: NAME.asc, and its public key for the verifier
    mkdir -m 700 "$LAB/keys/$1"
    gpg --homedir "$LAB/keys/$1" --batch --quiet --pinentry-mode loopback --passphrase "$2" \
        --quick-generate-key "$1 <$1@example.com>" ed25519 sign never 2>/dev/null &&
        gpg --homedir "$LAB/keys/$1" --batch --quiet --pinentry-mode loopback --passphrase "$2" \
            --armor --export-secret-keys >"$LAB/keys/$1.asc" &&
        gpg --homedir "$LAB/keys/$1" --batch --armor --export |
        gpg --homedir "$LAB/verify" --batch --quiet --import 2>/dev/null
    gpgconf --homedir "$LAB/keys/$1" --kill gpg-agent
}

secret_yaml() { # NAME KEY FILE [KEY VALUE]
    printf -- '---\napiVersion: v1\nkind: Secret\nmetadata: {name: %s}\ndata:\n  %s: %s\n' \
        "$1" "$2" "$(base64 -w 0 "$3")"
    [ -z "${4:-}" ] || printf '  %s: %s\n' "$4" "$(printf %s "$5" | base64 -w 0)"
}

signing_key() { # SECRET [TYPE]
    image_update_yaml apps apps | sed "s|git: {commit: {|&signingKey: {secretRef: {name: $1}${2:+, type: $2}}, |"
}

gpg_key plain ''
gpg_key locked 'open sesame'
ssh-keygen -q -t ed25519 -N '' -f "$LAB/keys/ssh" -C ''
ssh-keygen -q -t ecdsa -m PEM -N 'open sesame' -f "$LAB/keys/ssh-locked" -C ''
for key in ssh ssh-locked; do
    printf 'bot@example.com %s\n' "$(cat "$LAB/keys/$key.pub")"
done >"$LAB/verify/allowed"
{
    secret_yaml plain git.asc "$LAB/keys/plain.asc"
    secret_yaml locked git.asc "$LAB/keys/locked.asc" passphrase 'open sesame'
    secret_yaml ssh identity "$LAB/keys/ssh"
    secret_yaml ssh-locked identity "$LAB/keys/ssh-locked" password 'open sesame'
    git_repository_yaml apps "$GIT_LAB_HTTP/git/apps.git"
    image_repository_yaml web "$REGISTRY/acme/web"
    image_policy_yaml web web
} >"$LAB/objects.yaml"
must apply -f "$LAB/objects.yaml"

verified() { # COMMIT
    git -C "$LAB/git/repos/apps.git" -c gpg.ssh.allowedSignersFile="$LAB/verify/allowed" \
        verify-commit --raw "$1" 2>&1 | grep -Eo 'GOODSIG|Good "git" signature for bot@example.com'
}
export GNUPGHOME="$LAB/verify"

minor=0
signs() { # NAME SECRET TYPE EXPECTED
    minor=$((minor + 1))
    new_tags acme/web "1.$minor.0"
    signing_key "$2" "$3" >"$LAB/update.yaml"
    must apply -f "$LAB/update.yaml"
    must run --once
    tap_is "$1" "$(file_of apps web.yaml | grep -o '[0-9.]* #') $(verified main)" "1.$minor.0 # $4"
}

signs 'an OpenPGP key' plain gpg GOODSIG
signs 'an OpenPGP key with a passphrase' locked '' GOODSIG
signs 'an SSH key' ssh ssh 'Good "git" signature for bot@example.com'
signs 'an SSH key of another form with a passphrase' ssh-locked ssh \
    'Good "git" signature for bot@example.com'

tap_is 'nothing of the keys stays behind' \
    "$(find "$LAB/store.db.cache" -maxdepth 1 -name 'tidemark-git-*')" ''

# Keys that cannot be used: told at once, with the name of the Secret.
before=$(head_of apps)
new_tags acme/web 9.0.0
echo garbage >"$LAB/keys/garbage"
cat "$LAB/keys/plain.asc" "$LAB/keys/locked.asc" >"$LAB/keys/both.asc"
{
    secret_yaml garbage git.asc "$LAB/keys/garbage"
    secret_yaml garbage-ssh identity "$LAB/keys/garbage"
    secret_yaml both git.asc "$LAB/keys/both.asc"
    secret_yaml no-passphrase git.asc "$LAB/keys/locked.asc"
    secret_yaml wrong-passphrase git.asc "$LAB/keys/locked.asc" passphrase wrong
    secret_yaml ssh-no-passphrase identity "$LAB/keys/ssh-locked"
    secret_yaml ssh-wrong-passphrase identity "$LAB/keys/ssh-locked" password wrong
} >"$LAB/bad.yaml"
must apply -f "$LAB/bad.yaml"

refuses() { # NAME SECRET TYPE MESSAGE
    signing_key "$2" "$3" >"$LAB/update.yaml"
    must apply -f "$LAB/update.yaml"
    tm run --once
    tap_is "$1" "$CODE $(condition ImageUpdateAutomation apps Ready)" \
        "1 False SourceManagerFailed failed configuring source manager: $4"
}

refuses 'no such Secret' nope gpg \
    "could not find signing key secret 'nope': secrets \"nope\" not found"
refuses 'another kind of key in the Secret' ssh gpg \
    "signing key secret 'ssh' does not contain a 'git.asc' key"
refuses 'the other way round' plain ssh \
    "signing key secret 'plain' does not contain an 'identity' key"
refuses 'no key at all' garbage gpg \
    "could not read signing key from secret 'garbage': gpg: no valid OpenPGP data found."
refuses 'no SSH key at all' garbage-ssh ssh \
    "could not parse SSH signing key from secret 'garbage-ssh': error in libcrypto"
refuses 'two keys' both gpg \
    "multiple entities read from secret 'both', could not determine which signing key to use"
refuses 'a passphrase is missing' no-passphrase gpg \
    "can not use passphrase protected signing key without 'passphrase' field present in secret no-passphrase"
refuses 'a wrong passphrase' wrong-passphrase gpg \
    'could not decrypt private key of the signing key present in secret wrong-passphrase: wrong passphrase'
refuses 'an SSH passphrase is missing' ssh-no-passphrase ssh \
    "can not use passphrase protected signing key without 'password' field present in secret ssh-no-passphrase"
refuses 'a wrong SSH passphrase' ssh-wrong-passphrase ssh \
    'could not decrypt private key of the signing key present in secret ssh-wrong-passphrase: wrong passphrase'
tap_is 'nothing was pushed without a signature' "$(head_of apps)" "$before"
tap_done
