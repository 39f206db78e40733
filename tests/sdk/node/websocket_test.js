// The official OpenAI SDK's WebSocket clients through pointsman. Run by tests/sdk/run.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import OpenAI from "openai";
import { ResponsesWS } from "openai/resources/responses/ws";
import { WebSocket } from "ws";

const client = (apiKey = process.env.POINTSMAN_KEY) => new OpenAI({ baseURL: process.env.POINTSMAN_URL, apiKey });
const url = (path) => process.env.POINTSMAN_URL.replace("http", "ws") + path;

// The next event of an SDK's connection, an error included.
const next = (socket) =>
  new Promise((resolve) => {
    socket.on("error", (error) => resolve(error.error ?? error));
    socket.on("event", resolve);
  });
const closed = (socket) => new Promise((resolve) => socket.socket.on("close", resolve));

test("responses over WebSocket", async () => {
  const socket = new ResponsesWS(client());
  const completed = new Promise((resolve, reject) => {
    socket.on("response.completed", resolve);
    socket.on("error", reject);
  });
  socket.send({ type: "response.create", model: "talking", input: "what goes in" });
  const event = await completed;
  assert.equal(event.response.model, "talking");
  const ends = closed(socket);
  socket.close({ code: 1000, reason: "done" });
  await ends;
});

test("the error event of a model that is not there", async () => {
  const socket = new ResponsesWS(client());
  const event = next(socket);
  const ends = closed(socket);
  socket.send({ type: "response.create", model: "nobody", input: "x" });
  const error = await event;
  assert.equal(error.type, "error");
  assert.equal(error.status, 404);
  assert.equal(error.error.code, "model_not_found");
  await ends;
});

test("a wrong key is refused before the handshake is answered", async () => {
  const socket = new WebSocket(url("/responses"), { headers: { Authorization: "Bearer wrong" } });
  const [, answer] = await once(socket, "unexpected-response");
  assert.equal(answer.statusCode, 401);
  answer.destroy();
});

// The SDK's own OpenAIRealtimeWS always dials wss://, so the package that it stands on is asked here.
test("realtime", async () => {
  const socket = new WebSocket(url("/realtime?model=talking"), {
    headers: { Authorization: `Bearer ${process.env.POINTSMAN_KEY}` },
  });
  const [event] = await once(socket, "message");
  assert.equal(JSON.parse(event).session.model, "talking");
  socket.send("ping me");
  const [echo] = await once(socket, "message");
  assert.equal(String(echo), "ping me");
  socket.close(4001, "done");
  const [code, reason] = await once(socket, "close");
  assert.deepEqual([code, String(reason)], [4001, "done"]);
});

test("realtime with the key that browsers send", async () => {
  const socket = new WebSocket(url("/realtime?model=talking"), [
    "realtime", `openai-insecure-api-key.${process.env.POINTSMAN_KEY}`,
  ]);
  const [event] = await once(socket, "message");
  assert.equal(JSON.parse(event).type, "session.created");
  assert.equal(socket.protocol, "realtime");
  socket.close(1000);
  const [code] = await once(socket, "close");
  assert.equal(code, 1000);
});
