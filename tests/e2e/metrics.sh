#!/bin/sh
# Metrics, probes, and the events that are posted to the notification-controller.
. "$(dirname "$0")/lib.sh"
lab git registry
need curl

registry_lab_push "http://$REGISTRY" acme/web 1.0.0 1.1.0 || exit 1
repository apps
deployment web "$REGISTRY/acme/web:1.0.0" web >"$LAB/work/apps/web.yaml"
publish apps
{
    image_repository_yaml web "$REGISTRY/acme/web"
    image_policy_yaml web web |
        sed 's|{name: web}$|{name: web, annotations: {event.toolkit.fluxcd.io/team: "a \\"b\\""}}|'
    git_repository_yaml apps "$GIT_LAB_HTTP/git/apps.git"
    image_update_yaml apps apps
} >"$LAB/objects.yaml"
must apply -f "$LAB/objects.yaml"

fails 'a port in use' \
    'cannot serve metrics (--metrics-addr): listen tcp REGISTRY: bind: address already in use' \
    run --log-level=error --metrics-addr="$REGISTRY"
fails 'no address' 'cannot serve health (--health-addr): listen tcp: address 9440: missing port in address' \
    run --log-level=error --health-addr=9440
fails 'no URL' 'cannot send events: unsupported protocol scheme "ftp"' run --log-level=error --events-addr=ftp://x/

registry_lab_serve receiver event_receiver.py "$LAB/events" || exit 1
receiver=$registry_lab_pid
events=http://127.0.0.1:$(head -n 1 "$registry_lab_out")/hook
daemon_start --metrics-addr=127.0.0.1:0 --health-addr=127.0.0.1:0 --events-addr="$events"
address_of() { # WHAT
    sed -n "s/.* listening for=$1 address=//p" "$LAB/daemon.log" | tail -n 1
}
metrics=http://$(address_of metrics)
health=http://$(address_of health)

# Events. One a line: kind severity reason controller metadata; and message.
posted() {
    python3 - "$LAB/events" "$(hostname)" <<'END'
import json, sys
for line in open(sys.argv[1]):
    post = json.loads(line)
    event = post["event"]
    about = event["involvedObject"]
    assert post["path"] == "/hook" and post["type"] == "application/json", post
    assert event["reportingInstance"] == sys.argv[2], event
    assert sorted(about) == ["apiVersion", "kind", "name", "namespace", "resourceVersion", "uid"], about
    assert len(about["uid"]) == 36 and about["resourceVersion"], about
    assert event["timestamp"].endswith("Z") and len(event["timestamp"]) == 20, event
    print(about["kind"], about["namespace"] + "/" + about["name"], event["severity"], event["reason"],
        event["reportingController"], json.dumps(event.get("metadata")), "|", event["message"].split("\n")[0])
END
}
is_posted() { # PATTERN
    posted | grep -q "$1"
}

# The status and the body of a page.
page() { # URL [OPTION…]
    curl -sS -m 20 -w '\n%{http_code} %{content_type}' "$@" 2>&1
}
tap_is 'alive' "$(page "$health/healthz")" 'ok
200 text/plain; charset=utf-8'
is_up() {
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$health/readyz")" = 200 ]
}
soon 'ready, once all has been read' is_up
soon 'the automation pushes' is_posted '| pushed commit '
tap_is 'health has no metrics' "$(page "$health/metrics")" '404 Not Found

404 text/plain; charset=utf-8'
tap_is 'metrics have no probes' "$(curl -s -o /dev/null -w '%{http_code}' "$metrics/healthz")" 404
tap_is 'nothing can be posted' "$(page "$metrics/metrics" -d x)" '405 Method Not Allowed

405 text/plain; charset=utf-8'
tap_is 'a look at the head alone' "$(curl -sS -I "$metrics/metrics" | tr -d '\r' |
    sed -n 's/^Content-Type: //p; 1p')" 'HTTP/1.1 200 OK
text/plain; version=0.0.4; charset=utf-8'

# The samples, checked and sorted out; a number as {…}.
scrape() {
    curl -sSf "$metrics/metrics" >"$LAB/metrics" && python3 "$E2E/../lib/metrics_check.py" \
        <"$LAB/metrics" >"$LAB/samples" 2>"$LAB/samples.err"
}
sample() { # NAME-AND-LABELS
    awk -v want="$1" 'index($0, want " ") == 1 {print substr($0, length(want) + 2)}' "$LAB/samples"
}
at_least() { # NAME-AND-LABELS NUMBER
    awk -v got="$(sample "$1")" -v want="$2" 'BEGIN {exit got == "" || got + 0 < want + 0}'
}
becomes() { # NAME-AND-LABELS NUMBER
    scrape && at_least "$1" "$2"
}
scrape
tap_is 'the text is as the format wants it' "$? $(cat "$LAB/samples.err")" '0 '

while read -r want name; do
    tap_is "$name" "$(sample "$name")" "$want"
done <<END
1 gotk_reconcile_condition{kind=ImagePolicy,name=web,namespace=flux-system,status=True,type=Ready}
0 gotk_reconcile_condition{kind=ImagePolicy,name=web,namespace=flux-system,status=False,type=Ready}
0 gotk_suspend_status{kind=ImagePolicy,name=web,namespace=flux-system}
4 controller_runtime_max_concurrent_reconciles{controller=imagerepository}
0 controller_runtime_active_workers{controller=imagerepository}
0 controller_runtime_reconcile_errors_total{controller=imagerepository}
0 workqueue_depth{controller=imageupdateautomation,name=imageupdateautomation,priority=0}
1 tidemark_scan_duration_seconds_count{result=success}
1 tidemark_push_duration_seconds_count{result=success}
1 tidemark_pushes_total{result=success}
2 tidemark_tags{name=web,namespace=flux-system}
1 tidemark_build_info{version=$("$TIDEMARK" version | sed 's/.*v//')}
0 tidemark_metric_values_refused_total{}
END
while read -r least name; do
    if at_least "$name" "$least"; then tap_ok "$name"; else
        tap_fail "$name" "$(cat "$LAB/samples.err")" "$(grep "^${name%%\{*}" "$LAB/samples")"
    fi
done <<END
1 gotk_reconcile_duration_seconds_count{kind=ImageUpdateAutomation,name=apps,namespace=flux-system}
1 gotk_reconcile_duration_seconds_bucket{kind=ImageRepository,le=1799.9999999999986,name=web,namespace=flux-system}
1 controller_runtime_reconcile_total{controller=imagepolicy,result=success}
1 controller_runtime_reconcile_time_seconds_count{controller=imageupdateautomation}
1 workqueue_adds_total{controller=imagerepository,name=imagerepository}
1 workqueue_work_duration_seconds_count{controller=imagerepository,name=imagerepository}
1 workqueue_queue_duration_seconds_bucket{controller=imagerepository,le=1000,name=imagerepository}
4 tidemark_notifications_total{result=sent}
4096 tidemark_cache_bytes{}
1000000 process_resident_memory_bytes{}
1000000 process_virtual_memory_bytes{}
3 process_open_fds{}
1 process_max_fds{}
0 process_cpu_seconds_total{}
END
now=$(date +%s)
started=$(sample 'process_start_time_seconds{}')
tap_is 'it has started a moment ago' \
    "$(awk -v a="$now" -v b="$started" 'BEGIN {print (a - b > -5 && a - b < 600)}')" 1

# Not those of an order of passes that needs not be: a policy before its scan.
tap_is 'events are posted' "$(posted | masked | sed -E "s/'[0-9a-f]{7}'/SHORT/" | sort |
    grep -v -e ' error DependencyNotReady ' -e ' | repository up-to-date$')" \
    "GitRepository flux-system/apps info Succeeded source-controller null | stored artifact for revision 'main@sha1:COMMIT'
ImagePolicy flux-system/web info Succeeded image-reflector-controller {\"event.toolkit.fluxcd.io/team\": \"a \\\"b\\\"\"} | Latest image tag for REGISTRY/acme/web resolved to 1.1.0
ImageRepository flux-system/web info Succeeded image-reflector-controller null | successful scan: found 2 tags with checksum SHA256
ImageUpdateAutomation flux-system/apps info Succeeded image-automation-controller null | pushed commit SHORT to branch 'main'"

image_policy_yaml bad nowhere | run "$TIDEMARK" apply -f -
soon 'failures are posted' is_posted '^ImagePolicy flux-system/bad error DependencyNotReady '
condition='gotk_reconcile_condition{kind=ImagePolicy,name=bad,namespace=flux-system,status=False,type=Ready}'
soon 'and seen in the metrics' becomes "$condition" 1
must suspend image policy bad
soon 'suspended' becomes 'gotk_suspend_status{kind=ImagePolicy,name=bad,namespace=flux-system}' 1
must delete image policy bad -s
is_forgotten() {
    scrape && ! grep -q 'name=bad' "$LAB/samples"
}
soon 'the series of a deleted object go' is_forgotten

# A receiver that hangs holds up nothing.
kill -STOP "$receiver"
new_tags acme/web 1.2.0
run "$TIDEMARK" reconcile image repository web
has_pushed() {
    file_of apps web.yaml | grep -q 'web:1.2.0'
}
soon 'work goes on while nobody takes events' has_pushed
kill -CONT "$receiver"
soon 'and they arrive later' is_posted 'resolved to 1.2.0'

daemon_stop
tap_is 'it ends well' "$CODE" 0
daemon_start
daemon_stop
tap_is 'nothing listens unless it is told to' "$(grep -c ' listening ' "$LAB/daemon.log")" 2

# Once is enough to send events.
new_tags acme/web 1.3.0
tm run --once --events-addr="$events"
if is_posted 'resolved to 1.3.0'; then tap_ok 'run --once sends them too'; else
    tap_fail 'run --once sends them too' "$(posted)"
fi
tap_done
