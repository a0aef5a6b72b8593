// The checks of the matrix for Node: running them, telling their outcome as one JSON object per line, and what must
// come back. `python/checks.py` and `python/matrix.py` are the same for Python.

export const GATEWAY = process.env.AIGW_UNDER_TEST;
export const KEY = process.env.AIGW_CLIENT_KEY;
const NAME = process.env.AIGW_CLIENT_NAME;
const UPSTREAMS = process.env.AIGW_UPSTREAMS.split(",");

export const SYSTEM = "Answer in one sentence.";
export const QUESTION = "Where is Zürich?";
// The smallest PNG: one red pixel.
export const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
export const CITY = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer" } },
  required: ["city", "days"],
  additionalProperties: false,
};
export const TOOLS = { get_weather: "The weather of a city.", get_time: "The time in a city." };
export const RESULTS = { get_weather: "rain, 7 °C", get_time: '12:34 "sharp"' };
const ARGUMENTS = [1, 2].map((number) => ({ city: `city "${number}" in Zürich 🌧`, days: number }));

const registered = [];

/** Registers one check for every dialect of upstreams; `limit` says why the client itself cannot do it. */
export const cells = (way) => (check, behaviour, run, limit) => {
  for (const upstream of UPSTREAMS) {
    const model = `${behaviour}-on-${upstream}` + (behaviour === "429" ? `-for-${NAME}` : "");
    const why = typeof limit === "object" ? limit[upstream] : limit;
    registered.push({ check, way, upstream, limit: why ?? null, run: () => run(model, upstream) });
  }
};

/** Fails the check with these facts unless the condition holds. */
export function ensure(condition, ...facts) {
  if (condition) return;
  const text = (fact) => (typeof fact === "string" ? fact : JSON.stringify(fact) ?? String(fact));
  throw Object.assign(new Error(facts.map(text).join(" ")), { failed: true });
}

/** The error of exactly this class, where one is given, that `call` throws. */
export async function raised(expected, call) {
  let result;
  try {
    result = await call();
  } catch (error) {
    if (expected === undefined) return error;
    ensure(error.constructor === expected, `${error.constructor.name} instead of ${expected.name}: ${error.message}`);
    return error;
  }
  ensure(false, `no ${expected?.name ?? "error"}, but`, result);
}

/** The answer to QUESTION under SYSTEM. */
export function said(text) {
  ensure(text?.includes("Hello from the fake upstream"), text);
  ensure(text.includes(QUESTION), "the question did not arrive:", text);
  ensure(text.includes(SYSTEM), "the system prompt did not arrive:", text);
}

/** Usage: all input with what was cached of it, and the output. */
export function used(input, cached, output) {
  ensure(input === 25 && cached === 8 && output > 5, "usage:", { input, cached, output });
}

/** Two parallel calls, as [name, arguments] in order. */
export function called(calls) {
  const same = JSON.stringify(calls) === JSON.stringify(Object.keys(TOOLS).map((name, at) => [name, ARGUMENTS[at]]));
  ensure(same, "calls:", calls);
}

/** The answer to the results of the tools. */
export function told(text, reasoned = false) {
  ensure(text?.includes("The tools said"), text);
  for (const result of Object.values(RESULTS)) {
    ensure(text.includes(result.replaceAll('"', '\\"')), `${result} did not arrive:`, text);
  }
  ensure(!reasoned || text.includes("My reasoning came back as it was"), "the reasoning did not come back:", text);
}

/** A value of the schema CITY. */
export function fits(value) {
  ensure(Object.keys(value).sort().join() === "city,days", value);
  ensure(typeof value.city === "string" && Number.isInteger(value.days), value);
}

/** A picture that arrived whole. */
export function seen(text) {
  ensure(text?.includes(`a picture of type image/png in ${PIXEL.length} characters`), text);
}

/** The status of an overload: the upstream's own within its family, else what the caller's vendor has for it. */
export function overloaded(family, upstream) {
  if (family === "anthropic") return 529;
  return upstream.startsWith("openai_") ? 529 : 503;
}

/** Runs every registered check. */
export async function run() {
  for (const { check, way, upstream, limit, run: function_ } of registered) {
    let problem = null;
    const start = performance.now();
    if (limit === null) {
      try {
        await function_();
      } catch (error) {
        problem = error.failed ? error.message : (error.stack ?? String(error)).split("\n").slice(0, 5).join("\n");
      }
    }
    const ms = Math.round(performance.now() - start);
    console.log(`\n${JSON.stringify({ check, way, upstream, problem, limit, ms })}`);
  }
  process.exit(0);
}
