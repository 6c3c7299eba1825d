"""The table of conditions.txt: makes its objects, and judges what became of them.

    conditions.py TABLE WORDS apply FOLDER        writes FOLDER/NAMESPACE.yaml
    conditions.py TABLE WORDS judge DUMP STATE    a line "ok|not ok<TAB>NAME[<TAB>TEXT]" a row

WORDS has a line "WORD=TEXT" for each @WORD@. DUMP is a List of all objects and
Events as JSON. STATE keeps between runs who has been seen in which state: what is
tried again leaves it for moments. Fails while a row is not as it should be.
"""
import json
import re
import sys

GROUPS = {"Secret": "v1", "ServiceAccount": "v1", "GitRepository": "source.toolkit.fluxcd.io/v1"}
IMAGES = "image.toolkit.fluxcd.io/v1"
UNDER_WAY = ("reconciliation in progress", "processing object: *", "scanning: *")


class Row:
    def __init__(self, namespace, name):
        self.namespace, self.yaml, self.event, self.later = namespace, [], None, None
        self.kind, self.name = name.split("/")
        self.title = "%s %s/%s" % (self.kind, namespace, self.name)


def read_table(path, words):
    rows, namespace = [], None
    with open(path, encoding="utf-8") as table:
        for line in table.read().splitlines():
            for word, text in words.items():
                line = line.replace("@%s@" % word, text)
            mark, rest = line[:2], line[2:]
            if mark == "@ ":
                namespace = rest
            elif mark == "= ":
                rows.append(Row(namespace, rest))
            elif mark == "> ":
                rows[-1].state, rows[-1].reason, rows[-1].message = rest.split(" ", 2)
            elif mark == "~ ":
                rows[-1].later = rest
            elif mark == "! ":
                rows[-1].event = rest.split(" ", 1)
            elif line and not line.startswith("#"):
                rows[-1].yaml.append(line)
    return rows


def like(text, pattern):
    parts = [re.escape(part) for part in pattern.split("*")]
    return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None


def says(row, message):
    return like(message, row.message) or (row.later is not None and like(message, row.later))


def write_objects(rows, folder):
    for namespace in {row.namespace for row in rows}:
        with open("%s/%s.yaml" % (folder, namespace), "w", encoding="utf-8") as file:
            for row in rows:
                if row.namespace != namespace:
                    continue
                file.write("---\n")
                for line in row.yaml:
                    if line.startswith("kind: "):
                        file.write("apiVersion: %s\n" % GROUPS.get(line[6:], IMAGES))
                    file.write(line + "\n")


def fault_of_conditions(row, item):
    """What is not as the row has it, or None."""
    status, generation = item.get("status", {}), item["metadata"]["generation"]
    conditions = {one["type"]: one for one in status.get("conditions", [])}
    told = "\n".join("%(type)s %(status)s %(reason)s %(message)s" % one for one in conditions.values())
    words = {"ready": {"Ready": "True"}, "stalled": {"Stalled": "True", "Ready": "False"},
             "retry": {"Reconciling": "True", "Ready": "False"}}[row.state]
    if {kind: one["status"] for kind, one in conditions.items()} != words:
        return told or "no condition"
    for kind, one in conditions.items():
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", one["lastTransitionTime"]):
            return "time " + one["lastTransitionTime"]
        if one["observedGeneration"] != generation:
            return "%s of generation %d" % (kind, one["observedGeneration"])
        if kind == "Reconciling":
            if one["reason"] != "ProgressingWithRetry" or not any(like(one["message"], m) for m in UNDER_WAY):
                return told
        elif one["reason"] != row.reason or not says(row, one["message"]):
            return told
    if (status.get("observedGeneration") == generation) != (row.state != "retry"):
        return "observedGeneration %s of %d" % (status.get("observedGeneration"), generation)
    if item["metadata"].get("finalizers") != ["finalizers.fluxcd.io"]:
        return "finalizers %s" % item["metadata"].get("finalizers")
    return None


def fault_of_events(row, item, events):
    reason, message = row.event or (row.reason, row.message)
    kind = "Normal" if row.state == "ready" else "Warning"
    mine = [one for one in events if one["involvedObject"].get("uid") == item["metadata"]["uid"]]
    for one in mine:
        if one["type"] == kind and one["reason"] == reason and like(one["message"], message):
            return None
    return "events: " + "\n".join("%(type)s %(reason)s %(message)s" % one for one in mine)


def judge(rows, dump, seen):
    events = [item for item in dump["items"] if item["kind"] == "Event"]
    items = {(item["kind"], item["metadata"]["namespace"], item["metadata"]["name"]): item
             for item in dump["items"]}
    good = True
    for row in rows:
        item = items.get((row.kind, row.namespace, row.name))
        fault = "is not there" if not item else fault_of_conditions(row, item)
        if row.state == "retry" and row.title in seen:
            fault = None
        if not fault:
            seen.add(row.title)
            fault = fault_of_events(row, item, events)
        print("\t".join(["not ok" if fault else "ok", row.title] +
                        ([fault.replace("\n", "; ").replace("\t", " ")] if fault else [])))
        good = good and not fault
    return good


def main(table, words_path, verb, *paths):
    with open(words_path, encoding="utf-8") as words:
        rows = read_table(table, dict(line.rstrip("\n").split("=", 1) for line in words))
    if verb == "apply":
        write_objects(rows, paths[0])
        return 0
    try:
        with open(paths[1], encoding="utf-8") as state:
            seen = set(state.read().splitlines())
    except FileNotFoundError:
        seen = set()
    with open(paths[0], encoding="utf-8") as dump:
        good = judge(rows, json.load(dump), seen)
    with open(paths[1], "w", encoding="utf-8") as state:
        state.write("\n".join(sorted(seen)))
    return 0 if good else 1


sys.exit(main(*sys.argv[1:]))
