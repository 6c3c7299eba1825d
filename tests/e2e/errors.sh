#!/bin/sh
# What goes wrong outside: each failure is one line that says what, where and why,
# the other objects go on, and nothing is lost: once the cause is gone, so is the
# failure.
. "$(dirname "$0")/lib.sh"
need htpasswd unshare
lab git registry
registry_lab_start locked basic || exit 1
locked=127.0.0.1:${REGISTRY_LAB#*:}

registry_lab_push "http://$REGISTRY" acme/web 1.0.0 1.1.0 || exit 1
for name in good refusing closed; do
    repository $name
    deployment web "$REGISTRY/acme/web:1.0.0" web >"$LAB/work/$name/web.yaml"
    publish $name
done
printf '#!/bin/sh\necho "main is protected, ask the owners"\nexit 1\n' >"$LAB/git/repos/refusing.git/hooks/pre-receive"
chmod 755 "$LAB/git/repos/refusing.git/hooks/pre-receive"

secret_yaml() { # NAME TYPE KEY VALUE [KEY VALUE]
    printf -- '---\napiVersion: v1\nkind: Secret\nmetadata: {name: %s}\ntype: %s\nstringData: {%s: '"'%s'" "$1" "$2" "$3" "$4"
    [ $# = 4 ] || printf ", %s: '%s'" "$5" "$6"
    echo '}'
}
docker_config() { # PASSWORD
    printf '{"auths":{"%s":{"username":"%s","password":"%s"}}}' "$locked" "$REGISTRY_LAB_USER" "$1"
}
with_secret() { # NAME
    sed "s/^spec: {/spec: {secretRef: {name: $1}, /"
}
{
    # What is well.
    image_repository_yaml web "$REGISTRY/acme/web"
    image_policy_yaml web web
    git_repository_yaml good "$GIT_LAB_HTTP/git/good.git"
    image_update_yaml good good
    # What is not.
    image_repository_yaml unreachable 127.0.0.1:1/acme/web
    image_repository_yaml unknown "$REGISTRY/acme/unknown"
    image_repository_yaml locked "$locked/acme/web" | with_secret pull
    image_repository_yaml scheme "https://$REGISTRY/acme/web"
    secret_yaml pull kubernetes.io/dockerconfigjson .dockerconfigjson "$(docker_config wrong)"
    image_policy_yaml range web '>1000'
    image_policy_yaml none web 9.x
    image_policy_yaml orphan nowhere
    image_policy_yaml early unreachable
    git_repository_yaml nobranch "$GIT_LAB_HTTP/git/good.git" | sed 's/branch: main/branch: release/'
    git_repository_yaml norepo "$GIT_LAB_HTTP/git/none.git"
    git_repository_yaml closed "$GIT_LAB_HTTP/auth/closed.git" | with_secret login
    git_repository_yaml refusing "$GIT_LAB_HTTP/git/refusing.git"
    git_repository_yaml down http://127.0.0.1:1/down.git
    secret_yaml login Opaque username "$GIT_LAB_USER" password wrong
    image_update_yaml closed closed
    image_update_yaml refusing refusing
    image_update_yaml nobranch nobranch
    image_update_yaml nosource nowhere
    image_update_yaml nopath good ./prod
} >"$LAB/objects.yaml"
# A bad range: refused, and told where; it can still come from elsewhere.
sed 's/>1000/>>1/' "$LAB/objects.yaml" >"$LAB/bad.yaml"
tm run --once -f "$LAB/bad.yaml"
printed 'a bad range is refused' 1 <<END
2> ✗ LAB/bad.yaml:$(grep -n '{name: range}' "$LAB/bad.yaml" | cut -d : -f 1 | awk '{ print $1 - 2 }'): ImagePolicy flux-system/range: invalid policy: improper constraint: ">>1"
END
must apply -f "$LAB/objects.yaml"
sql "UPDATE object SET body = replace(body, '>1000', '>>1') WHERE name = 'range'"
tm run --once
tap_is 'run --once names what is not Ready, a line each' "$CODE
$(grep '^✗' "$LAB/err" | sed -E "s|$locked|LOCKED|g; s/after [0-9]+ ms/after N ms/" | masked)" '1
✗ GitRepository flux-system/closed: failed to checkout and determine revision: unable to list remote for '"'GIT/auth/closed.git': authentication required: could not read Username for 'GIT'"': terminal prompts disabled (the server refused the credentials)
✗ GitRepository flux-system/down: failed to checkout and determine revision: unable to list remote for '"'http://127.0.0.1:1/down.git': unable to access 'http://127.0.0.1:1/down.git/': Failed to connect to 127.0.0.1 port 1 after N ms: Couldn't"' connect to server
✗ GitRepository flux-system/nobranch: failed to checkout and determine revision: unable to clone '"'GIT/git/good.git': couldn't"' find remote ref "refs/heads/release"
✗ GitRepository flux-system/norepo: failed to checkout and determine revision: unable to list remote for '"'GIT/git/none.git': repository not found: repository 'GIT/git/none.git/'"' not found
✗ ImageRepository flux-system/locked: scan failed: GET http://LOCKED/v2/acme/web/tags/list?n=1000: UNAUTHORIZED: authentication required; [map[Action:pull Class: Name:acme/web Type:repository]] (as user '"'tidemark', by key 'LOCKED' of secret 'flux-system/pull'"')
✗ ImageRepository flux-system/scheme: image '"'https://REGISTRY/acme/web' should not include URL scheme; remove 'https://'"'
✗ ImageRepository flux-system/unknown: scan failed: GET http://REGISTRY/v2/acme/unknown/tags/list?n=1000: NAME_UNKNOWN: repository name not known to registry; map[name:acme/unknown] (does '"'acme/unknown' exist on 'REGISTRY'"'?)
✗ ImageRepository flux-system/unreachable: scan failed: Get "https://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused; Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused
✗ ImagePolicy flux-system/early: retrying in 30s error: no tags in database
✗ ImagePolicy flux-system/none: unable to determine latest version from provided list
✗ ImagePolicy flux-system/orphan: failed to get the referred ImageRepository: referenced ImageRepository does not exist: ImageRepository.image.toolkit.fluxcd.io "nowhere" not found
✗ ImagePolicy flux-system/range: invalid policy: improper constraint: ">>1"
✗ ImageUpdateAutomation flux-system/closed: failed to checkout source: unable to list remote for '"'GIT/auth/closed.git': authentication required: could not read Username for 'GIT'"': terminal prompts disabled (the server refused the credentials)
✗ ImageUpdateAutomation flux-system/nobranch: failed to checkout source: unable to clone '"'GIT/git/good.git': couldn't"' find remote ref "refs/heads/release"
✗ ImageUpdateAutomation flux-system/nopath: failed to apply policies: walking path for files: lstat prod: no such file or directory
✗ ImageUpdateAutomation flux-system/nosource: failed configuring source manager: referenced git repository does not exist: gitrepositories.source.toolkit.fluxcd.io "nowhere" not found
✗ ImageUpdateAutomation flux-system/refusing: failed to update source: failed to push to remote: command error on refs/heads/main: main is protected, ask the owners (pre-receive hook declined)'
tap_is 'all other lines are those of the log' "$(grep -vc '^✗\|^20[0-9-]*T[0-9:]*Z \(info \|error\) ' "$LAB/err") $(wc -l <"$LAB/out")" '0 0'
tap_is 'what is well has been done' "$(commits_of good) $(file_of good web.yaml | grep -c web:1.1.0)" '2 1'
tap_is 'no password is told' "$(grep -c wrong "$LAB/err")" 0
tap_is 'what failed has no tags, no answer, no commit' \
    "$(object ImagePolicy range .status.latestRef)|$(commits_of refusing)|$(commits_of closed)" '|1|1'

# The causes go, one by one, and so do the failures.
mv "$LAB/git/repos/refusing.git/hooks/pre-receive" "$LAB/hook"
git -C "$LAB/work/good" push -q origin HEAD:release
mkdir "$LAB/work/good/prod"
git -C "$LAB/work/good" pull -q --rebase
deployment api "$REGISTRY/acme/web:1.0.0" range >"$LAB/work/good/prod/api.yaml"
publish good
git_lab_repo none && git -C "$LAB/work/good" push -q "$LAB/git/repos/none.git" main
registry_lab_push "http://$REGISTRY" acme/unknown 1.0.0 || exit 1
printf 'user = "%s:%s"\n' "$REGISTRY_LAB_USER" "$REGISTRY_LAB_PASSWORD" >"$LAB/curlrc"
REGISTRY_LAB_CURL="--config $LAB/curlrc"
registry_lab_push "http://$locked" acme/web 1.0.0 || exit 1
{
    image_repository_yaml nowhere "$REGISTRY/acme/web"
    image_repository_yaml unreachable "$REGISTRY/acme/web"
    image_repository_yaml scheme "$REGISTRY/acme/web"
    secret_yaml pull kubernetes.io/dockerconfigjson .dockerconfigjson "$(docker_config "$REGISTRY_LAB_PASSWORD")"
    secret_yaml login Opaque username "$GIT_LAB_USER" password "$GIT_LAB_PASSWORD"
    image_policy_yaml range web
    image_policy_yaml none web
    git_repository_yaml nowhere "$GIT_LAB_HTTP/git/good.git"
} >"$LAB/repaired.yaml"
must apply -f "$LAB/repaired.yaml"
must delete source git down -s
tm run --once
tap_is 'what is repaired works' "$CODE $(grep '^✗' "$LAB/err" | sed "s|$locked|LOCKED|g" | masked)" '0 '
tap_is 'and has been pushed' "$(commits_of refusing) $(commits_of closed) $(file_of good prod/api.yaml | grep -c web:1.1.0)" '2 2 1'
tm get image all --no-header
tap_is 'all is Ready' "$(grep -c '	False	False	\|	False	[a-z]' "$LAB/out")" 0

# A policy that nobody has: told, in the log and on the object, and no failure.
deployment web "$REGISTRY/acme/web:1.0.0" webb >"$LAB/work/refusing/typo.yaml"
git -C "$LAB/work/refusing" pull -q --rebase
publish refusing
tm run --once
tap_is 'a marker without a policy' "$CODE $(grep typo "$LAB/err" | masked)" \
    "0 TIME info  typo.yaml:10: there is no policy for marker 'flux-system:webb' kind=ImageUpdateAutomation object=flux-system/refusing"
tap_like 'is a notice of the automation' \
    "$(object ImageUpdateAutomation refusing '.metadata.annotations."tidemark.dev/notices"')" \
    "typo.yaml:10: there is no policy for marker 'flux-system:webb'"


# A second daemon on the store.
daemon_start
fails 'a second daemon' "another tidemark works on the store 'LAB/store.db' already; stop it first, or use another store" run
fails 'a second run waits no longer than --timeout' \
    "another tidemark works on the store 'LAB/store.db' already; stop it first, or use another store" run --once --timeout=200ms
tap_is 'the first goes on' "$(kill -0 "$DAEMON" && echo yes)" yes
daemon_stop
tap_is 'and ends well' "$CODE" 0

# A store that is none, and one that is damaged: it is left as it is.
broken() { # NAME FILE ERROR
    cp "$2" "$LAB/broken.copy"
    for broken_command in 'get image all' 'run --once' run "apply -f $LAB/repaired.yaml"; do
        # shellcheck disable=SC2086  # words
        run timeout 60 "$TIDEMARK" --store="$2" $broken_command
        tap_is "$1: ${broken_command%% -f *}" "$CODE $(seen "$LAB/err" | grep -v '^20' | sort -u)" "1 ✗ $3"
    done
    tap_is "$1: the file is as it was" "$(cmp "$2" "$LAB/broken.copy" 2>&1)" ''
}
damaged='is damaged (database disk image is malformed): stop tidemark, move the file away together with its -wal and -shm files, and restore a copy or start anew'
head -c 100000 /dev/zero | tr '\0' x >"$LAB/text.db"
broken 'a store that is something else' "$LAB/text.db" "'LAB/text.db' is not a database of tidemark: name another file, or remove this one"
sqlite3 "$TIDEMARK_STORE" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
cp "$TIDEMARK_STORE" "$LAB/cut.db"
truncate -s 20000 "$LAB/cut.db"
broken 'a store that is cut off' "$LAB/cut.db" "database 'LAB/cut.db' $damaged"
cp "$TIDEMARK_STORE" "$LAB/holes.db"
for page in 1 2 3 4 5 6 7 8 9 10 11 12; do
    head -c 4000 /dev/urandom | dd of="$LAB/holes.db" bs=4096 seek="$page" conv=notrunc status=none
done
broken 'a store with damaged pages' "$LAB/holes.db" "database 'LAB/holes.db' $damaged"
mkdir "$LAB/folder.db"
fails 'a store that is a folder' "cannot use database 'LAB/folder.db': Is a directory" get image all --store="$LAB/folder.db"
fails 'a store where there can be none' "cannot create folder '/dev/null': a file is in the way" get image all --store=/dev/null/x.db
tm get image all
tap_is 'the real store is as good as before' "$CODE" 0

# A full disk: one of its own, in namespaces that end with the script in them.
if ! unshare -rmpf true 2>/dev/null; then
    tap_skip 'a full disk' 'mount namespaces are not allowed here'
    tap_done
    exit
fi
{
    image_repository_yaml web "$REGISTRY/acme/disk"
    image_policy_yaml web web
    git_repository_yaml disk "$GIT_LAB_HTTP/git/disk.git"
    image_update_yaml disk disk
} >"$LAB/disk.yaml"
registry_lab_push "http://$REGISTRY" acme/disk 1.0.0 || exit 1
repository disk
deployment web "$REGISTRY/acme/disk:0.1.0" web >"$LAB/work/disk/web.yaml"
publish disk
mkdir "$LAB/disk"
cat >"$LAB/disk.sh" <<'END'
step() { # NAME ARGUMENT…
    step_name=$1 step_code=0
    shift
    timeout 100 "$TIDEMARK" --store="$LAB/disk/store.db" "$@" >"$LAB/$step_name.out" 2>"$LAB/$step_name.err" ||
        step_code=$?
    echo "$step_code" >"$LAB/$step_name.code"
}
fill() {
    dd if=/dev/zero of="$LAB/disk/filler" bs=4096 2>/dev/null
}
await_tag() { # TAG
    mkdir "$LAB/wants-$1"
    until [ -e "$LAB/has-$1" ]; do sleep 0.05; done
}
mount -t tmpfs -o size=2m disk "$LAB/disk" || exit 1
step empty run --once -f "$LAB/disk.yaml"
fill
await_tag 1.1.0
step full-run run --once
step full-apply apply -f "$LAB/repaired.yaml"
rm "$LAB/disk/filler"
step freed run --once

"$TIDEMARK" --store="$LAB/disk/store.db" run 2>"$LAB/disk-daemon" &
daemon=$!
until grep -q started "$LAB/disk-daemon"; do sleep 0.05; done
fill
await_tag 1.2.0
step full-request suspend image repository web
rm "$LAB/disk/filler"
step request reconcile image repository web
until git -C "$LAB/git/repos/disk.git" show main:web.yaml | grep -q ':1.2.0 '; do sleep 0.05; done
kill -TERM "$daemon"
wait "$daemon"
echo "$?" >"$LAB/disk-daemon.code"
sqlite3 "$LAB/disk/store.db" 'PRAGMA integrity_check' >"$LAB/integrity"
END
export LAB TIDEMARK
# (the namespace has no /proc of its own, which a leak check would want)
ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" unshare -rmpf --kill-child sh "$LAB/disk.sh" 2>"$LAB/disk.log" &
disk=$!
PIDS="$PIDS $disk"
for tag in 1.1.0 1.2.0; do
    soon "the disk is full before $tag" test -e "$LAB/wants-$tag"
    new_tags acme/disk "$tag" && mkdir "$LAB/has-$tag"
done
disk_done() {
    ! kill -0 "$disk"
}
soon 'all of it ends' disk_done
full="1 ✗ cannot write database 'LAB/disk/store.db': no space left for it; free some on its disk"
for step in 'empty|0 ' "full-run|$full" "full-apply|$full" 'freed|0 ' 'request|0 '; do
    tap_is "a disk, ${step%%|*}" \
        "$(cat "$LAB/${step%%|*}.code") $(seen "$LAB/${step%%|*}.err" | grep '^✗')" "${step#*|}"
done
tap_like 'a disk, full-request' "$(cat "$LAB/full-request.code" "$LAB/full-request.err")" \
    '1?*failed suspending ImageRepository web *: no space left for it; free some on its disk'
tap_is 'the daemon has lived through it' "$(cat "$LAB/disk-daemon.code")" 0
tap_is 'the store is whole' "$(cat "$LAB/integrity")" ok
tap_is 'one commit a tag, the right one at last' \
    "$(commits_of disk) $(file_of disk web.yaml | grep -c 'disk:1.2.0')" '4 1'
tap_done
