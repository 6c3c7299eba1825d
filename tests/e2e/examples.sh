#!/bin/sh
# The examples of the README and of the man page run as they are written, in their
# order; only the hosts in them are put in the place of the lab's.
. "$(dirname "$0")/lib.sh"
need openssl ssh-keygen ssh-keyscan
lab git registry
GIT_LAB_PASSPHRASE='phrase of examples' # not the lab's own, which another test looks for
git_lab_ssh && git_lab_certificates || exit 1
cd "$LAB/work" || exit 1
readme=$E2E/../../README.md

# Commands from a text, one a line: lines in ``` that begin with tidemark or have it
# behind a pipe, with what continues them, without comments.
examples() { # FILE
    sed -n '/^ *```/,/^ *```$/p' "$1" | sed -e ':a' -e '/\\$/N; s/\\\n *//; ta' |
        sed -n -e '/^\(.*| \)\{0,1\}tidemark /!d' -e 's/  *# .*$//' -e p
}
in_the_lab() {
    sed -e "s|https://git\.example/|$GIT_LAB_HTTP/git/|g; s|https://git\.example\.com/apps|$GIT_LAB_HTTP/git/apps.git|g" \
        -e "s|ssh://git@git\.example\.com/apps|$GIT_LAB_SSH$LAB/git/repos/apps.git|g" \
        -e "s#\(registry\.example\|ghcr\.io\|docker\.io\|127\.0\.0\.1:5000\)/#$REGISTRY/#g"
}
mkdir "$LAB/bin"
ln -s "$TIDEMARK" "$LAB/bin/tidemark"
# There is no cluster here (tests/kube has one): only the form of what it would get counts.
cat >"$LAB/bin/kubectl" <<'END'
#!/bin/sh
[ "$1" = get ] || exec grep -q '^kind: Deployment'
tidemark export image policy --all 2>/dev/null | sed 's/^/  /; s/^  ---/-/; 1i kind: List\napiVersion: v1\nitems:'
END
chmod 755 "$LAB/bin/kubectl"
PATH=$LAB/bin:$PATH

# Runs each; a daemon until it has started and is told to end.
run_examples() { # FILE
    while IFS= read -r example; do
        # Some shells' echo reads backslashes.
        shown=$(printf '%s\n' "$example" | sed 's/\\/\\\\/g')
        if [ "$example" = 'tidemark run' ]; then
            daemon_start
            daemon_stop
        else
            run sh -c "$(printf '%s\n' "$example" | in_the_lab)" </dev/null
        fi
        [ "$CODE" = 0 ] && tap_ok "$shown" || tap_fail "$shown" "exit $CODE" "$(transcript)"
    done <"$1"
}

# Lines in a file: what finds the examples may miss none of today's.
at_least() { # NAME COUNT FILE
    if [ "$(grep -c . "$3")" -ge "$2" ]; then
        tap_ok "$1"
    else
        tap_fail "$1" "fewer than $2:" "$(cat "$3")"
    fi
}

# The README's own manifest is where its tutorial looks for it.
registry_lab_push "http://$REGISTRY" sid/nginx 1.0.0 1.1.0 1.2.0 1.3.0 2.0.0 || exit 1
repository nginx
mkdir -p nginx/nginx/manifests
sed -n '/^```yaml/,/^```$/p' "$readme" | sed '1d; $d' | in_the_lab >nginx/nginx/manifests/deployment.yaml
publish nginx
mkdir tidemark
image_repository_yaml extra "$REGISTRY/sid/nginx" >tidemark/extra.yaml
printf '{"Changed":{"Changes":[{"NewValue":"a:1"}]}}' >changes.json

examples "$readme" >"$LAB/readme"
at_least 'the README has commands' 11 "$LAB/readme"
run_examples "$LAB/readme"
tap_is 'the tutorial has pushed' "$(commits_of nginx) $(file_of nginx nginx/manifests/deployment.yaml | masked | grep image:)" \
    '2         image: REGISTRY/sid/nginx:1.3.0 # {"$imagepolicy": "flux-system:nginx-policy"}'
# Commands in the running text.
grep -o '`tidemark [^`]*`' "$readme" | tr -d '`' | sort -u >"$LAB/inline"
at_least 'the text of the README has commands' 2 "$LAB/inline"
run_examples "$LAB/inline"

# The man page, in a store of its own, with the objects that its examples refer to.
export TIDEMARK_STORE="$LAB/man.db"
registry_lab_push "http://$REGISTRY" acme/web 1.4.0 1.4.1 main-a1b2-100 || exit 1
registry_lab_push "http://$REGISTRY" web 1.0.0 main-a1b2-100 || exit 1
registry_lab_push "http://$REGISTRY" library/nginx 1.25.0 || exit 1
repository apps
mkdir apps/prod
deployment web "$REGISTRY/acme/web:1.4.0" web | tee apps/prod/web.yaml >apps/web.yaml
publish apps
rm tidemark/*
{
    git_repository_yaml apps "$GIT_LAB_HTTP/git/apps.git"
    image_repository_yaml web "$REGISTRY/acme/web"
} >tidemark/objects.yaml
echo '["1.0.0"]' >tags.json
echo secret >token
cp "$LAB/git/ca.crt" .
must man
cp "$LAB/out" "$LAB/man"
examples "$LAB/man" >"$LAB/examples"
at_least 'the man page has commands' 16 "$LAB/examples"
run_examples "$LAB/examples"
tap_is 'its automation has pushed' "$(file_of apps prod/web.yaml | masked | grep image:)" \
    '        image: REGISTRY/acme/web:main-a1b2-100 # {"$imagepolicy": "flux-system:web"}'
tap_is 'within its path' "$(file_of apps web.yaml | grep -c :1.4.0)" 1


# The man page tells of every command, and help shows the same examples.
tap_is 'help has the same examples' "$(
    sed -n 's/^## \([a-z ]*[a-z]\).*/\1/p' "$LAB/man" | while read -r words; do
        # shellcheck disable=SC2086  # words
        "$TIDEMARK" help $words | sed -n '/^Examples:/,/^[A-Z].*:$/s/^  //p'
    done | sed -e ':a' -e '/\\$/N; s/\\\n *//; ta' | grep '^\(.*| \)\{0,1\}tidemark '
)" "$(cat "$LAB/examples")"
tap_done
