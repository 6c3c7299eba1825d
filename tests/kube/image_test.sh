#!/bin/sh
# That the Dockerfile's image would have what the program needs: the files of its
# packages, and of what they depend on, hold every library that the program is
# linked with and every program that it runs. Usage: image_test.sh TIDEMARK
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=${1:?usage: image_test.sh TIDEMARK}
. "$here/../lib/tap.sh"

# shellcheck disable=SC1091  # a file of the system
if ! command -v dpkg-query >/dev/null || [ "$(. /etc/os-release && echo "$ID-$VERSION_ID")" != debian-12 ]; then
    tap_skip 'the packages of the image' 'not Debian 12, which the image is made of'
    tap_done
    exit
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# The packages that the last stage installs.
named=$(tac "$here/../../Dockerfile" | sed '/^FROM/q' |
    sed -n 's/^ *\([a-z][a-z0-9.+-]*\) \\$/\1/p' | LC_ALL=C sort)
tap_like 'the Dockerfile names packages' "$named" '*git*libcurl4*'
last=$(tac "$here/../../Dockerfile" | sed '/^FROM/q' | tac)
tap_like 'and brings nothing else' "$last" \
    'FROM debian:12-slim*--no-install-recommends*rm -rf /var/lib/apt/lists/[*]*'

# With all that they depend on. Of alternatives, the installed ones count.
queue=$named closure=
while [ -n "$queue" ]; do
    # shellcheck disable=SC2086  # the words are packages
    dpkg-query -W -f '${db:Status-Status}\t${Package}\t${Depends}, ${Pre-Depends}\n' $queue \
        2>/dev/null | sed -n 's/^installed\t//p' >"$dir/round"
    closure="$closure $(cut -f 1 "$dir/round" | tr '\n' ' ')"
    queue=$(cut -f 2 "$dir/round" | tr ',|' '\n\n' | sed 's/([^)]*)//; s/:[a-z0-9]*//; s/ //g' |
        sort -u | while read -r package; do
        case " $closure " in
        *" $package "*) ;;
        *) echo "$package" ;;
        esac
    done)
done
missing=
for package in $named; do
    case " $closure " in
    *" $package "*) ;;
    *) missing="$missing $package" ;;
    esac
done
if [ -n "$missing" ]; then
    tap_skip 'the packages of the image' "not installed here, so that they cannot be seen:$missing"
    tap_done
    exit
fi

# Their files, by their real names: /lib is /usr/lib.
# shellcheck disable=SC2086  # the words are packages
dpkg-query -L $closure | sed 's,^/\(lib\|lib64\|bin\|sbin\)/,/usr/\1/,' | LC_ALL=C sort -u >"$dir/files"

has() { # WHAT…: those that are in no package of the image
    for path; do
        echo "$path" | sed 's,^/\(lib\|lib64\|bin\|sbin\)/,/usr/\1/,'
    done | LC_ALL=C sort -u | LC_ALL=C comm -23 - "$dir/files"
}
# shellcheck disable=SC2046  # paths without blanks
libraries=$(has $(ldd "$program" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p'))
case $libraries in
*/libasan.so* | */libubsan.so*) libraries=$(echo "$libraries" | grep -v -E '/lib(a|ub)san\.so') ;;
esac
tap_is 'every library is in a package' "$libraries" ""
tap_is 'every program is' \
    "$(has /usr/bin/git /usr/bin/gpg /usr/bin/gpg-agent /usr/bin/ssh /usr/bin/ssh-keygen /usr/bin/ssh-keyscan /bin/sh \
        /usr/lib/git-core/git-remote-https /usr/sbin/update-ca-certificates |
        grep -v '^/usr/bin/sh$')" ""

# Linked directly means named directly.
for library in $(objdump -p "$program" | sed -n 's/^ *NEEDED *//p' |
    grep -v -E '^lib(c|m|stdc\+\+|gcc_s|asan|ubsan)\.so|^ld-'); do
    path=$(ldd "$program" | sed -n "s,.*$library => \(/[^ ]*\).*,\1,p")
    owner=$(dpkg-query -S "$path" "/usr$path" 2>/dev/null | head -n 1 | cut -d : -f 1)
    echo "$named" | grep -q -x "$owner" || echo "$library of $owner"
done >"$dir/unnamed"
tap_is 'every library that is linked directly is named' "$(cat "$dir/unnamed")" ""
tap_done
