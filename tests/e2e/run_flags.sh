#!/bin/sh
# The flags of `run`: those that the Deployments of Flux's controllers have, shards
# by label, and one namespace alone.
. "$(dirname "$0")/lib.sh"
lab registry
registry_lab_push "http://$REGISTRY" acme/web 1.0.0

fails 'a gate that nobody knows' "feature-gate 'Foo' not supported" run --feature-gates=Foo=true
fails 'a gate that is not there' \
    "feature-gate 'ObjectLevelWorkloadIdentity' is not supported by tidemark: give the credentials in Secrets" \
    run --feature-gates=FluxStorage=true,ObjectLevelWorkloadIdentity=true
fails 'a gate without a value' "--feature-gates: 'FluxStorage' is not of the form NAME=true|false" \
    run --feature-gates=FluxStorage
fails 'a default service account' \
    'cannot set default service accounts when the feature gate ObjectLevelWorkloadIdentity is not enabled' \
    run --default-service-account=x
fails 'too many workers' '--concurrent must be from 1 to 256; found 257' run --concurrent=257
fails 'too much jitter' '--interval-jitter-percentage must be from 0 to 50; found 51' \
    run --interval-jitter-percentage=51
fails 'a retry without pause' '--min-retry-delay must be longer than 0' run --min-retry-delay=0s
fails 'no runtime namespace' \
    '--watch-all-namespaces=false needs the namespace in the variable RUNTIME_NAMESPACE' \
    run --watch-all-namespaces=false
fails 'a selector that is none' \
    "--watch-label-selector: couldn't parse the selector string \"a in (\": found '', expected: ',', or ')'" \
    run --watch-label-selector='a in ('

labelled() { # NAME SHARD [NAMESPACE]
    image_repository_yaml "$1" "$REGISTRY/acme/web" |
        sed "s|metadata: {name: $1}|metadata: {name: $1, namespace: ${3:-flux-system}, labels: {shard: $2}}|"
}
{
    labelled a one
    labelled b two
    labelled c one other
} >"$LAB/objects.yaml"
must apply -f "$LAB/objects.yaml"

ready() {
    sql "SELECT group_concat(name || json_extract(value, '\$.status'), ' ') FROM (SELECT * FROM object
        WHERE kind = 'ImageRepository' ORDER BY name), json_each(body, '\$.status.conditions')
        WHERE json_extract(value, '\$.type') = 'Ready'"
}
RUNTIME_NAMESPACE=other tm run --once --watch-all-namespaces=false
tap_is 'one namespace alone' "$CODE $(ready)" '0 cTrue'
tm run --once --watch-label-selector=shard=two
tap_is 'one shard alone' "$CODE $(ready)" '0 bTrue cTrue'

daemon_start --watch-label-selector='shard in (one)' --log-level=info --log-encoding=json \
    --token-cache-max-size=10 --storage-value-log-file-size=1 --feature-gates=GitShallowClone=true
soon 'a daemon takes its shard' is_ready ImageRepository a
sed 's/shard: two/shard: one/; s|acme/web|acme/gone|' "$LAB/objects.yaml" >"$LAB/moved.yaml"
must apply -f "$LAB/moved.yaml"
soon 'and what moves into it' condition_like ImageRepository b Ready 'False *'
daemon_stop
tap_is 'its log is JSON, line by line' \
    "$(grep -vc '^{"level":".*}$' "$LAB/daemon.log") $(python3 -c '
import json, sys
for line in open(sys.argv[1]): json.loads(line)
print("valid")' "$LAB/daemon.log")" '0 valid'
tap_done
