#!/bin/sh
# events: what happened, by the columns and flags of Flux's command.
. "$(dirname "$0")/lib.sh"
lab git registry

tm events
printed 'no events' 0 <<END
2> ✗ No events found in flux-system namespace.
END
tm events -A
printed 'no events anywhere' 0 <<END
2> ✗ No events found.
END

registry_lab_push "http://$REGISTRY" acme/web 1.0.0 1.1.0 || exit 1
repository apps
deployment web "$REGISTRY/acme/web:1.0.0" web >"$LAB/work/apps/web.yaml"
publish apps
{
    image_repository_yaml web "$REGISTRY/acme/web"
    image_policy_yaml web web
    git_repository_yaml apps "$GIT_LAB_HTTP/git/apps.git"
    image_update_yaml apps apps
} >"$LAB/objects.yaml"
must apply -f "$LAB/objects.yaml"
must run --once
image_policy_yaml far web | sed 's/{name: far}/{name: far, namespace: other}/; s/{name: web}/{name: web, namespace: flux-system}/' |
    run "$TIDEMARK" apply -f -
tm run --once
tm run --once
tm run --once

# Ages come from the clock: the first three events are moved into the past.
age() { # ID FIRST-SECONDS LAST-SECONDS COUNT
    age_now=$(date +%s)
    sql "UPDATE event SET first_at = ($age_now - $2) * 1000000000, last_at = ($age_now - $3) * 1000000000,
        count = $4 WHERE id = $1"
}
age 1 $((1056 * 86400 + 500)) $((1056 * 86400 + 500)) 1
age 2 $((50 * 3600 + 500)) $((5 * 3600 + 610)) 3
sql 'UPDATE event SET first_at = 0, last_at = 0 WHERE id = 3'
commit=$(git -C "$LAB/git/repos/apps.git" rev-parse --short=7 main)

# A table without its padding, and without ages of seconds.
columns() { # FILE
    sed -E 's/ *\t/|/g; s/ +$//; s/^((|[a-z-]+\|))[0-9]+s\|/\1NOW|/' "$1" | masked
}
git="Normal|Succeeded|GitRepository/apps|stored artifact for revision 'main@sha1:COMMIT'|"
scan='Normal|Succeeded|ImageRepository/web|successful scan: found 2 tags with checksum SHA256|'
policy='Normal|Succeeded|ImagePolicy/web|Latest image tag for REGISTRY/acme/web resolved to 1.1.0|'
push="Normal|Succeeded|ImageUpdateAutomation/apps|pushed commit '$commit' to branch 'main'|"
idle='Normal|Succeeded|ImageUpdateAutomation/apps|repository up-to-date|'
denied="Warning|AccessDenied|ImagePolicy/far|failed to get the referred ImageRepository: access denied: 'flux-system/web' can't be accessed due to missing ACL labels on 'accessFrom'|"

tm events
tap_is 'events of the namespace, the oldest first' "$CODE
$(columns "$LAB/out")" "0
LAST SEEN|TYPE|REASON|OBJECT|MESSAGE
2y326d|$git
5h10m (x3 over 2d2h)|$scan
<unknown>|$policy
NOW|$push
||||Update from image update automation|
NOW|$git
NOW|$idle"
tap_is 'headings and cells are padded alike' \
    "$(sed -n '1s/\t.*/|/p; 4s/\t.*/|/p; 6s/\t.*/|/p' "$LAB/out")" 'LAST SEEN           |
<unknown>           |
                    |'

tm events -A
tap_is 'all namespaces' "$CODE
$(columns "$LAB/out" | sed '2,7d')" "0
NAMESPACE|LAST SEEN|TYPE|REASON|OBJECT|MESSAGE
other|NOW|$denied
flux-system|NOW|$idle"
tm events -n other
tap_is 'another namespace' "$(columns "$LAB/out")" "LAST SEEN|TYPE|REASON|OBJECT|MESSAGE
NOW|$denied"
tm events -A --types=warning
tap_is 'by type' "$(columns "$LAB/out")" "NAMESPACE|LAST SEEN|TYPE|REASON|OBJECT|MESSAGE
other|NOW|$denied"
tm events -A --types=Normal,Warning
tap_is 'by several types' "$(wc -l <"$LAB/out")" 9

tm events --for=imagerepository
tap_is 'by kind, in any case' "$(columns "$LAB/out")" "LAST SEEN|TYPE|REASON|OBJECT|MESSAGE
5h10m (x3 over 2d2h)|$scan"
tm events --for ImagePolicy/web
tap_is 'a policy, with its repository' "$(columns "$LAB/out")" "LAST SEEN|TYPE|REASON|OBJECT|MESSAGE
5h10m (x3 over 2d2h)|$scan
<unknown>|$policy"
tm events --for ImageUpdateAutomation/apps --types=Normal
tap_is 'an automation, with its source' "$(columns "$LAB/out")" "LAST SEEN|TYPE|REASON|OBJECT|MESSAGE
2y326d|$git
NOW|$push
||||Update from image update automation|
NOW|$git
NOW|$idle"
tm events -n other --for ImagePolicy/far
tap_is 'a reference to another namespace shows the namespaces' "$(columns "$LAB/out")" \
    "NAMESPACE|LAST SEEN|TYPE|REASON|OBJECT|MESSAGE
flux-system|5h10m (x3 over 2d2h)|$scan
other|NOW|$denied"
must delete image policy web -s
tm events --for ImagePolicy/web
tap_is 'an object that is gone keeps its events' "$(columns "$LAB/out")" \
    "LAST SEEN|TYPE|REASON|OBJECT|MESSAGE
<unknown>|$policy"

fails 'no such type' "type 'x' not supported. Supported types are Normal, Warning" events --types=Normal,x
fails 'no such kind' "'Foo' is not a recognized Flux kind" events --for=Foo/bar
fails 'a name is missing' '--for selector must be of format <kind>[/<name>]' events --for=ImagePolicy/
fails 'no operands' 'unknown command "x" for "tidemark events"' events x

# --watch: what there is, then what comes, until --timeout.
"$TIDEMARK" events -w --types=Warning >"$LAB/watch" 2>"$LAB/watch.err" &
watch=$!
PIDS="$PIDS $watch"
image_policy_yaml new nowhere | run "$TIDEMARK" apply -f -
must suspend image repository web
run "$TIDEMARK" run --once
soon 'a watch shows new events' grep -q 'ImagePolicy/new' "$LAB/watch"
tap_is 'once, below one header' "$(columns "$LAB/watch")" \
    'LAST SEEN|TYPE|REASON|OBJECT|MESSAGE
NOW|Warning|DependencyNotReady|ImagePolicy/new|failed to get the referred ImageRepository: referenced ImageRepository does not exist: ImageRepository.image.toolkit.fluxcd.io "nowhere" not found|'
kill -TERM "$watch"
wait "$watch"
tap_is 'a signal ends a watch' "$? $(cat "$LAB/watch.err")" '0 '
tm events -w --timeout=200ms --types=Warning
tap_is 'and so does --timeout, without a word' "$CODE $(wc -l <"$LAB/out") $(cat "$LAB/err")" '0 2 '
tap_done
