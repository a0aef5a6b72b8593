// The official `openai` package of Node against every upstream: chat completions and responses.

import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import {
  CITY, GATEWAY, KEY, PIXEL, QUESTION, RESULTS, SYSTEM, TOOLS,
  called, cells, ensure, fits, overloaded, raised, run, said, seen, told, used,
} from "./checks.mjs";

const client = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: KEY, timeout: 30_000, maxRetries: 0 });
const City = z.object({ city: z.string(), days: z.number().int() });
const tools = Object.entries(TOOLS);

// Chat completions.

const chat = cells("chat");
const messages = [{ role: "system", content: SYSTEM }, { role: "user", content: QUESTION }];
const functions = tools.map(([name, description]) => ({
  type: "function",
  function: { name, description, parameters: CITY },
}));

chat("text", "talk", async (model) => {
  const answer = await client.chat.completions.create({ model, messages });
  said(answer.choices[0].message.content);
  ensure(answer.choices[0].finish_reason === "stop", answer);
  const { prompt_tokens, prompt_tokens_details, completion_tokens } = answer.usage;
  used(prompt_tokens, prompt_tokens_details.cached_tokens, completion_tokens);
});

chat("stream", "talk", async (model) => {
  const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  said(text);
  const answer = await stream.finalChatCompletion();
  ensure(answer.choices[0].message.content === text, answer);
  used(answer.usage.prompt_tokens, answer.usage.prompt_tokens_details.cached_tokens, answer.usage.completion_tokens);
});

async function turns(model, streamed, more = {}) {
  const call = { model, tools: functions, ...more };
  const first = streamed
    ? await client.chat.completions.stream({ ...call, messages }).finalChatCompletion()
    : await client.chat.completions.create({ ...call, messages });
  const { message, finish_reason } = first.choices[0];
  ensure(finish_reason === "tool_calls", first);
  called(message.tool_calls.map(({ function: { name, arguments: text } }) => [name, JSON.parse(text)]));
  const results = message.tool_calls.map(({ id, function: { name } }) => ({
    role: "tool", tool_call_id: id, content: RESULTS[name],
  }));
  const second = await client.chat.completions.create({ ...call, messages: [...messages, message, ...results] });
  return second.choices[0].message.content;
}

chat("tools", "agent", async (model) => told(await turns(model, false)));
chat("tools stream", "agent", async (model) => told(await turns(model, true)));
chat("reasoning", "reasoner", async (model) => {
  told(await turns(model, false, { reasoning_effort: "low" }), true);
  // The helper keeps only the last piece of a member that it does not know, such as `reasoning_content`.
  if (!model.endsWith("openai_chat")) told(await turns(model, true, { reasoning_effort: "low" }), true);
});

chat("structured", "talk", async (model) => {
  const answer = await client.chat.completions.parse({
    model, messages, response_format: zodResponseFormat(City, "city"),
  });
  fits(answer.choices[0].message.parsed);
});

chat("image", "talk", async (model) => {
  const content = [
    { type: "text", text: QUESTION },
    { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } },
  ];
  const answer = await client.chat.completions.create({ model, messages: [{ role: "user", content }] });
  seen(answer.choices[0].message.content);
});

// Responses.

const responses = cells("responses");
const responsesTools = tools.map(([name, description]) => ({
  type: "function", name, description, parameters: CITY, strict: true,
}));

responses("text", "talk", async (model) => {
  const answer = await client.responses.create({ model, instructions: SYSTEM, input: QUESTION });
  said(answer.output_text);
  used(answer.usage.input_tokens, answer.usage.input_tokens_details.cached_tokens, answer.usage.output_tokens);
});

responses("stream", "talk", async (model) => {
  const stream = client.responses.stream({ model, instructions: SYSTEM, input: QUESTION });
  let text = "";
  for await (const event of stream) if (event.type === "response.output_text.delta") text += event.delta;
  said(text);
  const answer = await stream.finalResponse();
  ensure(answer.output_text === text, answer);
  used(answer.usage.input_tokens, answer.usage.input_tokens_details.cached_tokens, answer.usage.output_tokens);
});

async function responsesTurns(model, streamed, more = {}) {
  const input = [{ role: "user", content: QUESTION }];
  const call = { model, tools: responsesTools, store: false, ...more };
  const first = streamed
    ? await client.responses.stream({ ...call, input }).finalResponse()
    : await client.responses.create({ ...call, input });
  const calls = first.output.filter(({ type }) => type === "function_call");
  called(calls.map(({ name, arguments: text }) => [name, JSON.parse(text)]));
  // The helper's own member is nothing of the API.
  const items = first.output.map(({ parsed_arguments, ...item }) => item);
  const results = calls.map(({ call_id, name }) => ({ type: "function_call_output", call_id, output: RESULTS[name] }));
  const second = await client.responses.create({ ...call, input: [...input, ...items, ...results] });
  return second.output_text;
}

responses("tools", "agent", async (model) => told(await responsesTurns(model, false)));
responses("tools stream", "agent", async (model) => told(await responsesTurns(model, true)));
responses("reasoning", "reasoner", async (model) => {
  const more = { reasoning: { effort: "low", summary: "auto" }, include: ["reasoning.encrypted_content"] };
  told(await responsesTurns(model, false, more), true);
  told(await responsesTurns(model, true, more), true);
});

responses("structured", "talk", async (model) => {
  const answer = await client.responses.parse({
    model, input: QUESTION, text: { format: zodTextFormat(City, "city") },
  });
  fits(answer.output_parsed);
});

responses("image", "talk", async (model) => {
  const content = [
    { type: "input_text", text: QUESTION },
    { type: "input_image", image_url: `data:image/png;base64,${PIXEL}`, detail: "auto" },
  ];
  seen((await client.responses.create({ model, input: [{ role: "user", content }] })).output_text);
});

// Errors of both.

const ways = [
  [chat, (model, stream) => client.chat.completions.create({ model, messages, stream })],
  [responses, (model, stream) => client.responses.create({ model, input: QUESTION, stream })],
];
for (const [cell, call] of ways) {
  const failing = async (expected, status, model) => {
    for (const stream of [true, false]) {
      const error = await raised(expected, () => call(model, stream));
      ensure(error.status === status, `${error.status}: ${error.message}`);
      if (!stream) return error;
    }
  };
  cell("429", "429", async (model) => {
    const error = await failing(OpenAI.RateLimitError, 429, model);
    ensure(Number(error.headers.get("retry-after")) > 0, "no retry-after");
  });
  cell("overloaded", "overloaded", (model, upstream) =>
    failing(OpenAI.InternalServerError, overloaded("openai", upstream), model));
  cell("context length", "context", async (model) => {
    const error = await failing(OpenAI.BadRequestError, 400, model);
    ensure(error.code === "context_length_exceeded", error.code);
  });
}

await run();
