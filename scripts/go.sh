#!/bin/sh
# Prints the path of a Go that is new enough, and fails if there can be none.
#
# A Go of the machine counts from 1.24 on. An older one (Debian 12 has 1.19)
# is good enough to fetch a newer: Go's toolchains are modules like any other.
set -eu
pin=go1.26.8
oldest=24

go=$(command -v go || true)
[ -n "$go" ] || {
    echo "no Go on this machine (Debian: golang-go)" >&2
    exit 1
}
minor=$("$go" env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
if [ "${minor:-0}" -ge $oldest ]; then
    echo "$go"
    exit 0
fi

cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemark-test
newer=$cache/$pin/bin/go
if [ ! -x "$newer" ]; then
    mkdir -p "$cache"
    # Several tests may want it at once: one fetches it, and the others wait.
    exec 9>"$cache/$pin.lock"
    flock 9
fi
if [ ! -x "$newer" ]; then
    os=$("$go" env GOOS)
    arch=$("$go" env GOARCH)
    folder=$(cd / && GOFLAGS=-mod=mod "$go" mod download -json \
        "golang.org/toolchain@v0.0.1-$pin.$os-$arch" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p')
    [ -n "$folder" ] || {
        echo "cannot fetch the Go toolchain $pin" >&2
        exit 1
    }
    # Modules are kept read-only and without executable bits.
    rm -rf "$cache/$pin.new"
    cp -r "$folder" "$cache/$pin.new"
    chmod -R u+w "$cache/$pin.new"
    find "$cache/$pin.new/bin" "$cache/$pin.new/pkg/tool" -type f -exec chmod +x {} +
    rm -rf "$cache/$pin"
    mv "$cache/$pin.new" "$cache/$pin"
fi
echo "$newer"
