// The official OpenAI SDK for Node as a client of pointsman. Run by tests/sdk/run.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import OpenAI, { toFile } from "openai";

let requests = 0; // that the SDK really sent, its own retries included
const counting = (url, options) => {
  requests += 1;
  return fetch(url, options);
};
const client = (apiKey) => new OpenAI({ baseURL: process.env.POINTSMAN_URL, apiKey, fetch: counting });
const openai = client(process.env.POINTSMAN_KEY);
const messages = [{ role: "user", content: "what goes in comes out" }];

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

test("chat", async () => {
  const chat = await openai.chat.completions.create({ model: "demo", messages });
  assert.equal(chat.choices[0].message.content, "what goes in comes out");
  assert.equal(chat.choices[0].finish_reason, "stop");
  assert.deepEqual([chat.usage.prompt_tokens, chat.usage.completion_tokens, chat.usage.total_tokens], [5, 5, 10]);
  assert.ok(chat._request_id);
  assert.equal(requests, 1);
});

test("streamed chat", async () => {
  const stream = await openai.chat.completions.create({
    model: "demo", messages, stream: true, stream_options: { include_usage: true },
  });
  const pieces = [];
  let usage;
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta.content) pieces.push(chunk.choices[0].delta.content);
    usage = chunk.usage ?? usage;
  }
  assert.deepEqual(pieces, ["what", " goes", " in", " comes", " out"]);
  assert.equal(usage.total_tokens, 10);
});

test("responses", async () => {
  const response = await openai.responses.create({ model: "demo", input: "two words" });
  assert.equal(response.output_text, "two words");
  assert.equal(response.status, "completed");
  assert.equal(response.usage.total_tokens, 4);
});

test("streamed responses", async () => {
  const stream = openai.responses.stream({ model: "demo", input: "two words" });
  const types = [];
  for await (const event of stream) types.push(event.type);
  assert.deepEqual(types, [
    "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
    "response.output_text.delta", "response.output_text.delta", "response.output_text.done",
    "response.content_part.done", "response.output_item.done", "response.completed",
  ]);
  assert.equal((await stream.finalResponse()).output_text, "two words");
});

test("completions", async () => {
  const completion = await openai.completions.create({ model: "demo", prompt: "say it" });
  assert.equal(completion.choices[0].text, "say it");
});

test("embeddings, as base64 and as numbers", async () => {
  const one = await openai.embeddings.create({ model: "demo", input: "a text" }); // the SDK asks for base64
  const two = await openai.embeddings.create({ model: "demo", input: ["a text", "other"], encoding_format: "float" });
  assert.equal(one.data[0].embedding.length, 8);
  one.data[0].embedding.forEach((value, i) => assert.ok(Math.abs(value - two.data[0].embedding[i]) < 1e-6));
  assert.equal(two.data.length, 2);
});

test("moderations", async () => {
  const moderation = await openai.moderations.create({ model: "media", input: "a text" });
  assert.equal(moderation.results[0].flagged, false);
});

test("speech, every byte of it", async () => {
  const speech = await openai.audio.speech.create({ model: "media", voice: "alloy", input: "a text" });
  const bytes = Buffer.from(await speech.arrayBuffer());
  assert.deepEqual(bytes, Buffer.from(Array.from({ length: 1024 }, (_, i) => i % 256)));
});

test("transcriptions, of a file in a form", async () => {
  const file = await toFile(Buffer.alloc(300_000, "~"), "model");
  const transcription = await openai.audio.transcriptions.create({ model: "media", file });
  assert.equal(transcription.text, "300000 of it heard");
});

test("images, generated and edited", async () => {
  const drawn = await openai.images.generate({ model: "media", prompt: "a point" });
  assert.equal(drawn.data[0].b64_json, "eA==");
  const image = await toFile(Buffer.alloc(1000, "~"), "a.png", { type: "image/png" });
  const edited = await openai.images.edit({ model: "media", image, prompt: "a line" });
  assert.equal(edited.data[0].revised_prompt, "1000 of it seen");
});

test("models.list", async () => {
  const models = (await openai.models.list()).data;
  const ids = models.map((model) => model.id).sort();
  assert.deepEqual(ids, ["claude", "demo", "dying", "failing", "media", "org/chat-only:1b", "talking"]);
  for (const model of models) {
    assert.equal(model.object, "model");
    assert.equal(typeof model.created, "number");
    assert.equal(typeof model.owned_by, "string");
  }
  const demo = models.find((model) => model.id === "demo");
  for (const api of ["chat_completions", "responses", "embeddings"]) assert.ok(demo.supported_apis.includes(api), api);
});

test("models.retrieve, also with a slash in the id", async () => {
  const model = await openai.models.retrieve("org/chat-only:1b");
  assert.equal(model.id, "org/chat-only:1b");
  assert.deepEqual(model.supported_apis, ["chat_completions"]);
  assert.ok((await rejection(openai.models.retrieve("org/none"))) instanceof OpenAI.NotFoundError);
});

test("a wrong key raises AuthenticationError", async () => {
  const error = await rejection(client("wrong").chat.completions.create({ model: "demo", messages }));
  assert.ok(error instanceof OpenAI.AuthenticationError, error.constructor.name);
  assert.equal(error.code, "invalid_api_key");
  assert.ok(error.requestID);
  assert.ok((await rejection(client("wrong").models.list())) instanceof OpenAI.AuthenticationError);
});

test("an unknown model raises NotFoundError", async () => {
  const error = await rejection(openai.chat.completions.create({ model: "none", messages }));
  assert.ok(error instanceof OpenAI.NotFoundError, error.constructor.name);
  assert.equal(error.code, "model_not_found");
  assert.equal(error.param, "model");
  assert.equal(requests, 1);
});

for (const [api, call] of Object.entries({
  responses: () => openai.responses.create({ model: "org/chat-only:1b", input: "x" }),
  "streamed responses": () => openai.responses.create({ model: "org/chat-only:1b", input: "x", stream: true }),
  embeddings: () => openai.embeddings.create({ model: "org/chat-only:1b", input: "x" }),
})) {
  test(`${api} of a model without them raise 501 after exactly one request`, async () => {
    const error = await rejection(call());
    assert.ok(error instanceof OpenAI.InternalServerError, error.constructor.name);
    assert.equal(error.status, 501);
    assert.equal(error.code, "unsupported_api");
    assert.equal(error.param, "model");
    assert.match(error.message, /org\/chat-only:1b/);
    assert.equal(requests, 1);
  });
}

test("an endpoint's own failure comes through, and the SDK tries it again", async () => {
  const error = await rejection(openai.chat.completions.create({ model: "failing", messages }));
  assert.ok(error instanceof OpenAI.InternalServerError, error.constructor.name);
  assert.equal(error.code, "broken");
  assert.equal(requests, 3); // so the counts above can be more than 1
});

test("a stream whose endpoint dies in its middle raises, and is not tried again", async () => {
  const streams = {
    chat: () => openai.chat.completions.create({ model: "dying", messages, stream: true }),
    responses: () => openai.responses.create({ model: "dying", input: "x", stream: true }),
  };
  for (const [name, create] of Object.entries(streams)) {
    requests = 0;
    let events = 0;
    const error = await rejection((async () => {
      for await (const _ of await create()) events += 1;
    })());
    assert.ok(error instanceof OpenAI.APIError, name);
    assert.match(error.message, /before its answer was whole/, name);
    assert.equal(events, 1, name);
    assert.equal(requests, 1, name);
  }
});
