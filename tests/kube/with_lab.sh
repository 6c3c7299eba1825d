#!/bin/sh
# Runs PROGRAM, a test of its own in TAP, on a fresh lab with tidemark's kinds
# and the namespaces flux-system, apps and infra. FLAGS are the API server's.
#
#     with_lab.sh PROGRAM [FLAG…]
#
# The program finds the lab's folder in KUBE_LAB and its URL in KUBE_LAB_URL. On
# descriptor 3 it may write the name of a function of tests/lib/kube.sh as a line,
# which is then called; its exit code comes as a line on descriptor 4.
set -u
KUBE_LAB_SH=$0
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/tap.sh"
. "$here/../lib/kube.sh"

program=$1
shift
why=$(kube_lab_missing) || {
    tap_skip "$(basename "$program")" "$why"
    tap_done
    exit
}
dir=$(mktemp -d)
trap 'kube_lab_stop; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
kube_lab_start "$dir" "$@" && kube_lab_crds && kube_lab_namespace flux-system apps infra || {
    tap_fail 'the lab starts'
    tap_done
    exit 1
}
export KUBE_LAB KUBE_LAB_URL

mkfifo "$dir/calls" "$dir/answers"
setpriv --pdeathsig TERM "$program" 3>"$dir/calls" 4<"$dir/answers" &
pid=$!
exec 5<"$dir/calls" 6>"$dir/answers"
while read -r call <&5; do
    $call >>"$dir/log" 2>&1 5<&- 6>&-
    echo $? >&6
done
wait "$pid"
