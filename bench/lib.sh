# What the benches share. To be sourced by a POSIX shell; sets up the labs of
# tests/lib below $work, which goes at the end.
#
# A bench measures a label several times (`measure`), and compares medians
# (`report`). What is compared is CPU time, user and system, with all children;
# the servers' time does not count. Each figure is a row of one table, the same
# in all benches; a row that misses its target ends with MISSED.

here=$(cd "$(dirname "$0")" && pwd)
tidemark=$(realpath "${1:?usage: $0 TIDEMARK}")
rounds=${ROUNDS:-9}
REGISTRY_LAB_SH=$here/../tests/lib/registry.sh
. "$here/../tests/lib/git.sh"
. "$here/../tests/lib/registry.sh"

work=$(mktemp -d)
pids= # of what the bench itself has started, besides the servers
bench_end() {
    set +e
    for pid in $pids; do
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    git_lab_stop
    registry_lab_stop
    rm -rf "$work"
}
trap bench_end EXIT
trap 'exit 1' INT TERM
registry_lab_init "$work/registry"
git_lab_init "$work/git"
cc -O2 -o "$work/cpu" "$here/cpu.c"

# Runs COMMAND and adds its cost to LABEL.
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

# The line above rows: what they are about, and what they are compared with.
heading() { # TITLE YARDSTICK
    printf '\n%-58s %11s %11s %7s %8s\n' "$1" tidemark "$2" ratio 'at most'
}

# A row with a yardstick: the target is for the ratio.
report() { # TITLE LABEL OTHER TARGET
    awk -v title="$1" -v a="$(median "$2")" -v b="$(median "$3")" -v target="$4" 'BEGIN {
        printf "%-58s %8.1f ms %8.1f ms %7.2f %8s%s\n", title, a, b, a / b, target,
            a / b <= target ? "" : " MISSED" }'
}

# A row without one: the target is for the figure itself.
report_absolute() { # TITLE VALUE UNIT TARGET
    awk -v title="$1" -v value="$2" -v unit="$3" -v target="$4" 'BEGIN {
        printf "%-58s %7.1f %-3s %11s %7s %8s%s\n", title, value, unit, "", "", target,
            value <= target ? "" : " MISSED" }'
}

mib() { # KIB
    awk -v kib="$1" 'BEGIN { print kib / 1024 }'
}
