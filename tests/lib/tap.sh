# Results of a shell test in TAP. To be sourced by a POSIX shell.
#
#     tap_is 'lists tags' "$(list)" "a
#     b"
#     tap_done

TAP_COUNT=0
TAP_FAILED=0

tap_ok() { # NAME
    TAP_COUNT=$((TAP_COUNT + 1))
    echo "ok $TAP_COUNT - $1"
}

# Further arguments are shown as diagnostics.
tap_fail() { # NAME [TEXT…]
    TAP_COUNT=$((TAP_COUNT + 1))
    TAP_FAILED=$((TAP_FAILED + 1))
    echo "not ok $TAP_COUNT - $1"
    shift
    for tap_text; do
        printf '%s\n' "$tap_text" | sed 's/^/#   /'
    done
}

tap_is() { # NAME GOT WANT
    if [ "$2" = "$3" ]; then
        tap_ok "$1"
    else
        tap_fail "$1" 'got:' "$2" 'want:' "$3"
    fi
}

# PATTERN is one of the shell: '*unknown authority*'.
tap_like() { # NAME GOT PATTERN
    # shellcheck disable=SC2254  # it is meant as a pattern
    case $2 in
    $3) tap_ok "$1" ;;
    *) tap_fail "$1" 'got:' "$2" 'want it like:' "$3" ;;
    esac
}

# In CI (CI=true) nothing may be skipped.
tap_skip() { # NAME WHY
    if [ "${CI:-}" = true ]; then
        tap_fail "$1" "$2"
    else
        TAP_COUNT=$((TAP_COUNT + 1))
        echo "ok $TAP_COUNT - $1 # SKIP $2"
    fi
}

tap_done() {
    echo "1..$TAP_COUNT"
    [ "$TAP_FAILED" = 0 ]
}
