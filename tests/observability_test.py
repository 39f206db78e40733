#!/usr/bin/env python3
"""Holds /metrics of a gateway that has served something against both of its formats, and against everything that relies
on it: the dashboard, the alert rules, and the table in docs/observability.md.

Usage: observability_test.py GATEWAY [-v] (the binary; the files are those of the tree that this file is in)

Where there is promtool, it has to agree: `promtool check metrics`, `check rules`, and `test rules` with tests/alerts_test.yml.
"""

import json
import pathlib
import re
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

import exposition
import programs
from gateway import PATIENCE, Gateway, Handler, HeldPort, Server, eventually

ROOT = pathlib.Path(__file__).resolve().parent.parent
DASHBOARD = ROOT / "config/grafana/pointsman.json"
ALERTS = ROOT / "config/prometheus/alerts.yml"
ALERTS_TEST = ROOT / "tests/alerts_test.yml"
TABLE = ROOT / "docs/observability.md"
AWKWARD = 'awk"ward\\'
PACE = 0.03  # seconds between the events of its streams
SUFFIXES = ("_bucket", "_sum", "_count")
# What PromQL has beside names of metrics; a new word here is a new word in a query.
WORDS = {"sum", "by", "rate", "increase", "histogram_quantile", "max", "min", "avg", "without", "and", "or", "unless", "on",
         "time", "le", "clamp_min", "count", "label_values", "group_left", "ignoring", "bool", "changes", "topk", "inf", "min_over_time"}


class Endpoint(Handler):
    """Serves the models `m` and AWKWARD, streamed or not; the streams of the second one take their time."""

    def do_GET(self):
        if self.path != "/v1/models":
            return self.answer(404, '{"error":{"message":"no"}}')
        models = [{"id": name, "object": "model"} for name in ("m", AWKWARD)]
        self.answer(200, json.dumps({"object": "list", "data": models}))

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        try:
            request = json.loads(body)
        except ValueError:
            return self.answer(400, '{"error":{"message":"not JSON"}}')
        if self.path not in ("/v1/chat/completions", "/v1/embeddings"):
            return self.answer(404, '{"error":{"message":"no"}}')
        if not isinstance(request, dict) or "model" not in request:
            return self.answer(400, '{"error":{"message":"model is missing"}}')
        usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
        if not request.get("stream"):
            return self.answer(200, json.dumps({"object": "chat.completion", "choices": [], "usage": usage}))
        events = [json.dumps({"choices": [{"delta": {"content": word}}]}) for word in "abcd"]
        events += [json.dumps({"choices": [], "usage": usage}), "[DONE]"]
        if request["model"] != AWKWARD:
            return self.answer(200, "".join(f"data: {each}\n\n" for each in events), "text/event-stream")
        self.begin_stream()
        for event in events:
            time.sleep(PACE)
            self.event(event)
        self.end_stream()


def ask(url, body=None, accept=None):
    request = urllib.request.Request(url, data=None if body is None else json.dumps(body).encode())
    if body is not None:
        request.add_header("Content-Type", "application/json")
    if accept:
        request.add_header("Accept", accept)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


class Scene:
    """A gateway over two endpoints, one of them down, that has answered and refused."""

    def __init__(self, binary):
        self.endpoint, self.gone = Server(Endpoint), HeldPort()
        self.gateway = Gateway(binary, f"workers: 2\nendpoints:\n- {{name: e, url: '{self.endpoint.url}'}}\n"
                                       f"- {{name: gone, url: '{self.gone.url}'}}")
        self.main, self.operations = (f"http://{each}" for each in (self.gateway.address, self.gateway.operations))

    def serve_something(self):
        bodies = [{"model": model, "stream": stream, "messages": []} for model in ("m", AWKWARD) for stream in (False, True)]
        for body in bodies:
            status, _, text = ask(self.main + "/v1/chat/completions", body)
            assert status == 200, text
        assert ask(self.main + "/v1/chat/completions", {"model": "words-of-a-client", "messages": []})[0] == 404
        assert ask(self.main + "/nowhere/words-of-a-client")[0] == 404
        # A request is counted when it has ended, which is a moment after its answer.
        eventually(lambda: self.gateway.metric("pointsman_requests_total") == len(bodies) + 2, "all requests are counted")

    def scrape(self, accept=None):
        _, headers, text = ask(self.operations + "/metrics", accept=accept)
        return headers["Content-Type"], text

    def close(self):
        self.gateway.close()
        self.endpoint.close()
        self.gone.close()


def used_by(query):
    """The metrics that a query names, and the labels that it asks each of them, or all of them, for."""
    text = re.sub(r"\$__\w+|\[[^\]]*\]", "", query)
    everywhere = set()
    for grouped in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", text):
        everywhere.update(label.strip() for label in grouped.split(",") if label.strip())
    text = re.sub(r"\b(?:by|without|on|ignoring)\s*\([^)]*\)", "", text)
    selected = {}
    for name, labels in re.findall(r"([a-zA-Z_:][\w:]*)(\{[^}]*\})?", re.sub(r'"[^"]*"', '""', text)):
        if name in WORDS:
            continue
        selected.setdefault(name, set()).update(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", labels))
    return selected, everywhere - {"le"}


def queries_of_dashboard():
    board = json.loads(DASHBOARD.read_text())
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield f"{DASHBOARD.name}: {panel['title']}", target["expr"]
    for variable in board["templating"]["list"]:
        found = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable.get("query", ""))
        if found:
            yield f"{DASHBOARD.name}: ${variable['name']}", f"sum by ({found[2]}) ({found[1]})"


def queries_of_rules():
    """Every `expr:` of the rules, which stand on one line each so that this needs no YAML reader."""
    name = ""
    for line in ALERTS.read_text().splitlines():
        found = re.match(r"\s*(?:- )?(alert|record|expr): (.+)", line)
        if found and found[1] == "expr":
            yield f"{ALERTS.name}: {name}", found[2]
        elif found:
            name = found[2]


class Observability(unittest.TestCase):
    scene = None
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.scene = Scene(cls.binary)
        cls.addClassCleanup(cls.scene.close)
        cls.scene.serve_something()
        cls.kind, cls.text = cls.scene.scrape()
        cls.families = exposition.read(cls.text, openmetrics=False)

    def labels(self, name):
        """Those of a metric as queries name it; None: there is no such metric."""
        family = self.families.get(name)
        for suffix in SUFFIXES:
            if family is None and name.endswith(suffix):
                family = self.families.get(name[:-len(suffix)])
                if family is not None and family.type != "histogram":
                    family = None
        return None if family is None else {label for sample in family.samples for label in sample.labels}

    def test_the_text_format_is_kept(self):
        self.assertEqual(self.kind, "text/plain; version=0.0.4; charset=utf-8")
        self.assertNotIn("# EOF", self.text)

    def test_openmetrics_says_the_same(self):
        kind, text = self.scene.scrape("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2")
        self.assertEqual(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8")
        families = exposition.read(text, openmetrics=True)
        suffix = {"counter": "_total", "info": "_info"}
        names = {name + suffix.get(family.type, "") for name, family in families.items()}
        self.assertEqual(names, set(self.families))
        labels = {(sample.name, frozenset(sample.labels)) for each in families.values() for sample in each.samples}
        self.assertEqual(labels, {(sample.name, frozenset(sample.labels))
                                  for each in self.families.values() for sample in each.samples})

    def test_labels_are_names_of_our_own(self):
        self.assertNotIn("words-of-a-client", self.text)
        requests = [sample.labels for sample in self.families["pointsman_requests_total"].samples]
        served = [each for each in requests if each["endpoint"] == "e"]
        self.assertEqual({each["model"] for each in served}, {"m", AWKWARD})
        self.assertEqual({(each["api"], each["status"]) for each in served}, {("chat_completions", "2xx")})
        unknown = [each for each in requests if each["status"] == "4xx" and each["api"]]
        self.assertEqual([(each["model"], each["endpoint"]) for each in unknown], [("", "")])

    def test_everything_has_a_sample(self):
        # An endpoint without a fault leaves nothing else empty.
        self.assertEqual([name for name, family in self.families.items() if not family.samples], [])

    def test_streams_are_timed(self):
        for name in ("gen_ai_server_time_to_first_token_seconds", "gen_ai_server_request_duration_seconds"):
            counts = {sample.labels["gen_ai_request_model"]: sample.value
                      for sample in self.families[name].samples if sample.name.endswith("_count")}
            self.assertEqual(counts, {"m": 1, AWKWARD: 1} if "first" in name else {"m": 2, AWKWARD: 2}, name)
        sums = {sample.labels["gen_ai_request_model"]: sample.value
                for sample in self.families["gen_ai_server_time_per_output_token_seconds"].samples
                if sample.name.endswith("_sum")}
        # Five events that carry something, with four pauses between them, and four tokens by the endpoint's count.
        # What comes late may come together.
        self.assertGreater(sums[AWKWARD], PACE / 3)
        self.assertEqual(sums["m"], 0)  # it came all at once
        between = {sample.name: sample.value
                   for sample in self.families["pointsman_endpoint_time_between_tokens_seconds"].samples}
        self.assertIn(between["pointsman_endpoint_time_between_tokens_seconds_count"], (1, 2, 3, 4))
        overhead = self.families["pointsman_overhead_seconds"].samples[-1]
        self.assertGreaterEqual(overhead.value, 1)

    def test_every_query_names_what_is_there(self):
        queries = list(queries_of_dashboard()) + list(queries_of_rules())
        self.assertGreater(len(queries), 40)
        recorded = set(re.findall(r"record: (\S+)", ALERTS.read_text()))
        wrong = []
        for where, query in queries:
            selected, everywhere = used_by(query)
            self.assertTrue(selected, f"{where} names nothing: {query}")
            known = set()
            for name, asked in selected.items():
                if name in recorded:
                    known |= everywhere
                    continue
                labels = self.labels(name)
                if labels is None:
                    wrong.append(f"{where}: there is no {name}")
                    continue
                known |= labels
                # Prometheus adds the last two.
                wrong += [f"{where}: {name} has no {label}" for label in asked - labels - {"job", "instance"}]
            wrong += [f"{where}: nothing in it has {label}" for label in everywhere - known - {"job", "instance"}]
        self.assertEqual(wrong, [])

    def test_rules_say_what_to_do(self):
        text = ALERTS.read_text()
        for alert in re.split(r"(?m)^      - alert: ", text)[1:]:
            name = alert.split()[0]
            for part in ("expr:", "for:", "severity:", "summary:", "runbook:"):
                self.assertIn(part, alert, name)

    def test_the_docs_name_what_is_there(self):
        rows = re.findall(r"(?m)^\| `((?:pointsman|gen_ai|process)_\w+)` \| (\w+) \| ([^|]*)\|", TABLE.read_text())
        told = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
        self.assertEqual(len(rows), len(told), "a metric is told of twice")
        there = {name: (family.type, {label for sample in family.samples for label in sample.labels} - {"le"})
                 for name, family in self.families.items()}
        self.assertEqual(sorted((name, kind, sorted(labels)) for name, (kind, labels) in told.items()),
                         sorted((name, kind, sorted(labels)) for name, (kind, labels) in there.items()))

    def test_promtool_agrees(self):
        promtool = programs.demand("promtool")
        for words, text in ((["check", "metrics"], self.text), (["check", "rules", ALERTS], None),
                            (["test", "rules", ALERTS_TEST], None)):
            with self.subTest(words[1]):
                checked = subprocess.run([promtool, *map(str, words)], input=text, text=True, capture_output=True)
                self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_the_tests_of_rules_name_rules_that_there_are(self):
        alerts = set(re.findall(r"- alert: (\w+)", ALERTS.read_text()))
        tested = set(re.findall(r'alertname="(\w+)"', ALERTS_TEST.read_text()))
        self.assertEqual(tested - alerts, set())


class Strictness(unittest.TestCase):
    """The reader can find fault."""

    GOOD = '# HELP pointsman_x_total X.\n# TYPE pointsman_x_total counter\npointsman_x_total{a="b"} 1\n'

    def test_takes_what_is_right(self):
        self.assertEqual(list(exposition.read(self.GOOD, openmetrics=False)), ["pointsman_x_total"])

    def test_refuses_what_is_wrong(self):
        histogram = ("# HELP pointsman_h H.\n# TYPE pointsman_h histogram\n"
                     'pointsman_h_bucket{le="1"} 2\npointsman_h_bucket{le="+Inf"} 3\npointsman_h_sum 4\npointsman_h_count 3\n')
        exposition.read(histogram, openmetrics=False)
        for wrong in (self.GOOD[:-1],  # no last line feed
                      self.GOOD * 2,  # twice
                      self.GOOD + 'pointsman_x_total{a="b"} 2\n',  # the same sample again
                      self.GOOD + 'pointsman_x_total{c="b"} 2\n',  # other labels
                      self.GOOD + "pointsman_y_total 1\n",  # of no family
                      self.GOOD.replace("x_total", "x"),  # a counter without its suffix
                      self.GOOD.replace('"b"', '"b"c"'),  # not escaped
                      self.GOOD.replace("} 1", "} one"), self.GOOD.replace("} 1", "}  1"),
                      self.GOOD.replace("# HELP pointsman_x_total X.\n", ""),
                      self.GOOD.replace("counter", "number"),
                      histogram.replace("} 2", "} 4"),  # not cumulative
                      histogram.replace('"+Inf"', '"2"'), histogram.replace("count 3", "count 2"),
                      histogram.replace("pointsman_h_sum 4\n", "")):
            with self.assertRaises(exposition.Wrong, msg=wrong):
                exposition.read(wrong, openmetrics=False)
        for wrong in (self.GOOD + "# EOF\n", histogram + "# EOF\n", self.GOOD.replace("# HELP pointsman_x_total", "# HELP x")):
            with self.assertRaises(exposition.Wrong, msg=wrong):
                exposition.read(wrong, openmetrics=True)


if __name__ == "__main__":
    Observability.binary = sys.argv.pop(1)
    unittest.main()
