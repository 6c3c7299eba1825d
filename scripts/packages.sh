#!/bin/sh
# Installs the Debian packages that are missing for the named purposes:
#
#   scripts/packages.sh build [test] [demo] [clang] [bench]
#
# As root, or with sudo. Otherwise it names what is missing, in one line, and
# fails. Servers that come with a package are kept from starting: the tests
# and the demo start their own, on loopback.
set -eu

list() {
    case $1 in
    build)
        echo gcc g++ git meson ninja-build pkg-config scdoc libcurl4-openssl-dev libjansson-dev \
            libmicrohttpd-dev libre2-dev libsqlite3-dev libssl-dev libyaml-dev
        ;;
    test)
        echo apache2-utils ca-certificates curl docker-registry etcd-server faketime fish gnupg \
            golang-go libcmocka-dev lighttpd lighttpd-mod-openssl openssh-client openssh-server openssl \
            procps python3 sqlite3 zsh
        ;;
    demo) echo apache2-utils curl docker-registry git lighttpd openssl python3 ;;
    clang) echo clang clang-format libclang-rt-14-dev ;;
    bench) echo apache2-utils curl docker-registry lighttpd python3 time ;;
    *)
        echo "packages.sh: no purpose '$1'" >&2
        exit 2
        ;;
    esac
}

# A Go that is installed some other way does as well.
have() {
    case $1 in
    golang-go) command -v go >/dev/null && return 0 ;;
    esac
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=
for purpose in "$@"; do
    for package in $(list "$purpose"); do
        case " $missing " in
        *" $package "*) ;;
        *) have "$package" || missing="$missing $package" ;;
        esac
    done
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=sudo
elif command -v sudo >/dev/null && [ -t 0 ]; then
    as_root=sudo
else
    echo "missing packages; as root, run: apt-get install$missing" >&2
    exit 1
fi

echo "installing:$missing"
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap '$as_root rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
    $as_root chmod 755 $policy
fi
log=$(mktemp)
# shellcheck disable=SC2086  # the words of $missing are the packages
if ! { $as_root apt-get update -q &&
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "could not install:$missing" >&2
    exit 1
fi
rm -f "$log"
