// The AI SDK with its OpenAI (chat and responses), OpenAI-compatible and Anthropic providers against every upstream.

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, Output, generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import {
  CITY, GATEWAY, KEY, PIXEL, QUESTION, RESULTS, SYSTEM, TOOLS,
  called, cells, ensure, fits, overloaded, run, said, seen, told, used,
} from "./checks.mjs";

const baseURL = `${GATEWAY}/v1`;
const openai = createOpenAI({ baseURL, apiKey: KEY });
const anthropic = createAnthropic({ baseURL, apiKey: KEY });
const compatible = createOpenAICompatible({
  name: "gateway", baseURL, apiKey: KEY, includeUsage: true, supportsStructuredOutputs: true,
});
const budget = { anthropic: { thinking: { type: "enabled", budgetTokens: 1024 } } };
const stateless = { store: false, reasoningEffort: "low", reasoningSummary: "auto", include: ["reasoning.encrypted_content"] };
const forgets = "the provider drops what it does not know of a chat answer, reasoning and its state among it";
const unsigned = "the provider drops reasoning without signature or encryption, and a chat upstream gives neither";
const ways = [
  ["openai chat", (model) => openai.chat(model), { openai: { reasoningEffort: "low", forceReasoning: true } },
    { openai_chat: forgets, openai_responses: forgets, anthropic_messages: forgets }],
  ["openai responses", (model) => openai.responses(model), { openai: { ...stateless, forceReasoning: true } },
    { openai_chat: unsigned }],
  ["openai-compatible", (model) => compatible(model), { gateway: { reasoningEffort: "low" } },
    { openai_responses: forgets, anthropic_messages: forgets }],
  ["anthropic", (model) => anthropic(model), budget, { openai_chat: unsigned }],
];

for (const [way, make, thinking, limits] of ways) {
  const cell = cells(way);
  const base = (model) => ({ model: make(model), system: SYSTEM, prompt: QUESTION, maxRetries: 0 });
  const counted = ({ inputTokens, inputTokenDetails, outputTokens }) =>
    used(inputTokens, inputTokenDetails.cacheReadTokens, outputTokens);

  // Its own text reaches whoever reads the stream; errors too, and nothing is logged.
  const streamed = async (options) => {
    const errors = [];
    const result = streamText({ ...options, onError: ({ error }) => errors.push(error) });
    let pieces = 0;
    for await (const part of result.fullStream) if (part.type === "text-delta") pieces += 1;
    if (errors.length > 0) throw errors[0];
    return { text: await result.text, usage: await result.usage, steps: await result.steps, pieces };
  };

  cell("text", "talk", async (model) => {
    const answer = await generateText(base(model));
    said(answer.text);
    counted(answer.usage);
  });
  cell("stream", "talk", async (model) => {
    const answer = await streamed(base(model));
    said(answer.text);
    ensure(answer.pieces > 8, answer.pieces);
    counted(answer.usage);
  });

  // Both turns, which the SDK takes by itself.
  const turns = async (model, play, providerOptions) => {
    const calls = [];
    const declared = ([name, description]) => [
      name,
      tool({
        description,
        inputSchema: jsonSchema(CITY),
        execute: (input) => {
          calls.push([name, input]);
          return RESULTS[name];
        },
      }),
    ];
    const tools = Object.fromEntries(Object.entries(TOOLS).map(declared));
    const answer = await play({ ...base(model), tools, providerOptions, stopWhen: stepCountIs(3) });
    called(calls);
    ensure(answer.steps.length === 2, answer.steps.length);
    return answer.text;
  };
  const whole = (options) => generateText(options);
  const plain = way === "openai responses" ? { openai: { store: false } } : undefined;

  cell("tools", "agent", async (model) => told(await turns(model, whole, plain)));
  cell("tools stream", "agent", async (model) => told(await turns(model, streamed, plain)));
  cell("reasoning", "reasoner", async (model) => {
    told(await turns(model, whole, thinking), true);
    told(await turns(model, streamed, thinking), true);
  }, limits);

  cell("structured", "talk", async (model) => {
    const answer = await generateText({ ...base(model), output: Output.object({ schema: jsonSchema(CITY), name: "city" }) });
    fits(answer.output);
  });
  cell("image", "talk", async (model) => {
    const content = [
      { type: "text", text: QUESTION },
      { type: "file", data: PIXEL, mediaType: "image/png" },
    ];
    const answer = await generateText({ model: make(model), maxRetries: 0, messages: [{ role: "user", content }] });
    seen(answer.text);
  });

  const failing = async (status, model) => {
    for (const play of [streamed, whole]) {
      let error;
      try {
        await play(base(model));
      } catch (caught) {
        error = caught;
      }
      ensure(APICallError.isInstance(error), `${error?.constructor.name}: ${error?.message}`);
      ensure(error.statusCode === status, `${error.statusCode}: ${error.message}`);
      if (play === whole) return error;
    }
  };
  cell("429", "429", async (model) => {
    const error = await failing(429, model);
    ensure(error.isRetryable && Number(error.responseHeaders["retry-after"]) > 0, error.responseHeaders);
  });
  cell("overloaded", "overloaded", async (model, upstream) => {
    ensure((await failing(overloaded(way === "anthropic" ? way : "openai", upstream), model)).isRetryable, "not worth a retry");
  });
  cell("context length", "context", async (model) => {
    const error = await failing(400, model);
    ensure(/prompt is too long|maximum context length|token count/.test(error.message), error.message);
  });
}

await run();
