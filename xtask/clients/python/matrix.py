"""The checks of the matrix, the same for every client: what is said, what must come back."""

import json

from checks import NAME, UPSTREAMS, check, ensure

SYSTEM = "Answer in one sentence."
QUESTION = "Where is Zürich?"
# The smallest PNG: one red pixel.
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
# The tools that are declared, by name, with descriptions.
TOOLS = {"get_weather": "The weather of a city.", "get_time": "The time in a city."}
# What the fake upstream calls them with; the texts of the second call have another number.
ARGUMENTS = [{"city": f'city "{number}" in Zürich 🌧', "days": number} for number in (1, 2)]
# What the tools give back.
RESULTS = {"get_weather": "rain, 7 °C", "get_time": "12:34 \"sharp\""}
INPUT_TOKENS, CACHED_TOKENS = 25, 8


def cells(way=""):
    """Registers one check for every dialect of upstreams: the function gets the model."""

    def named(name, behaviour, limits=None):
        def register(function):
            for upstream in UPSTREAMS:
                model = f"{behaviour}-on-{upstream}" + (f"-for-{NAME}" if behaviour == "429" else "")
                limit = (limits or {}).get(upstream) or (limits or {}).get("*")
                check(name, way, upstream, limit)(lambda model=model: function(model))
            return function

        return register

    return named


def said(text):
    """The answer to QUESTION under SYSTEM."""
    ensure("Hello from the fake upstream" in text, repr(text))
    ensure(QUESTION in text, "the question did not arrive:", repr(text))
    ensure(SYSTEM in text, "the system prompt did not arrive:", repr(text))


def used(input_tokens, cached, output):
    """Usage: all input with what was cached of it, and the output."""
    ensure(input_tokens == INPUT_TOKENS, "input tokens:", input_tokens)
    ensure(cached == CACHED_TOKENS, "cached tokens:", cached)
    ensure(output and output > 5, "output tokens:", output)


def called(calls):
    """Two parallel calls, as (name, arguments) in order."""
    calls = list(calls)
    ensure([name for name, _ in calls] == list(TOOLS), "calls:", calls)
    ensure([arguments for _, arguments in calls] == ARGUMENTS, "arguments:", calls)


def told(text, reasoned=False):
    """The answer to the results of the tools."""
    ensure("The tools said" in text, repr(text))
    for result in RESULTS.values():
        # As it is, or within the JSON object that Google's results are.
        objects = [{"result": result}, {"return_value": result}]
        forms = [result, *map(json.dumps, objects)]
        quoted = [form.replace("\\", "\\\\").replace('"', '\\"') for form in forms]
        ensure(any(form in text for form in quoted), f"{result} did not arrive:", repr(text))
    if reasoned:
        ensure("My reasoning came back as it was" in text, "the reasoning did not come back:", repr(text))


def fits(value):
    """A value of the schema CITY."""
    ensure(set(value) == {"city", "days"}, value)
    ensure(isinstance(value["city"], str) and isinstance(value["days"], int), value)


def seen(text):
    """A picture that arrived whole."""
    wanted = f"a picture of type image/png in {len(PIXEL)} characters"
    ensure(wanted in text, repr(text))


def waits(headers):
    """What a rate limit says of waiting."""
    ensure(int(headers["retry-after"]) > 0, dict(headers))


def overload(family, model):
    """The status of an overload: the upstream's own within its family, else what the caller's vendor has for it."""
    if family == "openai":
        return 529 if model.endswith(("openai_chat", "openai_responses")) else 503
    return {"anthropic": 529, "google": 503}[family]
