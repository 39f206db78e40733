// The code of docs/clients/openai-node.md, as it stands there. Run by tests/sdk/run.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";

const page = await readFile(`${process.env.POINTSMAN_PAGES}/openai-node.md`, "utf8");
const blocks = [...page.matchAll(/^```js\n([^]*?)^```$/gm)].map((match) => match[1]);

// What the block prints.
async function run(number) {
  const file = `page_${number}.mjs`;
  await writeFile(file, blocks[number]);
  const env = { ...process.env, OPENAI_BASE_URL: process.env.POINTSMAN_URL, OPENAI_API_KEY: process.env.POINTSMAN_KEY };
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env, timeout: 60_000 });
  return stdout;
}

test("what the page asks for", async () => {
  const told = await run(0);
  assert.match(told, /^demo \[/m);
  assert.match(told, /^Hello there$/m);
  assert.match(told, /^Word by word\n 6 tokens$/m);
});

test("what fails on the page", async () => {
  assert.match(await run(1), /^501 unsupported_api req_\w+\n$/);
});
