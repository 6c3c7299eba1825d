#!/bin/sh
# Builds the Kubernetes API server and kubectl, one program, unless that was
# done before, and prints its path. Exit code 77: there is no Go, or it could
# not build. The first build takes some minutes.
set -eu
cd "$(dirname "$0")"

release=$(sed -n 's,^[[:space:]]*k8s.io/kubernetes \(v[0-9.]*\)$,\1,p' go.mod)
version=k8s.io/component-base/version
exec nice ../../scripts/gobuild.sh "$PWD" kube "-s -w -X $version.gitVersion=$release \
-X $version.gitMajor=1 -X $version.gitMinor=$(echo "$release" | cut -d . -f 2)"
