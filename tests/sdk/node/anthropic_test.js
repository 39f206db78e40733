// The official Anthropic SDK for Node as a client of pointsman. Run by tests/sdk/run.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";

let requests = 0; // that the SDK really sent, its own retries included
const counting = (url, options) => {
  requests += 1;
  return fetch(url, options);
};
const baseURL = process.env.POINTSMAN_URL.replace(/\/v1$/, ""); // the SDK writes /v1 itself
const client = (apiKey) => new Anthropic({ baseURL, apiKey, authToken: null, fetch: counting });
const anthropic = client(process.env.POINTSMAN_KEY);
const question = { model: "claude", max_tokens: 10, messages: [{ role: "user", content: "so?" }] };

// What the promise rejects with.
async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail("nothing was thrown");
}

beforeEach(() => {
  requests = 0;
});

test("messages", async () => {
  const message = await anthropic.messages.create(question);
  assert.equal(message.content[0].text, "so far, so good");
  assert.equal(message.usage.input_tokens, 3);
  assert.equal(requests, 1);
});

test("messages with the key as a bearer token", async () => {
  const bearer = new Anthropic({ baseURL, apiKey: null, authToken: process.env.POINTSMAN_KEY });
  assert.equal((await bearer.messages.create(question)).stop_reason, "end_turn");
});

test("streamed messages", async () => {
  const stream = anthropic.messages.stream(question);
  const texts = [];
  stream.on("text", (text) => texts.push(text));
  const message = await stream.finalMessage();
  assert.deepEqual(texts, ["so far", ", so good"]);
  assert.equal(message.content[0].text, "so far, so good");
  assert.equal(message.stop_reason, "end_turn");
});

test("countTokens", async () => {
  const { model, messages } = question;
  assert.equal((await anthropic.messages.countTokens({ model, messages })).input_tokens, 3);
});

test("models.list and models.retrieve", async () => {
  const models = [];
  for await (const model of anthropic.models.list()) models.push(model);
  assert.deepEqual(models.map((model) => model.id).sort(),
    ["claude", "demo", "dying", "failing", "media", "org/chat-only:1b", "talking"]);
  for (const model of models) {
    assert.equal(model.type, "model");
    assert.equal(model.display_name, model.id);
    assert.ok(Date.parse(model.created_at) >= 0, model.created_at);
  }
  assert.equal(requests, 1);
  assert.equal((await anthropic.models.retrieve("org/chat-only:1b")).id, "org/chat-only:1b");
});

test("a wrong key raises AuthenticationError", async () => {
  const error = await rejection(client("wrong").messages.create(question));
  assert.ok(error instanceof Anthropic.AuthenticationError, error.constructor.name);
  assert.equal(error.error.error.type, "authentication_error");
  assert.ok(error.requestID);
  assert.equal(requests, 1);
});

test("an unknown model raises NotFoundError", async () => {
  const error = await rejection(anthropic.messages.create({ ...question, model: "none" }));
  assert.ok(error instanceof Anthropic.NotFoundError, error.constructor.name);
  assert.equal(error.error.error.type, "not_found_error");
  assert.equal(requests, 1);
});

test("a model without messages raises 501 after exactly one request", async () => {
  const error = await rejection(anthropic.messages.create({ ...question, model: "org/chat-only:1b" }));
  assert.ok(error instanceof Anthropic.InternalServerError, error.constructor.name);
  assert.equal(error.status, 501);
  assert.match(error.message, /org\/chat-only:1b/);
  assert.equal(requests, 1);
});

test("a stream whose endpoint dies in its middle raises, and is not tried again", async () => {
  let events = 0;
  const error = await rejection((async () => {
    for await (const _ of await anthropic.messages.create({ ...question, model: "dying", stream: true })) events += 1;
  })());
  assert.ok(error instanceof Anthropic.APIError, error.constructor.name);
  assert.match(error.message, /before its answer was whole/);
  assert.equal(events, 3);
  assert.equal(requests, 1);
});
