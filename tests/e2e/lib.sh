# What the end-to-end tests share. Each is a POSIX shell script on one topic, gets
# the program under test as its argument, prints TAP, and has a lab of its own: a
# temporary folder, a store, and the servers that it starts in it. They run side
# by side, and wait for conditions, never for times.
#
#     . "$(dirname "$0")/lib.sh"
#     lab git registry
#     tm create image repository web --image="$REGISTRY/acme/web" --insecure
#     printed 'creates it' 0 <<END
#     2> ✚ generating ImageRepository
#     END
#     tap_done
#
# Whatever is started ends with the script, however that ends.
set -u
TIDEMARK=$(realpath "${1:?usage: $0 TIDEMARK}") || exit 1
E2E=$(cd "$(dirname "$0")" && pwd)
. "$E2E/../lib/tap.sh"
. "$E2E/../lib/git.sh"
. "$E2E/../lib/registry.sh"
. "$E2E/../lib/kube.sh"

LAB=
PIDS=     # what the test itself has started, besides the servers
PATIENCE=90 # seconds that a condition may take, on a machine that is busy
REGISTRY=REGISTRY-IS-NOT-THERE
GIT_LAB_HTTP=GIT-IS-NOT-THERE

finish() {
    finish_code=$?
    trap - EXIT INT TERM HUP
    set +u
    for finish_pid in $PIDS; do
        kill -CONT "$finish_pid" 2>/dev/null
        kill -KILL "$finish_pid" 2>/dev/null
    done
    for finish_pid in $REGISTRY_LAB_PIDS $GIT_LAB_PIDS; do
        kill -CONT "$finish_pid" 2>/dev/null
    done
    rm -f "$LAB/git/gate-closed"
    git_lab_stop
    registry_lab_stop
    kube_lab_stop
    if [ "$finish_code" = 0 ] || [ -z "${E2E_KEEP:-}" ]; then
        rm -rf "$LAB"
    else
        echo "# kept $LAB"
    fi
    exit "$finish_code"
}

# Ends the test as skipped (in CI: as failed) when a tool is not there.
need() { # TOOL…
    for need_tool; do
        command -v "$need_tool" >/dev/null || [ -x "/usr/sbin/$need_tool" ] ||
            need_missing="${need_missing:-} $need_tool"
    done
    [ -n "${need_missing:-}" ] || return 0
    tap_skip "$(basename "$0" .sh)" "not installed:$need_missing"
    tap_done
    exit
}

# Makes the lab: the folder $LAB, a store, and the servers that are named.
#
#     git       $GIT_LAB_HTTP, see tests/lib/git.sh
#     registry  $REGISTRY, plain HTTP, anonymous
#     kube      a Kubernetes API server with deploy/, see tests/lib/kube.sh; further
#               flags of it stand in LAB_KUBE_FLAGS
lab() { # [SERVER…]
    need git sqlite3
    LAB=$(mktemp -d "${TMPDIR:-/tmp}/tidemark-e2e.XXXXXX") || exit 1
    trap finish EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    registry_lab_init "$LAB/registry"
    git_lab_init "$LAB/git"
    mkdir "$LAB/home" "$LAB/work"
    export HOME="$LAB/home" TIDEMARK_STORE="$LAB/store.db" TZ=UTC
    unset XDG_STATE_HOME XDG_CACHE_HOME XDG_CONFIG_HOME FLUX_SYSTEM_NAMESPACE SSH_AUTH_SOCK
    for lab_server; do
        case $lab_server in
        git) need lighttpd python3 && git_lab_http || exit 1 ;;
        registry)
            need docker-registry curl python3
            registry_lab_start registry || exit 1
            REGISTRY=127.0.0.1:${REGISTRY_LAB#*:}
            ;;
        kube)
            need_missing=$(kube_lab_missing) || {
                tap_skip "$(basename "$0" .sh)" "$need_missing"
                tap_done
                exit
            }
            # shellcheck disable=SC2086  # the words are flags
            kube_lab_start "$LAB/kube" ${LAB_KUBE_FLAGS:-} && kube_lab_deploy || exit 1
            ;;
        esac
    done
}

# Runs a command. What it prints goes to $LAB/out and $LAB/err, its exit code to CODE.
run() { # COMMAND…
    CODE=0
    "$@" >"$LAB/out" 2>"$LAB/err" || CODE=$?
}

tm() { # ARGUMENT…
    run "$TIDEMARK" "$@"
}

# A text with what cannot be seen made visible: tabs as →, carriage returns as ␍,
# $ after blanks at the end of a line, and a missing last newline.
visible() {
    sed -e 's/\t/→/g' -e 's/\r/␍/g' -e 's/\([ →]\)$/\1$/' -e '$a\' |
        sed -e "s|$LAB|LAB|g"
}

# The text of a file in that form.
seen() { # FILE
    visible <"$1"
    [ ! -s "$1" ] || [ -z "$(tail -c 1 "$1" | tr -d '\n')" ] || echo '\ no newline at the end'
}

# What differs from run to run, by a name: servers, commits, digests, times.
masked() {
    sed -E -e "s|$REGISTRY|REGISTRY|g" -e "s|$GIT_LAB_HTTP|GIT|g" \
        -e 's/sha256:[0-9a-f]{64}/SHA256/g' -e 's/\b[0-9a-f]{40}\b/COMMIT/g' \
        -e 's/\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?(Z|[+-][0-9:]{5})/TIME/g'
}

# What the last command printed: stdout, and below it stderr, marked by "2> ".
transcript() {
    seen "$LAB/out"
    seen "$LAB/err" | sed 's/^/2> /'
}

# A heading with the blanks that make it as wide as the text.
wide() { # HEADING TEXT
    printf '%-*s' "${#2}" "$1"
}

# Compares exit code and transcript of the last command; the text that is
# expected stands on stdin.
printed() { # NAME CODE
    tap_is "$1" "exit $CODE
$(transcript | masked)" "exit $2
$(cat)"
}

# The same without putting names in the place of what varies.
printed_exactly() { # NAME CODE
    tap_is "$1" "exit $CODE
$(transcript)" "exit $2
$(cat)"
}

# Runs tidemark and expects it to fail with nothing but this line.
fails() { # NAME ERROR ARGUMENT…
    fails_name=$1 fails_error=$2
    shift 2
    tm "$@"
    printed "$fails_name" 1 <<END
2> ✗ $fails_error
END
}

# Runs tidemark for its effect; the test stands or falls with it.
must() { # ARGUMENT…
    tm "$@"
    [ "$CODE" = 0 ] && return
    tap_fail "tidemark $*" "exit $CODE" "$(transcript)"
    tap_done
    exit 1
}

# Tries until COMMAND succeeds; fails when that takes longer than $PATIENCE.
eventually() { # COMMAND…
    eventually_end=$(($(date +%s) + PATIENCE))
    until "$@" 2>/dev/null; do
        [ "$(date +%s)" -lt "$eventually_end" ] || return 1
        sleep 0.05
    done
}

# The same as a test of its own.
soon() { # NAME COMMAND…
    soon_name=$1
    shift
    if eventually "$@"; then
        tap_ok "$soon_name"
    else
        tap_fail "$soon_name" "has not come true in $PATIENCE s: $*"
    fi
}

same() { # TEXT TEXT
    [ "$1" = "$2" ]
}

sql() { # STATEMENT
    sqlite3 -cmd '.timeout 20000' "$TIDEMARK_STORE" "$1"
}

# A part of an object as the store has it: object ImagePolicy web .status.latestRef
object() { # KIND NAME PATH [NAMESPACE]
    sql "SELECT json_extract(body, '\$$3') FROM object WHERE kind = '$1' AND name = '$2'
        AND namespace = '${4:-flux-system}'"
}

# A condition as "Status Reason Message".
condition() { # KIND NAME TYPE [NAMESPACE]
    sql "SELECT json_extract(value, '\$.status') || ' ' || json_extract(value, '\$.reason') || ' ' ||
        json_extract(value, '\$.message') FROM object, json_each(body, '\$.status.conditions')
        WHERE kind = '$1' AND name = '$2' AND namespace = '${4:-flux-system}'
        AND json_extract(value, '\$.type') = '$3'"
}

is_ready() { # KIND NAME [NAMESPACE]
    case $(condition "$1" "$2" Ready "${3:-flux-system}") in "True "*) ;; *) return 1 ;; esac
}

# Is the condition like this pattern of the shell?
condition_like() { # KIND NAME TYPE PATTERN
    # shellcheck disable=SC2254
    case $(condition "$1" "$2" "$3") in $4) ;; *) return 1 ;; esac
}

# Adds tags to what registry_lab_push has put into a repository, by writing the
# files that link them to its one image.
new_tags() { # REPOSITORY TAG…
    new_tags_root=$LAB/registry/registry/docker/registry/v2/repositories/$1/_manifests
    new_tags_digest=$(ls "$new_tags_root/revisions/sha256") || return 1
    shift
    for new_tags_tag; do
        new_tags_folder=$new_tags_root/tags/$new_tags_tag
        mkdir -p "$new_tags_folder/current" "$new_tags_folder/index/sha256/$new_tags_digest"
        printf 'sha256:%s' "$new_tags_digest" |
            tee "$new_tags_folder/index/sha256/$new_tags_digest/link" >"$new_tags_folder/current/link"
    done
}

# A repository, and a clone of it in $LAB/work/NAME for the test to fill.
repository() { # NAME
    git_lab_repo "$1" && git clone -q "$LAB/git/repos/$1.git" "$LAB/work/$1" 2>/dev/null
}

# Commits and pushes all that is in the clone.
publish() { # NAME [MESSAGE [BRANCH]]
    git -C "$LAB/work/$1" add -A && git -C "$LAB/work/$1" commit -q -m "${2:-Change}" &&
        git -C "$LAB/work/$1" push -q origin "HEAD:${3:-main}"
}

head_of() { # NAME [BRANCH]
    git -C "$LAB/git/repos/$1.git" rev-parse -q --verify "refs/heads/${2:-main}"
}

commits_of() { # NAME [BRANCH]
    git -C "$LAB/git/repos/$1.git" rev-list --count "refs/heads/${2:-main}"
}

# The content of a file in a repository.
file_of() { # NAME PATH [BRANCH]
    git -C "$LAB/git/repos/$1.git" show "refs/heads/${3:-main}:$2"
}

# A manifest with one marked image.
deployment() { # NAME IMAGE POLICY
    cat <<END
apiVersion: apps/v1
kind: Deployment
metadata:
  name: $1
spec:
  template:
    spec:
      containers:
      - name: $1
        image: $2 # {"\$imagepolicy": "flux-system:$3"}
END
}

# Objects for `apply`, one document each.
git_repository_yaml() { # NAME URL
    cat <<END
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: $1}
spec: {interval: 1h, url: "$2", ref: {branch: main}}
END
}

image_repository_yaml() { # NAME IMAGE
    cat <<END
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: $1}
spec: {interval: 1h, image: "$2", insecure: true}
END
}

image_policy_yaml() { # NAME IMAGE-REPOSITORY [RANGE]
    cat <<END
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: $1}
spec: {imageRepositoryRef: {name: $2}, policy: {semver: {range: "${3:-*}"}}}
END
}

# Further members of the spec stand on stdin, indented by two.
image_update_yaml() { # NAME GIT-REPOSITORY [PATH]
    cat <<END
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: $1}
spec:
  interval: 1h
  sourceRef: {kind: GitRepository, name: $2}
  git: {commit: {author: {name: bot, email: bot@example.com}}}
  update: {strategy: Setters, path: "${3:-.}"}
END
}

# A daemon on the store, its log in $LAB/daemon.log and its pid in DAEMON.
daemon_start() { # [ARGUMENT…]
    "$TIDEMARK" run "$@" >>"$LAB/daemon.out" 2>>"$LAB/daemon.log" &
    DAEMON=$!
    PIDS="$PIDS $DAEMON"
    daemon_starts=$((${daemon_starts:-0} + 1))
    if ! eventually daemon_is_up; then
        tap_fail 'the daemon starts' "$(cat "$LAB/daemon.log")"
        tap_done
        exit 1
    fi
}

daemon_is_up() {
    [ "$(grep -cE '[ "]started[ "]' "$LAB/daemon.log")" -ge "$daemon_starts" ]
}

# Asks the daemon to end and waits for that; its exit code is in CODE.
daemon_stop() { # [SIGNAL]
    kill -"${1:-TERM}" "$DAEMON"
    CODE=0
    wait "$DAEMON" 2>/dev/null || CODE=$?
}
