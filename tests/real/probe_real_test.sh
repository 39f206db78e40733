#!/usr/bin/env bash
# What `pointsman probe` says of a real llama-server in each of its forms, and that asking cost the server nothing: no
# token, no slot, no model loaded, nobody woken. `./dev test-real` runs it.
#   POINTSMAN     the binary
#   LLAMA_SERVER  a command that takes PORT and llama-server's options and stays in the foreground
set -euo pipefail
: "${POINTSMAN:?the path of the pointsman binary}" "${LLAMA_SERVER:?the path of the llama-server command}"

work=$(mktemp -d)
server=
# One whose streams were just cancelled may hang in its own way of ending.
stop() {
  [ -n "$server" ] || return 0
  kill "$server" 2>/dev/null || true
  for _ in $(seq 1 50); do
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}
trap 'stop; rm -rf "$work"' EXIT

metrics=(--metrics) # how every server is started
failures=0
fail() {
  echo "FAILED $form: $*"
  failures=$((failures + 1))
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

start() { # FORM [options of llama-server ...]
  form=$1
  shift
  stop
  port=$(free_port)
  url=http://127.0.0.1:$port
  "$LLAMA_SERVER" "$port" --slots "${metrics[@]}" "$@" >"$work/server.log" 2>&1 &
  server=$!
  # The first start of all may have to install the server.
  for _ in $(seq 1 3000); do
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$url/health")" = 200 ] && return
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  echo "$form does not start:" && cat "$work/server.log" && exit 1
}

# Probes and leaves "health type version models chat completions responses embeddings" in $found, and in $load
# "running waiting slots" and which models are loaded.
probe() { # [options of pointsman probe ...]
  "$POINTSMAN" probe "$url" --json "$@" >"$work/probe.json" 2>"$work/probe.err" || true
  found=$(python3 - "$work/probe.json" <<'PYTHON' || cat "$work/probe.err"
import json, sys
found = json.load(open(sys.argv[1]))
routes = found["routes"]
apis = ["chat_completions", "completions", "responses", "embeddings"]
print(found["health"], found["server_type"] or "-", "versioned" if found["version"] else "-",
      ",".join(model["id"] for model in found["models"]) or "-", *[routes[api]["verdict"] for api in apis])
PYTHON
)
  load=$(python3 - "$work/probe.json" <<'PYTHON' || true
import json, sys
found = json.load(open(sys.argv[1]))
load = found["load"]
of_models = [f"{model['id']}:{ {True: 'loaded', False: 'unloaded', None: '?'}[model['loaded']]}"
             for model in found["models"]]
print(*["-" if load[figure] is None else load[figure] for figure in ["running", "waiting", "slots"]], *of_models)
PYTHON
)
}

expect() { # WHAT
  if [ "$found" = "$1" ]; then
    echo "ok     $form: $found"
  else
    fail "found \"$found\" instead of \"$1\""
  fi
}

# All routes that it has, in the order of the table of APIs; that it has none of the others; "?NAME": nobody knows.
expect_routes() { # NAME ...
  local routes
  routes=$(python3 - "$work/probe.json" <<'PYTHON'
import json, sys
found = json.load(open(sys.argv[1]))
marks = {"yes": "", "unknown": "?"}
print(*[marks[route["verdict"]] + name for name, route in found["routes"].items() if route["verdict"] in marks])
PYTHON
)
  [ "$routes" = "$*" ] || fail "has the routes \"$routes\" instead of \"$*\""
}

expect_load() { # WHAT
  [ "$load" = "$1" ] || fail "found the load \"$load\" instead of \"$1\""
}

# What is known of each model itself: its verdicts in the order of $found.
expect_model() { # ID WHAT
  local of_model
  of_model=$(python3 - "$work/probe.json" "$1" <<'PYTHON'
import json, sys
found = json.load(open(sys.argv[1]))
apis = next(model["apis"] for model in found["models"] if model["id"] == sys.argv[2])
print(*[apis[api]["verdict"] for api in ["chat_completions", "completions", "responses", "embeddings"]])
PYTHON
)
  [ "$of_model" = "$2" ] || fail "model $1 has \"$of_model\" instead of \"$2\""
}

wait_for() { # COMMAND ...
  for _ in $(seq 1 300); do
    "$@" && return
    sleep 0.1
  done
  fail "waited in vain for: $*"
}

# The server's own counters: nothing was computed. A key may be needed to read them.
expect_untouched() { # [curl options ...]
  local spent
  spent=$(curl -s "$@" "$url/metrics" |
    awk '/^llamacpp:(prompt_tokens_total|tokens_predicted_total|n_decode_total|requests_deferred)/ && $2 != 0')
  [ -z "$spent" ] || fail "the probe made the server work: $spent"
  curl -s "$@" "$url/metrics" | grep -q '^llamacpp:tokens_predicted_total 0$' || fail "no counters to look at"
  curl -s "$@" "$url/slots" | grep -q '"is_processing":true' && fail "a slot is in use" || true
  grep -q 'launch_slot_' "$work/server.log" && fail "a slot was used" || true
}

of_every_model="responses_input_tokens tokenize detokenize messages messages_count_tokens"

start "chat model"
probe
expect "up llama.cpp versioned tiny yes yes yes no"
expect_routes chat_completions completions responses $of_every_model
expect_load "0 0 4 tiny:loaded"
expect_untouched
"$POINTSMAN" probe "$url" >/dev/null || fail "the exit code is not 0"
"$POINTSMAN" probe "$url/v1/v1" >"$work/wrong.txt" 2>&1 && fail "a wrong path is taken for right" || true
grep -q "try $url/v1" "$work/wrong.txt" || fail "a wrong path is not explained: $(head -n 1 "$work/wrong.txt")"

# Six streams for four slots: four are worked on, two wait.
form="chat model at work"
streams=()
for _ in 1 2 3 4 5 6; do
  curl -sN "$url/v1/completions" -d '{"prompt": "a", "stream": true, "n_predict": 1000000, "ignore_eos": true}' \
    >/dev/null 2>&1 &
  streams+=($!)
done
shows_four_and_two() {
  probe
  [ "$load" = "4 2 4 tiny:loaded" ]
}
wait_for shows_four_and_two
echo "ok     $form: $load"
kill "${streams[@]}" 2>/dev/null || true
wait "${streams[@]}" 2>/dev/null || true

metrics=()
start "without metrics"
probe
expect "up llama.cpp versioned tiny yes yes yes no"
expect_load "- - 4 tiny:loaded"
metrics=(--metrics)

start "embedding model" -m /models/tiny-embed.gguf --alias tiny-embed --embeddings
probe
expect "up llama.cpp versioned tiny-embed yes yes yes yes"
expect_routes chat_completions completions responses embeddings $of_every_model
expect_model tiny-embed "yes yes yes yes"
expect_load "0 0 4 tiny-embed:loaded"
expect_untouched

start "reranking model" -m /models/tiny-embed.gguf --alias tiny-rank --reranking
probe
expect "up llama.cpp versioned tiny-rank yes yes yes yes"
expect_routes chat_completions completions responses embeddings responses_input_tokens rerank tokenize detokenize \
  messages messages_count_tokens
expect_untouched

start "with a key" --api-key k
probe
expect "auth llama.cpp - - unknown unknown unknown unknown"
PROBE_KEY=k probe --key-env PROBE_KEY
expect "up llama.cpp versioned tiny yes yes yes no"
expect_load "0 0 4 tiny:loaded"
expect_untouched -H "Authorization: Bearer k"

start "router" --models-dir /models
probe
expect "up llama.cpp versioned tiny,tiny-embed yes yes yes yes"
expect_routes chat_completions completions responses embeddings responses_input_tokens rerank tokenize detokenize \
  audio_transcriptions messages messages_count_tokens
expect_load "- - - tiny:unloaded tiny-embed:unloaded"
expect_model tiny-embed "yes yes yes yes"
curl -s "$url/v1/models" | grep -q '"value":"load' && fail "a model was loaded" || true

form="router with a model loaded"
curl -s "$url/models/load" -d '{"model": "tiny-embed"}' >/dev/null
shows_one_loaded() {
  probe
  [ "$load" = "- - - tiny:unloaded tiny-embed:loaded" ]
}
wait_for shows_one_loaded
echo "ok     $form: $load"

start "asleep" --sleep-idle-seconds 1
is_sleeping() { curl -s "$url/props" | grep -q '"is_sleeping":true'; }
wait_for is_sleeping
probe
expect "up llama.cpp versioned tiny unknown unknown unknown unknown"
expect_load "- - 4 tiny:unloaded"
is_sleeping || fail "the probe woke it"

# What a routine probe asks every time neither keeps a server awake nor wakes it.
start "about to fall asleep" --sleep-idle-seconds 2
is_sleeping_though_asked() {
  curl -s -o /dev/null -o /dev/null "$url/v1/models" "$url/metrics"
  is_sleeping
}
wait_for is_sleeping_though_asked
for _ in 1 2 3; do is_sleeping_though_asked || fail "the questions of a routine probe woke it"; done
echo "ok     $form: it does, however often it is asked"

stop
[ "$failures" = 0 ] || { echo "$failures failed"; exit 1; }
