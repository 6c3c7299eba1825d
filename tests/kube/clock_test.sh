#!/bin/sh
# Clocks that differ, on a real API server: a controller that lives an hour ahead
# takes nothing from others and gives it back when it is dead, and what it has
# dated into the future holds nothing up.
. "$(dirname "$0")/home.sh"
need faketime
! grep -q __asan_init "$TIDEMARK" || {
    tap_skip clock 'a sanitizer does not bear the library of faketime'
    tap_done
    exit
}
home_lab registry
registry_lab_push "http://$REGISTRY" acme/web 1.0.0
LIBFAKETIME=$(faketime -f +0 sh -c 'echo "$LD_PRELOAD"')

# Only the wall clock is wrong; the monotonic one runs like everybody's.
ahead_start() { # NAME
    export LD_PRELOAD="$LIBFAKETIME" FAKETIME=+3600 FAKETIME_DONT_FAKE_MONOTONIC=1
    replica_start "$1"
    unset LD_PRELOAD FAKETIME FAKETIME_DONT_FAKE_MONOTONIC
}
replica_start() { # NAME [STORAGE]
    controller_start "$1" --enable-leader-election --leader-election-lease-duration=12s \
        --leader-election-renew-deadline=10s --leader-election-retry-period=1s \
        --storage-path="$LAB/${2:-$1}"
}
lease() { # FIELD
    object lease image-reflector-controller-leader-election ".spec.$1"
}
from_now() { # TIME: how far it is ahead, roughly
    from_now_s=$(($(date -d "$1" +%s) - $(date +%s)))
    if [ "$from_now_s" -gt 1800 ]; then echo future; else echo now; fi
}

image_repository_yaml web "$REGISTRY/acme/web" | sed 's/interval: 1h/interval: 5m/' |
    kubectl apply -n flux-system -f - >/dev/null
image_policy_yaml web web | kubectl apply -n flux-system -f - >/dev/null
replica_start first kept
soon 'one with the right time elects' condition_like ImagePolicy web Ready 'True Succeeded *'
controller_stop

ahead_start ahead
AHEAD=$PID
soon 'the one ahead leads' controller_leads ahead
tap_is 'and renews in the future' "$(from_now "$(lease renewTime)")" future
scanned() { # future|now
    same "$(from_now "$(object ImageRepository web .status.lastScanResult.scanTime)")" "$1"
}
soon 'it scans in the future' scanned future
soon 'and is Ready' condition_like ImageRepository web Ready 'True Succeeded *'

replica_start right kept # which has the tags: it needs no scan
RIGHT=$PID
soon 'the right one waits' grep -q "\"identity\":\"$(lease holderIdentity)\"" "$LAB/right.log"
new_tags acme/web 1.1.0
kill -KILL "$AHEAD"
wait "$AHEAD" 2>/dev/null
soon 'the other one dead, it leads' controller_leads right
soon 'and does not wait for the future to come' eval \
    '[ "$(object ImagePolicy web .status.latestRef.tag)" = 1.1.0 ]'
tap_is 'but scans' "$(scanned now && echo now)" now

ahead_start again
soon 'another one ahead sees who leads' grep -q "\"identity\":\"$(lease holderIdentity)\"" "$LAB/again.log"
holder=$(lease holderIdentity)
renewals=0
seen=
eventually eval '
    renewed=$(lease renewTime)
    [ "$renewed" = "$seen" ] || renewals=$((renewals + 1))
    seen=$renewed
    [ $renewals -ge 16 ]'
tap_is 'and lets it lead' "$renewals $(lease holderIdentity) $(grep -c '"msg":"started"' "$LAB/again.log")" \
    "16 $holder 0"
controller_stop
tap_is 'it ends in peace' "$CODE" 0
kill -TERM "$RIGHT"
CODE=0
wait "$RIGHT" || CODE=$?
tap_is 'and so does the right one' "$CODE" 0
tap_done
