"""Creates objects of Flux in a cluster, waits until all are Ready, and tells what that cost a controller.

    kube.py URL CA TOKEN PID <OBJECTS

OBJECTS are manifests in JSON, one a line, none of which is there yet. Prints five numbers: CPU time of process PID from
before the first creation until all are Ready (ms); its largest resident size, and the largest anonymous part of that
(KiB); how long the slowest policy took from its repository's first scan, as a watch tells both, until it was Ready (ms);
and how long all took (s).
"""

import http.client
import json
import os
import ssl
import sys
import threading
import time

PATIENCE_S = 1800
PLURALS = {
    "GitRepository": "gitrepositories",
    "ImageRepository": "imagerepositories",
    "ImagePolicy": "imagepolicies",
    "ImageUpdateAutomation": "imageupdateautomations",
}

url, ca, token, pid = sys.argv[1:]
pid = int(pid)
tls = ssl.create_default_context(cafile=ca)
headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
manifests = [json.loads(line) for line in sys.stdin]
kinds = {m["kind"]: m["apiVersion"] for m in manifests}
reconciled = sorted(kinds.keys() - {"GitRepository"})
scanned, ready = {}, {kind: {} for kind in reconciled}  # when, by name
wanted = {k: sum(m["kind"] == k for m in manifests) for k in reconciled}
over = threading.Event()


def connect():
    return http.client.HTTPSConnection(url.removeprefix("https://"), context=tls, timeout=PATIENCE_S)


def path_of(kind, namespace):
    return f"/apis/{kinds[kind]}/namespaces/{namespace}/{PLURALS[kind]}"


def note(kind, item):
    now, name, status = time.monotonic(), item["metadata"]["name"], item.get("status", {})
    if kind == "ImageRepository" and "lastScanResult" in status:
        scanned.setdefault(name, now)
    for condition in status.get("conditions", []):
        if condition["type"] == "Ready" and condition["status"] == "True":
            ready[kind].setdefault(name, now)


def watch(kind, version):
    api = f"/apis/{kinds[kind]}/{PLURALS[kind]}"
    while not over.is_set():
        connection = connect()
        connection.request("GET", f"{api}?watch=true&resourceVersion={version}", headers=headers)
        for line in connection.getresponse():
            event = json.loads(line)
            if event["type"] == "ERROR":
                raise SystemExit(f"bench: {kind}: {event['object']['message']}")
            version = event["object"]["metadata"]["resourceVersion"]
            note(kind, event["object"])


def begin_watch(kind):
    connection = connect()
    connection.request("GET", f"/apis/{kinds[kind]}/{PLURALS[kind]}?limit=1", headers=headers)
    version = json.load(connection.getresponse())["metadata"]["resourceVersion"]
    threading.Thread(target=watch, args=(kind, version), daemon=True).start()


def create():
    connection = connect()
    for manifest in manifests:
        path = path_of(manifest["kind"], manifest["metadata"]["namespace"])
        connection.request("POST", path, json.dumps(manifest), headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise SystemExit(f"bench: {path}: {text.decode()}")


def memory_kib():
    with open(f"/proc/{pid}/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return [int(fields[name].split()[0]) for name in ("VmRSS", "RssAnon")]


def cpu_ms():
    return time.clock_gettime((~pid << 3) | 2) * 1000


for each in reconciled:
    begin_watch(each)
before_ms, began = cpu_ms(), time.monotonic()
creating = threading.Thread(target=create, daemon=True)
creating.start()
peak = [0, 0]
while any(len(ready[kind]) < wanted[kind] for kind in reconciled):
    peak = [max(pair) for pair in zip(peak, memory_kib())]
    if time.monotonic() - began > PATIENCE_S:
        counts = {kind: len(ready[kind]) for kind in reconciled}
        raise SystemExit(f"bench: of {wanted}, only {counts} are Ready")
    time.sleep(0.02)
after_ms = cpu_ms()
over.set()
policies = ready.get("ImagePolicy", {})
slowest = max((policies[name] - scanned[name] for name in policies if name in scanned), default=0)
print(f"{after_ms - before_ms:.0f} {peak[0]} {peak[1]} {slowest * 1000:.0f} {time.monotonic() - began:.1f}")
sys.stdout.flush()
os._exit(0)
