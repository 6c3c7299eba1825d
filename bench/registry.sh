#!/bin/sh
# What a listing of 50,000 tags costs, beside curl on the same page:
#
#     bench/registry.sh DRIVER [TAGS [RUNS]]
#
# DRIVER is build/tests/registry/registry_driver. Prints user and system time
# of both, their ratio, and the driver's peak of resident memory.
set -eu
driver=$1 tags=${2:-50000} runs=${3:-20}
REGISTRY_LAB_SH=$0
here=$(cd "$(dirname "$0")" && pwd)
REGISTRY_LAB_SH=$here/../tests/registry/x
. "$here/../tests/lib/registry.sh"
registry_lab_init "$(mktemp -d)"
trap 'registry_lab_stop; rm -rf "$REGISTRY_LAB_DIR"' EXIT
registry_lab_start bench
registry_lab_push "http://$REGISTRY_LAB" acme/app latest
registry_lab_seed bench acme/app "$tags"
python3 - "$driver" "$REGISTRY_LAB" "$runs" <<'END'
import os, resource, subprocess, sys
driver, registry, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
commands = {
    "curl": ["curl", "-s", "-o", "/dev/null", "http://%s/v2/acme/app/tags/list?n=1000" % registry],
    "tidemark": [driver, "--insecure", "--count", "list", registry + "/acme/app"],
}
cost = dict.fromkeys(commands, 0.0)
peak = dict.fromkeys(commands, 0)
for run in range(runs + 1):
    for name, command in commands.items():
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit("%s failed" % name)
        if run != 0:  # the first warms the caches
            cost[name] += usage.ru_utime + usage.ru_stime
            peak[name] = max(peak[name], usage.ru_maxrss)
for name in commands:
    print("%-9s %6.2f ms CPU a run, %5.1f MiB peak" % (name, 1000 * cost[name] / runs, peak[name] / 1024))
print("ratio     %.2f" % (cost["tidemark"] / cost["curl"]))
END
