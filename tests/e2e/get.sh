#!/bin/sh
# get: tables, flags, selectors, and what is said when nothing is found.
. "$(dirname "$0")/lib.sh"
lab git registry

registry_lab_push "http://$REGISTRY" acme/web 1.0.0 1.1.0 || exit 1
repository apps
deployment web "$REGISTRY/acme/web:1.0.0" web >"$LAB/work/apps/web.yaml"
publish apps

tm get image policy
printed 'nothing there' 1 <<END
2> ✗ no ImagePolicy objects found in "flux-system" namespace
END
tm get image all
printed 'nothing there, all kinds' 0 </dev/null
fails 'nothing there, all namespaces' 'no ImageRepository objects found in any namespace' \
    get image repository -A

{
    image_repository_yaml web "$REGISTRY/acme/web"
    image_repository_yaml gone "127.0.0.1:1/acme/gone" | sed 's/{name: gone}/{name: gone, labels: {team: api}}/'
    image_policy_yaml web web | sed 's/{name: web}$/{name: web, labels: {team: web, tier: front}}/'
    image_policy_yaml bad web '>=9' | sed 's/{name: bad}$/{name: bad, labels: {team: api}}/'
    git_repository_yaml apps "$GIT_LAB_HTTP/git/apps.git"
    image_update_yaml apps apps
    image_policy_yaml far web
} >"$LAB/objects.yaml"
sed -i 's/^metadata: {name: far}/metadata: {name: far, namespace: other}/' "$LAB/objects.yaml"
must apply -f "$LAB/objects.yaml"
# A range that apply refuses, as it can come from elsewhere.
sql "UPDATE object SET body = replace(body, '>=9', '[') WHERE name = 'bad'"

tm get image policy
printed 'before the first reconcile' 0 <<END
NAME→IMAGE→TAG→READY→MESSAGE                  $
bad →     →   →False→waiting to be reconciled→$
web →     →   →False→waiting to be reconciled→$
END

tm run --once
tap_is 'run --once fails for what is not Ready' "$CODE" 1
tap_is 'and names each at its end' "$(grep '^✗' "$LAB/err" | masked)" \
    '✗ ImageRepository flux-system/gone: scan failed: Get "https://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused; Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused
✗ ImagePolicy flux-system/bad: invalid policy: improper constraint: "["
✗ ImagePolicy other/far: failed to get the referred ImageRepository: referenced ImageRepository does not exist: ImageRepository.image.toolkit.fluxcd.io "web" not found'

resolved="Latest image tag for $REGISTRY/acme/web resolved to 1.1.0"
image=$REGISTRY/acme/web
far='failed to get the referred ImageRepository: referenced ImageRepository does not exist: ImageRepository.image.toolkit.fluxcd.io "web" not found'

tm get image policy
printed_exactly 'policies' 0 <<END
NAME→$(wide IMAGE "$image")→TAG  →READY→$(wide MESSAGE "$resolved") $
bad →$(wide '' "$image")→     →False→$(wide 'invalid policy: improper constraint: "["' "$resolved")→$
web →$image→1.1.0→True →$resolved→$
END
tm get images policy web
printed_exactly 'one policy' 0 <<END
NAME→$(wide IMAGE "$image")→TAG  →READY→$(wide MESSAGE "$resolved") $
web →$image→1.1.0→True →$resolved→$
END
tm get image policy web --no-header
printed_exactly 'without a header the columns are as wide as their cells' 0 <<END
web→$image→1.1.0→True→$resolved→$
END
tm get image policy web surplus
tap_is 'surplus operands are ignored' "$CODE $(wc -l <"$LAB/out")" '0 2'
tm get -A image policy
printed_exactly 'all namespaces' 0 <<END
NAMESPACE  →NAME→$(wide IMAGE "$image")→TAG  →READY→$(wide MESSAGE "$far") $
flux-system→bad →$(wide '' "$image")→     →False→$(wide 'invalid policy: improper constraint: "["' "$far")→$
flux-system→web →$image→1.1.0→True →$(wide "$resolved" "$far")→$
other      →far →$(wide '' "$image")→     →False→$far→$
END
tm get image policy -n other --no-header
tap_is 'another namespace' "$CODE $(cut -f 1 "$LAB/out")" '0 far'
tm get image policy -nother --no-header
tap_is 'its letter with the value at once' "$CODE $(cut -f 1 "$LAB/out")" '0 far'

revision=$(head_of apps | cut -c 1-8)
tm get source git
printed_exactly 'sources, with short hashes' 0 <<END
NAME→REVISION          →SUSPENDED→READY→MESSAGE                                           $
apps→main@sha1:$(git -C "$LAB/work/apps" rev-parse main | cut -c 1-8)→False    →True →stored artifact for revision 'main@sha1:$(git -C "$LAB/work/apps" rev-parse main | cut -c 1-8)'→$
END
tm get sources git --no-header
tap_is 'sources is source' "$CODE $(cut -f 1 "$LAB/out")" '0 apps'
tap_is 'the automation has pushed' "$revision $(commits_of apps)" "$(head_of apps | cut -c 1-8) 2"

tm get image update --no-header
tap_like 'updates' "$(masked <"$LAB/out")" 'apps	TIME	False	True	committed and pushed COMMIT to main	'
tm get image repository --no-header
tap_like 'repositories' "$(masked <"$LAB/out")" 'gone*	False	False	scan failed: *
web *	TIME	False	True 	successful scan: found 2 tags with checksum SHA256*'
tap_is 'no time of a scan that never was' "$(sed -n 's/^gone\t\([^\t]*\)\t.*/[\1]/p' "$LAB/out")" \
    '[                    ]'

# The time zone is the caller's.
utc=$(object ImageRepository web .status.lastScanResult.scanTime)
TZ=Asia/Kolkata tm get image repository web --no-header
tap_is 'times are local' "$(cut -f 2 "$LAB/out")" \
    "$(TZ=IST-5:30 date -d "$utc" +%Y-%m-%dT%H:%M:%S+05:30)"
TZ=UTC+3:00 tm get image repository web --no-header
tap_is 'times west of Greenwich' "$(cut -f 2 "$LAB/out")" \
    "$(TZ=UTC+3:00 date -d "$utc" +%Y-%m-%dT%H:%M:%S-03:00)"

# Selectors. Each row: option, value, names that are listed.
while read -r option value names; do
    tm get image policy --no-header "$option" "$value"
    tap_is "$option $value" "$CODE $(cut -f 1 "$LAB/out" | tr -s '\n ' ' ')" "0 $names "
done <<END
--status-selector ready=true web
--status-selector READY=True web
--status-selector ready!=true bad
--status-selector ready=false bad
--status-selector stalled=true bad
--status-selector stalled!=true web
--status-selector nosuch!=true bad web
-l team=web web
-l team==web web
-l team!=web bad
-l tier web
-l !tier bad
-l team=web,tier=front web
END
tm get image policy --no-header -l 'team in (web, api)'
tap_is 'in' "$(cut -f 1 "$LAB/out" | tr '\n' ' ')" 'bad web '
tm get image policy --no-header -l 'team notin (web)'
tap_is 'notin' "$(cut -f 1 "$LAB/out")" 'bad'
tm get image policy --status-selector=ready=unknown
printed 'all filtered out: the header alone' 0 <<END
NAME→IMAGE→TAG→READY→MESSAGE $
END
tm get image policy --status-selector=ready=unknown --no-header
printed 'all filtered out, no header: nothing' 0 </dev/null

fails 'no such label' 'no ImagePolicy objects found in "flux-system" namespace' get image policy -l team=nope
fails 'no such name' "ImagePolicy object 'nope' not found in \"flux-system\" namespace" get image policy nope
fails 'no such name anywhere' "GitRepository object 'nope' not found in any namespace" get source git nope -A
fails 'no such namespace' 'no ImageUpdateAutomation objects found in "empty" namespace' get image update -n empty
fails 'bad status selector' \
    'expected status selector in type=status or type!=status format, but found: ready' \
    get image policy --status-selector=ready
fails 'bad label selector' \
    "unable to parse label selector: couldn't parse the selector string \"a in (\": found '', expected: ',', or ')'" \
    get image policy -l 'a in ('
fails 'get image all does not watch' 'expected a single resource type, but found all' get image all -w

tm get image all web
tap_is 'one name in all kinds' "$CODE $(sed -n 's/\t.*//p; s/^$/-/p' "$LAB/out" | tr -s '\n ' ' ')$(cat "$LAB/err")" \
    "0 NAME imagerepository/web - NAME imagepolicy/web - ✗ ImageUpdateAutomation object 'web' not found in \"flux-system\" namespace"
tm get image all nope
printed 'a name that is nowhere' 1 <<END
2> ✗ ImageRepository object 'nope' not found in "flux-system" namespace
2> ✗ ImagePolicy object 'nope' not found in "flux-system" namespace
2> ✗ ImageUpdateAutomation object 'nope' not found in "flux-system" namespace
END
tm get image all -n other
tap_is 'kinds without objects are left out' "$CODE $(sed -n 's/^NAME .*/NAME/p; s/^$/-/p; s/^\(image[a-z]*.[a-z]*\)\t.*/\1/p' "$LAB/out" | tr '\n' ' ')" \
    '0 NAME imagepolicy/far - '
tm get image all -A --no-header
tap_is 'all kinds of all namespaces' "$(sed 's/^$/-/; s/\t/ /; s/\t.*//' "$LAB/out" | tr -s ' \n' ' ')" \
    'flux-system imagerepository/gone flux-system imagerepository/web - flux-system imagepolicy/bad flux-system imagepolicy/web other imagepolicy/far - flux-system imageupdateautomation/apps - '

# --watch: what is there, then a row for every change, under columns that only grow.
"$TIDEMARK" get image policy -w >"$LAB/watch" 2>"$LAB/watch.err" &
watch=$!
PIDS="$PIDS $watch"
lines() { # FILE COUNT
    [ "$(wc -l <"$1")" -ge "$2" ]
}
rows_of() { # NAME COUNT
    [ "$(grep -c "^$1[ 	]" "$LAB/watch")" -ge "$2" ]
}
soon 'a watch begins with what is there' lines "$LAB/watch" 3
must suspend image policy web
image_policy_yaml a-much-longer-name web | run "$TIDEMARK" apply -f -
soon 'a new object is a row' grep -q '^a-much-longer-name' "$LAB/watch"
must delete image policy a-much-longer-name -s
soon 'so is a deleted one' rows_of a-much-longer-name 2
soon 'and a changed one' rows_of web 2
must resume image policy web --wait=false
soon 'rows go on' rows_of web 3
tap_is 'one header' "$(grep -c '^NAME' "$LAB/watch")" 1
tap_is 'columns keep the widest that was seen' "$(tail -n 1 "$LAB/watch" | cut -f 1)" \
    "$(wide web a-much-longer-name)"
kill -INT "$watch"
wait "$watch"
tap_is 'an interrupt ends a watch' "$? $(cat "$LAB/watch.err")" '0 '
tm get image policy web -w --timeout=300ms
tap_is 'a watch ends with --timeout' "$CODE $(cat "$LAB/err")" '1 ✗ timed out waiting for the condition'
tap_is 'a watch filters by name' "$(tail -n +2 "$LAB/out" | cut -f 1)" 'web '

run timeout 30 sh -c '"$0" get image policy -w | head -n 1' "$TIDEMARK"
tap_is 'a watch ends when nobody reads on' "$CODE $(cat "$LAB/err")" '0 '
tap_done
