#!/bin/sh
# Races and bad moments: many writers on one branch, connections that break on
# either side of a push, and a program that is killed. Whatever happens, each
# update lands once, and nobody's work is lost.
. "$(dirname "$0")/lib.sh"
lab git registry

registry_lab_push "http://$REGISTRY" acme/web 1.0.0 || exit 1
image=$REGISTRY/acme/web

# The commits of a branch that are tidemark's, by the files that they change.
updates_of() { # NAME [BRANCH]
    git -C "$LAB/git/repos/$1.git" log --author=bot@example.com --format= --name-only "${2:-main}"
}

# Scans, and waits for the answer.
newest_is() { # TAG
    new_tags acme/web "$1"
    must reconcile image repository web
}

sound() { # NAME REPOSITORY
    run git -C "$LAB/git/repos/$2.git" fsck --strict --no-dangling --no-progress
    tap_is "$1: fsck" "$CODE $(cat "$LAB/out" "$LAB/err")" '0 '
}

store() { # NAME
    TIDEMARK_STORE=$LAB/$1.db
}

apply_objects() {
    cat >"$LAB/objects.yaml"
    must apply -f "$LAB/objects.yaml"
}

# The objects of one automation on a repository, GitRepository and all.
apply_update() { # NAME URL
    {
        image_repository_yaml web "$image"
        image_policy_yaml web web
        git_repository_yaml "$1" "$2"
        image_update_yaml "$1" "$1"
        cat
    } | apply_objects
}

#
# Eight automations on one branch in one daemon, and somebody else who pushes to
# it all the while.
#
repository crowd
for i in 1 2 3 4 5 6 7 8; do
    mkdir "$LAB/work/crowd/a$i"
    deployment web "$image:0.9.0" web >"$LAB/work/crowd/a$i/web.yaml"
done
publish crowd
{
    image_repository_yaml web "$image"
    image_policy_yaml web web
    git_repository_yaml crowd "$GIT_LAB_HTTP/git/crowd.git"
    for i in 1 2 3 4 5 6 7 8; do image_update_yaml "a$i" crowd "./a$i"; done
} | apply_objects

# Pushes a line whenever somebody else has pushed, so just when the next one
# is about to.
somebody() {
    git clone -q "$GIT_LAB_HTTP/git/crowd.git" "$LAB/work/somebody" && cd "$LAB/work/somebody" || exit 1
    while [ ! -e "$LAB/enough" ]; do
        echo line >>noise
        git add noise
        git commit -q -m noise
        until git push -q; do git pull -q --rebase || exit 1; done
        echo pushed >>"$LAB/pushed"
        mine=$(git rev-parse HEAD)
        until [ -e "$LAB/enough" ] || [ "$(head_of crowd)" != "$mine" ]; do sleep 0.02; done
    done
}
crowd_is_at() { # TAG
    for i in 1 2 3 4 5 6 7 8; do
        file_of crowd "a$i/web.yaml" | grep -q "web:$1 " || return 1
    done
}
crowd_is_ready() {
    for i in 1 2 3 4 5 6 7 8; do is_ready ImageUpdateAutomation "a$i" || return 1; done
}

somebody >"$LAB/somebody.log" 2>&1 &
somebody=$!
PIDS="$PIDS $somebody"
eventually test -s "$LAB/pushed" || tap_fail 'somebody pushes' "$(cat "$LAB/somebody.log")"
daemon_start
soon 'all eight land' crowd_is_at 1.0.0
for tag in 1.1.0 1.2.0; do
    newest_is "$tag"
    soon "and again, $tag" crowd_is_at "$tag"
done
soon 'all eight are Ready' crowd_is_ready
touch "$LAB/enough"
wait "$somebody"
tap_is 'somebody got through as well' "$?" 0
daemon_stop
tap_is 'the daemon ends well' "$CODE" 0
tap_is 'each update was committed once' "$(updates_of crowd | sort | uniq -c | tr -s ' ')" \
    "$(for i in 1 2 3 4 5 6 7 8; do echo " 3 a$i/web.yaml"; done)"
tap_is "nothing of somebody's was lost" "$(file_of crowd noise | wc -l)" "$(wc -l <"$LAB/pushed")"
tap_is 'history is a line of commits' "$(git -C "$LAB/git/repos/crowd.git" rev-list --min-parents=2 --count main)" 0
tap_is 'no failure was worth an event' "$(sql "SELECT message FROM event
    WHERE kind = 'ImageUpdateAutomation' AND type != 'Normal'")" ''
sound 'the branch of many' crowd

#
# Two stores, each with a program of its own, that do the same work.
#
repository twins
deployment web "$image:0.9.0" web >"$LAB/work/twins/web.yaml"
publish twins
for twin in left right; do
    store "$twin"
    apply_update twins "$GIT_LAB_HTTP/git/twins.git" </dev/null
done
for tag in 2.0.0 2.0.1 2.0.2 2.0.3; do
    new_tags acme/web "$tag"
    TIDEMARK_STORE=$LAB/left.db "$TIDEMARK" run --once >"$LAB/left.out" 2>&1 &
    left=$!
    TIDEMARK_STORE=$LAB/right.db "$TIDEMARK" run --once >"$LAB/right.out" 2>&1 &
    wait "$left"
    left=$?
    wait "$!"
    tap_is "both succeed at $tag" "$left $?" '0 0'
done
tap_is 'two programs, one commit for each tag' "$(commits_of twins)" 5
tap_is 'the last tag has landed' "$(file_of twins web.yaml)" "$(deployment web "$image:2.0.3" web)"
sound 'twins' twins
# Whoever came late knows of the commit, though it is not his.
store left
tap_is 'both know where the branch is' "$(object ImageUpdateAutomation twins .status.observedSourceRevision)" \
    "main@sha1:$(head_of twins)"

#
# A push branch: of its own, continued, and built anew when its base moves.
#
store branch
repository branch
deployment web "$image:0.9.0" web >"$LAB/work/branch/web.yaml"
publish branch
apply_update branch "$GIT_LAB_HTTP/git/branch.git" </dev/null
sed -i 's/^  git: {/  git: {push: {branch: updates}, /' "$LAB/objects.yaml"
must apply -f "$LAB/objects.yaml"
base=$(head_of branch)
must run --once
tap_is 'the base is left alone' "$(head_of branch)" "$base"
tap_is 'the push branch is one commit ahead' \
    "$(git -C "$LAB/git/repos/branch.git" rev-list --count main..updates) $(file_of branch web.yaml updates)" \
    "1 $(deployment web "$image:2.0.3" web)"
held=$(head_of branch updates)
must run --once
must reconcile image update branch
tap_is 'what it holds already is not committed again' "$(head_of branch updates)" "$held"
store forgetful # a job in CI that keeps nothing
must run --once -f "$LAB/objects.yaml"
store branch
tap_is 'nor by somebody who knows nothing of it' "$(head_of branch updates)" "$held"
new_tags acme/web 2.1.0
must run --once
tap_is 'the next update goes on top' "$(git -C "$LAB/git/repos/branch.git" rev-parse updates~1)" "$held"
echo other >"$LAB/work/branch/other"
publish branch
base=$(head_of branch)
new_tags acme/web 2.2.0
must run --once
tap_is 'a base that moves is not overwritten' "$(head_of branch)" "$base"
tap_is 'the update is there' "$(file_of branch web.yaml updates)" "$(deployment web "$image:2.2.0" web)"
tap_is 'built anew on the base' "$(git -C "$LAB/git/repos/branch.git" rev-list --count updates..main)" 0
deployment web "$image:2.3.0" web >"$LAB/work/branch/web.yaml" # somebody does it by hand
publish branch
new_tags acme/web 2.3.0
must run --once
new_tags acme/web 2.4.0
must run --once
tap_is 'built anew, too, when the base had been ahead of it' \
    "$(git -C "$LAB/git/repos/branch.git" rev-list --count updates..main) $(file_of branch web.yaml updates)" \
    "0 $(deployment web "$image:2.4.0" web)"
git -C "$LAB/work/branch" fetch -q
git -C "$LAB/work/branch" checkout -q --detach origin/updates
echo reviewed >"$LAB/work/branch/review"
publish branch 'Review' updates
git -C "$LAB/work/branch" checkout -q main
echo again >"$LAB/work/branch/other"
publish branch
new_tags acme/web 2.5.0
must run --once
tap_is "somebody's work on the push branch stays" \
    "$(file_of branch review updates) $(file_of branch web.yaml updates)" \
    "reviewed $(deployment web "$image:2.5.0" web)"
sound 'push branch' branch

#
# Servers that break off. The hooks run in the server's git: what they kill is
# the other side of the connection.
#
hook() { # REPOSITORY HOOK
    cat >"$LAB/git/repos/$1.git/hooks/$2"
    chmod 755 "$LAB/git/repos/$1.git/hooks/$2"
}
git_lab_ssh || exit 1
broken() { # NAME URL
    store "$1"
    repository "$1"
    deployment web "$image:0.9.0" web >"$LAB/work/$1/web.yaml"
    publish "$1"
    apply_update "$1" "$2" <<END
---
apiVersion: v1
kind: Secret
metadata: {name: key}
stringData:
  identity: |
$(sed 's/^/    /' "$LAB/git/identity")
  known_hosts: |
$(sed 's/^/    /' "$LAB/git/known_hosts")
END
    case $2 in ssh:*) sed -i "s/url: \"ssh/secretRef: {name: key}, &/" "$LAB/objects.yaml" && must apply -f "$LAB/objects.yaml" ;; esac
}
for way in http ssh; do
    case $way in
    http) url=$GIT_LAB_HTTP/git ;;
    ssh) url=$GIT_LAB_SSH$LAB/git/repos ;;
    esac
    broken "before-$way" "$url/before-$way.git"
    echo 'kill -KILL $PPID' | hook "before-$way" pre-receive
    tm run --once
    tap_is "$way: broken off before the push counted" "$CODE $(commits_of "before-$way")" '1 1'
    tap_like "$way: and that is told" "$(condition ImageUpdateAutomation "before-$way" Ready)" \
        'False GitOperationFailed failed to update source: failed to push to remote: *'
    rm "$LAB/git/repos/before-$way.git/hooks/pre-receive"
    must run --once
    tap_is "$way: the next run lands" "$(commits_of "before-$way")" 2

    broken "after-$way" "$url/after-$way.git"
    echo 'kill -KILL $PPID' | hook "after-$way" post-receive
    must run --once
    tap_is "$way: broken off before the answer: it has landed all the same" \
        "$(commits_of "after-$way") $(condition ImageUpdateAutomation "after-$way" Ready)" \
        "2 True Succeeded committed and pushed $(head_of "after-$way") to main"
    tap_is "$way: the status names the commit" \
        "$(object ImageUpdateAutomation "after-$way" .status.lastPushCommit)" "$(head_of "after-$way")"
    must run --once
    tap_is "$way: no second commit" "$(commits_of "after-$way")" 2
    sound "$way: broken off" "after-$way"
done

# A server that takes the push and is silent for longer than anybody waits.
broken silent "$GIT_LAB_HTTP/git/silent.git"
sed -i 's/^spec: {interval: 1h, url/spec: {interval: 1h, timeout: 2s, url/' "$LAB/objects.yaml"
must apply -f "$LAB/objects.yaml"
hook silent post-receive <<END
while [ -e "$LAB/silence" ]; do sleep 0.1; done
END
touch "$LAB/silence"
must run --once
rm "$LAB/silence"
tap_is 'a server that does not answer: it has landed all the same' \
    "$(commits_of silent) $(condition ImageUpdateAutomation silent Ready)" \
    "2 True Succeeded committed and pushed $(head_of silent) to main"

# One that thinks for so long that the push counts only when nobody waits any more.
broken late "$GIT_LAB_HTTP/git/late.git"
sed -i 's/^spec: {interval: 1h, url/spec: {interval: 1h, timeout: 2s, url/' "$LAB/objects.yaml"
must apply -f "$LAB/objects.yaml"
hook late pre-receive <<END
trap '' HUP TERM PIPE
while [ -e "$LAB/silence" ]; do sleep 0.1; done
END
touch "$LAB/silence"
tm run --once
tap_is 'a push that may yet count is a failure' "$CODE" 1
rm "$LAB/silence"
must run --once
must run --once
tap_is 'and one commit in the end' "$(commits_of late) $(file_of late web.yaml)" \
    "2 $(deployment web "$image:2.5.0" web)"
sound 'late' late

#
# Killed at any moment: the next run finishes the work, and only what is left of it.
#
store killed
repository killed
for i in 1 2 3; do deployment "web$i" "$image:0.9.0" web >"$LAB/work/killed/web$i.yaml"; done
publish killed
apply_update killed "$GIT_LAB_HTTP/auth/killed.git" <<END
---
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {username: "$GIT_LAB_USER", password: "$GIT_LAB_PASSWORD"}
END
sed -i 's/url: "http/secretRef: {name: login}, &/' "$LAB/objects.yaml"
must apply -f "$LAB/objects.yaml"
must run --once
kills=20 wrong=
for i in $(seq $kills); do
    new_tags acme/web "3.0.$i"
    "$TIDEMARK" run --once >/dev/null 2>&1 &
    pid=$!
    sleep "0.$(printf %03d $(((i * 67 + $$) % 400)))"
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    [ "$(updates_of killed | wc -l)" -le $((3 + 3 * i)) ] || wrong="$wrong $i:twice"
    tm run --once
    [ "$CODE" = 0 ] || wrong="$wrong $i:$(cat "$LAB/err")"
    file_of killed web2.yaml | grep -q "web:3.0.$i " || wrong="$wrong $i:missing"
done 2>/dev/null
tap_is 'killed at any moment, then run' "$wrong" ''
tap_is 'each update was committed once' "$(commits_of killed)" $((2 + kills))
tap_is 'with all its files' "$(updates_of killed | sort | uniq -c | tr -s ' ')" \
    "$(for i in 1 2 3; do echo " $((1 + kills)) web$i.yaml"; done)"
tap_is 'the store is sound' "$(sql 'PRAGMA integrity_check')" ok
sound 'killed' killed
# What the dead had of secrets goes with the next run, once it is surely nobody's.
find "$LAB/killed.db.cache" -name 'tidemark-git-*' -exec touch -d '2 minutes ago' {} +
must run --once
must reconcile image update killed
tap_is 'no secrets are left behind' "$(find "$LAB/killed.db.cache" -name 'tidemark-git-*' | wc -l)" 0
tap_done
