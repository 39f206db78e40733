"""The table: what was measured, and whether it is what was to be reached."""

import collections
import dataclasses
import json
import statistics

COLUMNS = {"direct": "direct", "nginx": "nginx", "haproxy": "HAProxy", "pointsman": "pointsman"}


@dataclasses.dataclass
class Goal:
    """`pointsman at_least/at_most factor * against`; against nothing: the value itself."""
    sign: str
    factor: float
    against: str = ""

    def judge(self, medians, higher_is_better):
        """What pointsman reached, and whether that is enough; None: a figure to compare with is missing."""
        others = {name: medians[name] for name in ("nginx", "haproxy") if name in medians}
        if "pointsman" not in medians or (self.against == "the better" and len(others) < 2):
            return None
        if self.against == "the better":
            base = (max if higher_is_better else min)(others.values())
        else:
            base = others.get(self.against) if self.against else 1
        if not base or base < 0:
            return None
        reached = medians["pointsman"] / base
        return reached, reached >= self.factor if self.sign == ">=" else reached <= self.factor

    def text(self, reached):
        unit = " x " + COLUMNS.get(self.against, self.against) if self.against else ""
        return f"{number(reached)}{unit}, to reach {self.sign} {self.factor}"


@dataclasses.dataclass
class Row:
    name: str
    goals: tuple = ()
    higher_is_better: bool = False


ROWS = {
    "whole_rate": Row("small JSON, 64 connections: requests/s",
                      (Goal(">=", 1.25, "nginx"), Goal(">=", 1.1, "haproxy")), True),
    "whole_cpu": Row("the same: CPU time per request, µs", (Goal("<=", 0.8, "nginx"),)),
    "whole_p50": Row("the same: latency p50, µs"),
    "whole_p99": Row("the same: latency p99, µs"),
    "whole_load_core": Row("the same: load generator and mock, % of their core"),
    "calm_p50": Row("1,000 requests/s: added latency p50, µs", (Goal("<=", 1.0, "nginx"),)),
    "calm_p99": Row("1,000 requests/s: added latency p99, µs", (Goal("<=", 1.0, "nginx"),)),
    "resting_p50": Row("1,000 requests/s beside 200 endpoints at rest: latency p50, µs"),
    "resting_p99": Row("the same: latency p99, µs"),
    "probing_p50": Row("the same while each is probed every second: latency p50, µs"),
    "probing_p99": Row("the same: latency p99, µs"),
    "probing_cpu": Row("the same: CPU time of the probes, ms for each second"),
    "probing_growth": Row("latency p50 while probing / at rest", (Goal("<=", 1.1),)),
    "paced_cpu": Row("1,000 streams at 50 events/s: CPU time per event, µs", (Goal("<=", 0.9, "nginx"),)),
    "paced_p50": Row("the same: added latency p50, µs", (Goal("<=", 1.0, "the better"),)),
    "paced_p99": Row("the same: added latency p99, µs", (Goal("<=", 1.0, "the better"),)),
    "paced_rate": Row("the same: events/s that arrived"),
    "rapid_rate": Row("64 streams as fast as they go: events/s", (Goal(">=", 1.0, "the better"),), True),
    "rapid_load_core": Row("the same: load generator and mock, % of their core"),
    "quiet_memory": Row("memory for each of 5,000 idle streams, KiB", (Goal("<=", 8),)),
    "bodies_before": Row("memory before 20 bodies of 64 MiB, MiB"),
    "bodies_after": Row("memory after them and a rest, MiB"),
    "bodies_growth": Row("the same: after / before", (Goal("<=", 1.1),)),
    "scan": Row("a body of 10 MB, model last: request scan, ms", (Goal("<=", 5),)),
    "instructions": Row("instructions per request in user space"),
}


def number(value):
    """Three significant digits, or whole."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


class Results:
    def __init__(self):
        self.values = collections.defaultdict(lambda: collections.defaultdict(list))
        self.failures = []

    def add(self, row, target, value):
        self.values[row][target].append(value)

    def fail(self, text):
        self.failures.append(text)

    def medians(self, row):
        return {target: statistics.median(values) for target, values in self.values[row].items()}

    def verdicts(self, key):
        """For each goal of a row: what to write about it, and whether it was reached."""
        row = ROWS[key]
        for goal in row.goals:
            judged = goal.judge(self.medians(key), row.higher_is_better)
            yield (goal.text(judged[0]), judged[1]) if judged else ("nothing to compare with", None)

    def table(self):
        lines = ["| measure | " + " | ".join(COLUMNS.values()) + " | pointsman's ratio | reached |",
                 "|---|" + "---|" * (len(COLUMNS) + 2)]
        for key, row in ROWS.items():
            if key not in self.values:
                continue
            cells = [self._cell(self.values[key].get(target)) for target in COLUMNS]
            verdicts = list(self.verdicts(key)) or [("", None)]
            texts = "; ".join(text for text, _ in verdicts)
            reached = "; ".join({True: "yes", False: "**no**", None: ""}[each] for _, each in verdicts)
            lines.append("| " + " | ".join([row.name, *cells, texts, reached]) + " |")
        return "\n".join(lines)

    @staticmethod
    def _cell(values):
        if not values:
            return ""
        median = number(statistics.median(values))
        return median if len(values) == 1 else f"{median} ({number(min(values))} to {number(max(values))})"

    def markdown(self, notes):
        text = self.table() + "\n\n" + "\n".join(f"- {note}" for note in notes) + "\n"
        if self.failures:
            text = "**These figures count for nothing: requests failed.**\n\n" + "".join(
                f"- {failure}\n" for failure in self.failures) + "\n" + text
        return text

    def json(self, notes):
        rows = {key: {"measure": ROWS[key].name, "rounds": values, "medians": self.medians(key),
                      "goals": [{"text": text, "reached": reached} for text, reached in self.verdicts(key)]}
                for key, values in self.values.items()}
        return json.dumps({"rows": rows, "failures": self.failures, "notes": notes}, indent=1) + "\n"
