// The official `@anthropic-ai/sdk` package of Node against every upstream.

import Anthropic from "@anthropic-ai/sdk";
import {
  CITY, GATEWAY, KEY, PIXEL, QUESTION, RESULTS, SYSTEM, TOOLS,
  called, cells, ensure, fits, overloaded, raised, run, said, seen, told, used,
} from "./checks.mjs";

const client = new Anthropic({ baseURL: GATEWAY, apiKey: KEY, timeout: 30_000, maxRetries: 0 });
const cell = cells("");
const messages = [{ role: "user", content: QUESTION }];
const tools = Object.entries(TOOLS).map(([name, description]) => ({ name, description, input_schema: CITY }));
const base = { max_tokens: 4096, system: SYSTEM, messages };

const counted = ({ input_tokens, cache_read_input_tokens, output_tokens }) =>
  used(input_tokens + cache_read_input_tokens, cache_read_input_tokens, output_tokens);
const final = ({ content }) => content.filter(({ type }) => type === "text").map(({ text }) => text).join("");

cell("text", "talk", async (model) => {
  const answer = await client.messages.create({ ...base, model });
  said(final(answer));
  ensure(answer.stop_reason === "end_turn", answer);
  counted(answer.usage);
});

cell("stream", "talk", async (model) => {
  const stream = client.messages.stream({ ...base, model });
  let text = "";
  stream.on("text", (piece) => (text += piece));
  const answer = await stream.finalMessage();
  said(text);
  ensure(final(answer) === text, answer);
  counted(answer.usage);
});

async function turns(model, streamed, more = {}) {
  const call = { ...base, model, tools, ...more };
  const first = streamed ? await client.messages.stream(call).finalMessage() : await client.messages.create(call);
  const calls = first.content.filter(({ type }) => type === "tool_use");
  called(calls.map(({ name, input }) => [name, input]));
  ensure(first.stop_reason === "tool_use", first.stop_reason);
  const results = calls.map(({ id, name }) => ({ type: "tool_result", tool_use_id: id, content: RESULTS[name] }));
  const history = [...messages, { role: "assistant", content: first.content }, { role: "user", content: results }];
  return final(await client.messages.create({ ...call, messages: history }));
}

cell("tools", "agent", async (model) => told(await turns(model, false)));
cell("tools stream", "agent", async (model) => told(await turns(model, true)));
cell("reasoning", "reasoner", async (model) => {
  const thinking = { type: "enabled", budget_tokens: 1024 };
  told(await turns(model, false, { thinking }), true);
  told(await turns(model, true, { thinking }), true);
});

cell("structured", "talk", async (model) => {
  const output_config = { format: { type: "json_schema", schema: CITY } };
  fits(JSON.parse(final(await client.messages.create({ ...base, model, output_config }))));
});

cell("image", "talk", async (model) => {
  const source = { type: "base64", media_type: "image/png", data: PIXEL };
  const content = [{ type: "image", source }, { type: "text", text: QUESTION }];
  seen(final(await client.messages.create({ ...base, model, messages: [{ role: "user", content }] })));
});

async function failing(expected, status, model) {
  for (const stream of [true, false]) {
    const error = await raised(expected, () => client.messages.create({ ...base, model, stream }));
    ensure(error.status === status, `${error.status}: ${error.message}`);
    if (!stream) return error;
  }
}

cell("429", "429", async (model) => {
  const error = await failing(Anthropic.RateLimitError, 429, model);
  ensure(Number(error.headers.get("retry-after")) > 0, "no retry-after");
});
cell("overloaded", "overloaded", async (model, upstream) => {
  const error = await failing(undefined, overloaded("anthropic", upstream), model);
  ensure(error instanceof Anthropic.InternalServerError, error.constructor.name);
  ensure(error.error.error.type === "overloaded_error", error.error);
});
cell("context length", "context", async (model) => {
  const error = await failing(Anthropic.BadRequestError, 400, model);
  ensure(error.message.includes("prompt is too long: "), error.message);
});

await run();
