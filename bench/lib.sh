# What the benches share. To be sourced by a POSIX shell; sets up the labs of
# tests/lib below $work, which goes at the end.
#
# A bench measures a label several times (`measure`), and compares medians
# (`report`). What is compared is CPU time, user and system, with all children;
# the servers' time does not count.

here=$(cd "$(dirname "$0")" && pwd)
tidemark=$(realpath "${1:?usage: $0 TIDEMARK}")
rounds=${ROUNDS:-9}
REGISTRY_LAB_SH=$here/../tests/lib/registry.sh
. "$here/../tests/lib/git.sh"
. "$here/../tests/lib/registry.sh"

work=$(mktemp -d)
bench_end() {
    set +e
    git_lab_stop
    registry_lab_stop
    rm -rf "$work"
}
trap bench_end EXIT
trap 'exit 1' INT TERM
registry_lab_init "$work/registry"
git_lab_init "$work/git"
cc -O2 -o "$work/cpu" "$here/cpu.c"

# Runs COMMAND and adds its cost to LABEL. With QUIET_FAILURES, a failing
# command is measured all the same.
measure() { # LABEL COMMAND…
    label=$1
    shift
    if ! "$work/cpu" "$@" >"$work/cost" 2>"$work/stderr"; then
        cat "$work/stderr" >&2
        echo "bench: failed: $*" >&2
        exit 1
    fi
    sed "s/^/$label /" "$work/cost" >>"$work/results"
}

median() { # LABEL
    sed -n "s/^$1 \([0-9.]*\) .*/\1/p" "$work/results" | sort -n |
        awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

peak() { # LABEL: the largest resident size, KiB
    sed -n "s/^$1 [0-9.]* //p" "$work/results" | sort -n | tail -n 1
}

report() { # TITLE LABEL OTHER TARGET
    awk -v title="$1" -v a="$(median "$2")" -v b="$(median "$3")" -v target="$4" 'BEGIN {
        printf "%-58s %8.1f ms %8.1f ms   %5.2f   at most %-5s %s\n", title, a, b, a / b, target,
            a / b <= target ? "" : "MISSED" }'
}

report_memory() { # TITLE KIB TARGET-MIB
    awk -v title="$1" -v kib="$2" -v target="$3" 'BEGIN {
        printf "%-58s %8.1f MiB                       at most %-5s %s\n", title, kib / 1024, target,
            kib / 1024 <= target ? "" : "MISSED" }'
}
