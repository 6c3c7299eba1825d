#!/bin/sh
# Makes the CRDs of Flux from the Go types of its API modules, with the generator
# that Flux uses, unless that was done before. Prints the folder, which has a
# file GROUP_PLURAL.yaml for each kind. Exit code 77: it could not be done.
set -eu
cd "$(dirname "$0")"
# shellcheck disable=SC2016 # the script expands it
exec nice ../../scripts/gocache.sh flux-crds '"$GO" tool controller-gen crd \
    paths=github.com/fluxcd/image-automation-controller/api/v1 \
    paths=github.com/fluxcd/image-reflector-controller/api/v1 \
    paths=github.com/fluxcd/source-controller/api/v1 output:crd:dir="$OUT"'
