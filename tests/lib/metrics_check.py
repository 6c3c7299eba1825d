"""Reads metrics in Prometheus' text format 0.0.4 from stdin, strictly.

Prints each sample as "name{label=value,…} number", the labels sorted and the
values bare, or the first fault, and then fails. Stricter than Prometheus: a
metric has its HELP and its TYPE, once, in front of its samples; a counter's
name ends in _total and is not negative; the buckets of a histogram grow, add
up, and end in +Inf, which is the count.
"""
import re
import sys

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
NUMBER = re.compile(r"[+-]?(Inf|NaN|[0-9]+(\.[0-9]+)?(e[+-][0-9]+)?)")


def fail(number, why):
    sys.exit("line %d: %s" % (number, why))


def unescape(text):
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], text)


def read_sample(number, line):
    match = NAME.match(line)
    if not match:
        fail(number, "no name: " + line)
    name, at, labels = match[0], match.end(), {}
    if line[at:at + 1] == "{":
        at += 1
        while True:
            match = LABEL.match(line, at)
            if not match:
                fail(number, "no label: " + line[at:])
            if match[1] in labels:
                fail(number, "twice the label " + match[1])
            labels[match[1]] = unescape(match[2])
            at = match.end() + 1
            if line[match.end():at] == "}":
                break
            if line[match.end():at] != ",":
                fail(number, "no end of the labels: " + line)
    if line[at:at + 1] != " " or not NUMBER.fullmatch(line, at + 1):
        fail(number, "no number: " + line[at:])
    return name, labels, float(line[at + 1:])


def check_histogram(number, base, series):
    """SERIES: by labels without le, lists of (suffix, le, value) in their order."""
    for key, samples in series.items():
        buckets = [(float(le), value) for suffix, le, value in samples if suffix == "_bucket"]
        rest = [suffix for suffix, _, _ in samples if suffix != "_bucket"]
        if sorted(rest) != ["_count", "_sum"]:
            fail(number, "%s%r: sum and count are %r" % (base, key, rest))
        count = [value for suffix, _, value in samples if suffix == "_count"][0]
        bounds, values = [b for b, _ in buckets], [v for _, v in buckets]
        if bounds != sorted(set(bounds)) or values != sorted(values):
            fail(number, "%s%r: buckets do not grow" % (base, key))
        if not bounds or bounds[-1] != float("inf") or values[-1] != count:
            fail(number, "%s%r: no +Inf, or not the count" % (base, key))


text = sys.stdin.buffer.read().decode("utf-8", "strict")
if not text.endswith("\n"):
    sys.exit("no newline at the end")
current = kind = helped = None
families, seen, histogram = set(), set(), {}
for number, line in enumerate(text[:-1].split("\n"), 1):
    if line.startswith("# HELP "):
        if kind == "histogram":
            check_histogram(number, current, histogram)
        current, kind, histogram = line.split(" ", 3)[2], None, {}
        if current in families or len(line.split(" ", 3)) < 4:
            fail(number, "a second or an empty HELP of " + current)
        families.add(current)
    elif line.startswith("# TYPE "):
        name, kind_now = line.split(" ")[2:]
        if name != current or kind or kind_now not in ("counter", "gauge", "histogram"):
            fail(number, "a TYPE in the wrong place: " + line)
        kind = kind_now
        if kind == "counter" and not name.endswith("_total"):
            fail(number, "a counter without _total")
    else:
        name, labels, value = read_sample(number, line)
        suffix = name[len(current or ""):]
        if not kind or not name.startswith(current) or suffix not in (
                ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)):
            fail(number, "a sample in the wrong place: " + line)
        shown = name + "{" + ",".join(k + "=" + v for k, v in sorted(labels.items())) + "}"
        if shown in seen:
            fail(number, "a second sample of " + shown)
        seen.add(shown)
        if kind == "counter" and not value >= 0:
            fail(number, "a negative counter: " + line)
        le = labels.pop("le", None)
        histogram.setdefault(tuple(sorted(labels.items())), []).append((suffix, le, value))
        print(shown, "%.17g" % value)
if kind == "histogram":
    check_histogram(0, current, histogram)
