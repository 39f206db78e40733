"""A strict reader of what /metrics says, in either of its formats: Prometheus' text format 0.0.4 and OpenMetrics 1.0.0.

It takes less than a scraper does: what is merely unwise is wrong here.
"""

import collections
import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN")
TYPES = {"counter", "gauge", "histogram"}
UNITS = ("seconds", "bytes")
MAX_SAMPLES = 200_000

Sample = collections.namedtuple("Sample", "name labels value")


class Family:
    def __init__(self, name):
        self.name = name
        self.type = self.help = self.unit = None
        self.samples = []


class Wrong(Exception):
    """The text is not what its format allows."""


def demand(truth, words):
    if not truth:
        raise Wrong(words)


def number(text):
    demand(NUMBER.fullmatch(text), f"no number: {text!r}")
    return float(text.replace("Inf", "inf"))


def labels_of(text, line):
    labels = {}
    while text:
        found = LABEL.match(text)
        demand(found, f"not a label at {text!r} in: {line}")
        demand(found[1] not in labels, f"the label {found[1]} is there twice: {line}")
        demand(not found[1].startswith("__"), f"a reserved label: {line}")
        labels[found[1]] = re.sub(r"\\(.)", lambda escape: "\n" if escape[1] == "n" else escape[1], found[2])
        text = text[found.end():]
        demand(not text or (text[0] == "," and len(text) > 1), f"labels run together: {line}")
        text = text[1:]
    return labels


def sample_of(line):
    name = NAME.match(line)
    demand(name, f"no name: {line!r}")
    rest = line[name.end():]
    labels = {}
    if rest.startswith("{"):
        inner, brace, rest = rest[1:].rpartition("} ")
        demand(brace, f"labels without an end: {line}")
        labels = labels_of(inner, line)
        rest = " " + rest
    demand(re.fullmatch(r" [^ ]+", rest), f"one space and one value must follow the labels: {line}")
    return Sample(name[0], labels, number(rest[1:]))


def suffixes(kind, openmetrics):
    if kind == "histogram":
        return ("_bucket", "_sum", "_count")
    if openmetrics:
        return {"counter": ("_total",), "info": ("_info",)}.get(kind, ("",))
    return ("",)


def check_family(family, openmetrics):
    name = family.name
    demand(family.type and family.help, f"{name} has no type or no help")
    demand(name.startswith(("pointsman_", "gen_ai_", "process_")), f"{name} is none of our names")
    counts = family.type == "counter"
    demand(openmetrics or counts == name.endswith("_total"), f"_total is for counters, and for all of them: {name}")
    demand(not openmetrics or not name.endswith(("_total", "_info", "_bucket", "_count", "_sum", "_created")),
           f"the name of a family ends in a suffix of samples: {name}")
    if openmetrics:
        unit = next((each for each in UNITS if name.endswith("_" + each)), None)
        demand(family.unit == unit, f"the unit of {name} is {family.unit}, and its name says {unit}")
    seen = set()
    for sample in family.samples:
        key = (sample.name, tuple(sorted(sample.labels.items())))
        demand(key not in seen, f"twice: {key}")
        seen.add(key)
        demand(family.type == "gauge" or sample.value >= 0, f"{sample.name} is below 0")
        demand(sample.value == sample.value, f"{sample.name} is no number")
        demand(("le" in sample.labels) == sample.name.endswith("_bucket"), f"le is for buckets: {key}")
        if family.type == "info":
            demand(sample.value == 1, f"{sample.name} is not 1")
    names = {frozenset(sample.labels) for sample in family.samples if not sample.name.endswith("_bucket")}
    demand(len(names) <= 1, f"the samples of {name} have different labels: {names}")
    if family.type == "histogram":
        check_histogram(family, openmetrics)


def check_histogram(family, openmetrics):
    series = collections.defaultdict(lambda: {"buckets": [], "order": []})
    for sample in family.samples:
        labels = dict(sample.labels)
        bound = labels.pop("le", None)
        one = series[tuple(sorted(labels.items()))]
        suffix = sample.name[len(family.name):]
        one["order"].append(suffix)
        if bound is None:
            one[suffix] = sample.value
        else:
            demand(not openmetrics or "." in bound or "e" in bound or bound == "+Inf", f"le is no float: {bound}")
            one["buckets"].append((number(bound), sample.value))
    for labels, one in series.items():
        where = f"{family.name}{dict(labels)}"
        demand(one["order"] == ["_bucket"] * len(one["buckets"]) + ["_sum", "_count"], f"{where} is out of order")
        bounds = [bound for bound, _ in one["buckets"]]
        counts = [count for _, count in one["buckets"]]
        demand(bounds == sorted(set(bounds)), f"the buckets of {where} are not in order")
        demand(counts == sorted(counts), f"the buckets of {where} are not cumulative")
        demand(bounds[-1] == float("inf"), f"{where} has no +Inf")
        demand(counts[-1] == one["_count"], f"+Inf and _count of {where} differ")
        demand(one["_count"] or not one["_sum"], f"{where} has a sum of nothing")


def read(text, openmetrics):
    """The families of an exposition by their names; raises Wrong."""
    demand(text.endswith("\n"), "the last line has no end")
    demand("\r" not in text, "a line ends in CR")
    lines = text[:-1].split("\n")
    if openmetrics:
        demand(lines.pop() == "# EOF", "it does not end in # EOF")
    demand(len(lines) <= MAX_SAMPLES, "too long")
    families = {}
    at_hand = None
    for line in lines:
        if line.startswith("#"):
            words = line.split(" ", 3)
            demand(len(words) == 4 and words[0] == "#" and NAME.fullmatch(words[2]), f"no such comment: {line}")
            keyword, name, said = words[1:]
            keyword = keyword.lower()
            demand(keyword in ("help", "type") or (openmetrics and keyword == "unit"), f"no such comment: {line}")
            if at_hand is None or at_hand.name != name:
                demand(name not in families, f"{name} is there twice")
                at_hand = families[name] = Family(name)
            demand(getattr(at_hand, keyword) is None, f"twice: {line}")
            demand(not at_hand.samples, f"behind its samples: {line}")
            if keyword == "type":
                demand(said in TYPES or (openmetrics and said == "info"), f"no such type: {line}")
            if keyword == "unit":
                demand(name.endswith("_" + said), f"the name does not end in its unit: {line}")
            setattr(at_hand, keyword, said)
        else:
            sample = sample_of(line)
            demand(at_hand is not None and at_hand.type, f"a sample before its type: {line}")
            allowed = [at_hand.name + suffix for suffix in suffixes(at_hand.type, openmetrics)]
            demand(sample.name in allowed, f"among the samples of {at_hand.name}: {line}")
            at_hand.samples.append(sample)
    for family in families.values():
        check_family(family, openmetrics)
    return families
