#!/usr/bin/env bash
# What `pointsman probe` says of a real llama-server in each of its forms, and that asking cost the server nothing: no
# token, no slot, no model loaded, nobody woken. `./dev test-real` runs it.
#   POINTSMAN     the binary
#   LLAMA_SERVER  a command that takes PORT and llama-server's options and stays in the foreground
set -euo pipefail
: "${POINTSMAN:?the path of the pointsman binary}" "${LLAMA_SERVER:?the path of the llama-server command}"

work=$(mktemp -d)
server=
stop() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; } || true
  server=
}
trap 'stop; rm -rf "$work"' EXIT

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
  "$LLAMA_SERVER" "$port" --slots --metrics "$@" >"$work/server.log" 2>&1 &
  server=$!
  # The first start of all may have to install the server.
  for _ in $(seq 1 3000); do
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$url/health")" = 200 ] && return
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  echo "$form does not start:" && cat "$work/server.log" && exit 1
}

# Probes and leaves "health type version models chat completions responses embeddings" in $found.
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
}

expect() { # WHAT
  if [ "$found" = "$1" ]; then
    echo "ok     $form: $found"
  else
    fail "found \"$found\" instead of \"$1\""
  fi
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

start "chat model"
probe
expect "up llama.cpp versioned tiny yes yes yes no"
expect_untouched
"$POINTSMAN" probe "$url" >/dev/null || fail "the exit code is not 0"
"$POINTSMAN" probe "$url/v1/v1" >"$work/wrong.txt" 2>&1 && fail "a wrong path is taken for right" || true
grep -q "try $url/v1" "$work/wrong.txt" || fail "a wrong path is not explained: $(head -n 1 "$work/wrong.txt")"

start "embedding model" -m /models/tiny-embed.gguf --alias tiny-embed --embeddings
probe
expect "up llama.cpp versioned tiny-embed yes yes yes yes"
expect_untouched

start "with a key" --api-key k
probe
expect "auth llama.cpp - - unknown unknown unknown unknown"
PROBE_KEY=k probe --key-env PROBE_KEY
expect "up llama.cpp versioned tiny yes yes yes no"
expect_untouched -H "Authorization: Bearer k"

start "router" --models-dir /models
probe
expect "up llama.cpp versioned tiny,tiny-embed yes yes yes yes"
curl -s "$url/v1/models" | grep -q '"value":"load' && fail "a model was loaded" || true

start "asleep" --sleep-idle-seconds 1
is_sleeping() { curl -s "$url/props" | grep -q '"is_sleeping":true'; }
for _ in $(seq 1 300); do is_sleeping && break || sleep 0.1; done
probe
expect "up llama.cpp versioned tiny unknown unknown unknown unknown"
is_sleeping || fail "the probe woke it"

stop
[ "$failures" = 0 ] || { echo "$failures failed"; exit 1; }
