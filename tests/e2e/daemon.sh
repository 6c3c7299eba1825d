#!/bin/sh
# The daemon: what wakes it, commands beside it, suspension, and every way to end it.
# That something does not happen is seen by something later that does.
. "$(dirname "$0")/lib.sh"
need ps
lab git registry

for name in web api; do
    registry_lab_push "http://$REGISTRY" "acme/$name" 1.0.0 1.1.0 || exit 1
    repository $name
    deployment $name "$REGISTRY/acme/$name:1.0.0" $name >"$LAB/work/$name/app.yaml"
    publish $name
done
has() { # NAME TAG
    file_of "$1" app.yaml | grep -q ":$2 #"
}
{
    for name in web api; do
        image_repository_yaml $name "$REGISTRY/acme/$name"
        image_policy_yaml $name $name 1.x
        git_repository_yaml $name "$GIT_LAB_HTTP/gate/$name.git"
        image_update_yaml $name $name
    done
} >"$LAB/objects.yaml"

# All intervals are an hour: what follows comes from wake-ups alone.
daemon_start -f "$LAB/objects.yaml"
soon 'a daemon does what is to do when it starts' has web 1.1.0
soon 'for all objects' has api 1.1.0

new_tags acme/web 1.2.0
tm reconcile image repository web
printed 'a request is handled by the daemon' 0 <<'END'
2> ► annotating ImageRepository web in flux-system namespace
2> ✔ ImageRepository annotated
2> ◎ waiting for ImageRepository reconciliation
2> ✔ scan fetched 3 tags
END
soon 'a new tag goes on to the commit, whatever the intervals' has web 1.2.0
tap_is 'one commit a tag' "$(commits_of web)" 3

image_policy_yaml web web '<1.2.0' >"$LAB/lower.yaml"
must apply -f "$LAB/lower.yaml"
soon 'a changed policy is noticed' has web 1.1.0
must apply -f "$LAB/objects.yaml"
soon 'and its change back' has web 1.2.0
image_repository_yaml api "$REGISTRY/acme/api" | sed 's/1h/1s/' >"$LAB/short.yaml"
must apply -f "$LAB/short.yaml"
new_tags acme/api 1.2.0
soon 'an interval that runs out is enough' has api 1.2.0

# Commands beside the daemon.
tm create image policy both --image-ref=web --select-semver='>=2'
tap_is 'create tells what the daemon found' "$CODE $(tail -n 1 "$LAB/err")" \
    '1 ✗ unable to determine latest version from provided list'
tm create image policy both --image-ref=web --select-semver='1.1.x'
printed 'create waits for the daemon' 0 <<'END'
2> ✚ generating ImagePolicy
2> ► applying ImagePolicy
2> ✔ ImagePolicy updated
2> ◎ waiting for ImagePolicy reconciliation
2> ✔ ImagePolicy reconciliation completed
END
tm get image policy both --no-header
tap_like 'get sees it' "$(cat "$LAB/out")" '*	1.1.0	True	*'
tm delete image policy both -s
printed 'delete' 0 <<'END'
2> ► deleting image policy both in flux-system namespace
2> ✔ image policy deleted
END
fails 'it is gone at once' "ImagePolicy object 'both' not found in \"flux-system\" namespace" get image policy both
tm run --once --timeout=100ms
tap_is 'run --once does not get in the way' "$CODE $(wc -l <"$LAB/err")" '1 1'

# Suspension. The other automation's commit comes later than what must not be.
answer_is() { # POLICY TAG
    [ "$(object ImagePolicy "$1" .status.latestRef.tag)" = "$2" ]
}
must suspend image update web
new_tags acme/web 1.3.0
must reconcile image repository web
soon 'a suspended automation: its policy goes on' answer_is web 1.3.0
new_tags acme/api 1.3.0
must reconcile image repository api
soon 'so do others' has api 1.3.0
tap_is 'it commits nothing itself' "$(has web 1.2.0 && echo yes)" yes
must resume image update web --wait=false
soon 'resumed, it catches up' has web 1.3.0
tap_is 'with one commit' "$(commits_of web)" 6

must suspend image policy web
new_tags acme/web 1.4.0
must reconcile image repository web
new_tags acme/api 1.4.0
must reconcile image repository api
soon 'others go on beside a suspended policy' has api 1.4.0
tap_is 'which keeps its answer' "$(object ImagePolicy web .status.latestRef.tag)" 1.3.0
must resume image policy web
soon 'until it is resumed' has web 1.4.0

# A store file that others read and write meanwhile: nobody waits for long, nothing fails.
for worker in 1 2 3 4; do
    for round in 1 2 3; do
        image_policy_yaml "busy-$worker" web "1.$round.x" >"$LAB/busy-$worker.yaml"
        "$TIDEMARK" apply -f "$LAB/busy-$worker.yaml" && "$TIDEMARK" get image all -A &&
            "$TIDEMARK" events -A && "$TIDEMARK" export image policy --all || echo failed
    done >"$LAB/busy-$worker.out" 2>&1 &
    workers="${workers:-} $!"
done
# shellcheck disable=SC2086  # pids
wait $workers
tap_is 'commands side by side all succeed' "$(grep -h 'failed$\|✗' "$LAB"/busy-?.out)" ''
must delete image policy busy-1 -s
must delete image policy busy-2 -s
must delete image policy busy-3 -s
must delete image policy busy-4 -s
must reconcile image update web
must reconcile image update api

# SIGTERM lets what is under way come to its end.
at_gate() {
    ps -eo args | grep -qF "/bin/sh $LAB/git/gate.sh"
}
log_says() { # TEXT
    grep -q "$1" "$LAB/daemon.log"
}
touch "$LAB/git/gate-closed"
new_tags acme/web 1.5.0
must reconcile image repository web
soon 'an automation waits for its server' at_gate
kill -TERM "$DAEMON"
soon 'SIGTERM is heard' log_says 'stopping: finishing what is under way'
tap_is 'the daemon waits for what is under way' "$(kill -0 "$DAEMON" && has web 1.4.0 && echo yes)" yes
rm "$LAB/git/gate-closed"
CODE=0
wait "$DAEMON" || CODE=$?
tap_is 'it ends well' "$CODE $(tail -n 1 "$LAB/daemon.log" | masked)" '0 TIME info  stopped'
tap_is 'and what was under way is done' "$(has web 1.5.0 && commits_of web)" 8
tap_is 'nothing is printed on stdout but what -f did' "$(grep -vc ' created$' "$LAB/daemon.out")" 0

# Past the grace period it is cut off, and done by the next daemon.
daemon_start --grace-period=100ms
touch "$LAB/git/gate-closed"
new_tags acme/web 1.6.0
must reconcile image repository web
soon 'an automation waits again' at_gate
daemon_stop
tap_is 'after the grace period it is cut off' "$CODE $(has web 1.5.0 && echo yes)" '0 yes'
# A second signal ends it at once.
daemon_start
soon 'the next daemon takes up the work' at_gate
kill -TERM "$DAEMON"
stopping() { [ "$(grep -c 'stopping: finishing' "$LAB/daemon.log")" = 3 ]; }
soon 'the first signal is heard' stopping
CODE=0
kill -INT "$DAEMON"
wait "$DAEMON" 2>/dev/null || CODE=$?
tap_is 'the second one kills it' "$CODE" $((128 + 2))

# --timeout ends a command that waits for several objects, each with its word.
tm reconcile image update web --timeout=300ms
tap_is 'a command waits no longer than --timeout' "$CODE $(tail -n 1 "$LAB/err")" \
    "1 ✗ ImageUpdateAutomation reconciliation failed: 'context deadline exceeded'"
must suspend image update web api
tm resume image update web api --wait --timeout=300ms
printed 'the same for several objects' 1 <<'END'
2> ► resuming image update automation api in flux-system namespace
2> ✔ image update automation resumed
2> ► resuming image update automation web in flux-system namespace
2> ✔ image update automation resumed
2> ◎ waiting for ImageUpdateAutomation reconciliation
2> ✗ ImageUpdateAutomation api reconciliation failed: context deadline exceeded
2> ◎ waiting for ImageUpdateAutomation reconciliation
2> ✗ ImageUpdateAutomation web reconciliation failed: context deadline exceeded
2> ✗ reconciliation failed for 2 ImageUpdateAutomation(s)
END
rm "$LAB/git/gate-closed"
daemon_start
soon 'and the one after that does the work' has web 1.6.0
tap_is 'once' "$(commits_of web)" 9
daemon_stop INT
tap_is 'SIGINT is as good as SIGTERM' "$CODE" 0

# Power cuts: kill -9 at moments that differ, then the right state by the right
# number of commits.
image_repository_yaml web "$REGISTRY/acme/web" | sed 's/1h/1s/' >"$LAB/short.yaml"
must apply -f "$LAB/short.yaml"
for tag in 1.7.0 1.8.0 1.9.0; do
    new_tags acme/web $tag
    for cut in 1 2 3 4; do
        moment=$(od -An -N1 -tu1 /dev/urandom)
        "$TIDEMARK" run >>"$LAB/cut.log" 2>&1 &
        cut_pid=$!
        PIDS="$PIDS $cut_pid"
        sleep "$(awk "BEGIN { print $moment / 400 }")"
        kill -KILL "$cut_pid"
        wait "$cut_pid" 2>/dev/null
    done
done
daemon_start
soon 'after all the cuts the right tag is in Git' has web 1.9.0
must reconcile image update web
daemon_stop
# What each commit has changed, the oldest first. A tag may be passed over, none
# comes twice.
git -C "$LAB/git/repos/web.git" log --reverse --format= -p main |
    sed -n 's/^+ .*:\(1[0-9.]*\) #.*/\1/p' | tail -n +10 >"$LAB/tags"
tap_is 'a tag is committed once at most, and in order' "$(cat "$LAB/tags")" "$(sort -uV "$LAB/tags")"
tap_like 'the last is right' "$(tr '\n' ' ' <"$LAB/tags")" '1.*1.9.0 '
tap_is 'no commit is empty' "$(commits_of web)" $((9 + $(wc -l <"$LAB/tags")))
tap_is 'the store is whole' "$(sql 'PRAGMA integrity_check')" ok
tap_done
