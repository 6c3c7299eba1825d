#!/bin/sh
# Builds the Kubernetes API server and kubectl, one program, unless that was
# done before, and prints its path. Exit code 77: there is no Go, or it could
# not build. The first build takes some minutes.
set -eu
cd "$(dirname "$0")"

release=$(sed -n 's,^[[:space:]]*k8s.io/kubernetes \(v[0-9.]*\)$,\1,p' go.mod)
minor=$(echo "$release" | cut -d . -f 2)
version=k8s.io/component-base/version
flags="-s -w -X $version.gitVersion=$release -X $version.gitMajor=1 -X $version.gitMinor=$minor"
exec nice ../../scripts/gocache.sh kube "\"\$GO\" build -buildvcs=false -ldflags '$flags' -o \"\$OUT\" main.go"
