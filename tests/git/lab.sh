#!/bin/sh
# Holds the servers of tests/lib/git.sh for a test program: starts those that are
# named (http, https, ssh, hanging) with their files in DIR, prints one NAME=value
# a line and then "ready", and ends them when its standard input ends, so that
# they never outlive the test.
#
#     lab.sh DIR [SERVER…]
. "$(dirname "$0")/../lib/git.sh"
git_lab_init "$1"
shift
for server; do
    git_lab_"$server" || exit 1
done
echo "GIT_LAB_HTTP=${GIT_LAB_HTTP:-}"
echo "GIT_LAB_HTTPS=${GIT_LAB_HTTPS:-}"
echo "GIT_LAB_MTLS=${GIT_LAB_MTLS:-}"
echo "GIT_LAB_SSH=${GIT_LAB_SSH:-}"
echo "GIT_LAB_HANGING=${GIT_LAB_HANGING:-}"
echo ready
cat >/dev/null
git_lab_stop
