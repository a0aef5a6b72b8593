"""The official `openai` package through the gateway."""

import json

import openai
from checks import GATEWAY, KEY, check, ensure, raised, run

sent = []


def count(request):
    sent.append(request)


client = openai.OpenAI(
    base_url=f"{GATEWAY}/v1",
    api_key=KEY,
    timeout=30,
    http_client=openai.DefaultHttpxClient(event_hooks={"request": [count]}),
)
HELLO = [{"role": "user", "content": "Say hello."}]
TOOLS = [
    {
        "type": "function",
        "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
    }
]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object", "properties": {}}}}


def of_dialect(model, dialect):
    """Models that fail exist once per dialect, so that one call's cooldown does not answer another call."""
    return f"{model}-{dialect}" if model.startswith("bad-") else model


def chat(model="ok-text", **rest):
    return client.chat.completions.create(model=model, messages=HELLO, **rest)


def respond(model="ok-text", **rest):
    return client.responses.create(model=model, input="Say hello.", **rest)


@check("chat: text")
def chat_text():
    raw = client.chat.completions.with_raw_response.create(model="ok-text", messages=HELLO)
    answer = raw.parse()
    ensure(answer.choices[0].message.content, answer)
    ensure(answer.usage.total_tokens > 0, answer.usage)
    ensure(raw.headers["x-aigw-provider"] == "upstream", dict(raw.headers))
    ensure(answer._request_id == raw.headers["x-request-id"], answer._request_id)


@check("chat: stream")
def chat_stream():
    chunks = list(chat("ok-unicode", stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    whole = chat("ok-unicode").choices[0].message.content
    ensure(text == whole, repr(text), repr(whole))
    ensure(chunks[-1].choices[0].finish_reason == "stop", chunks[-1])
    ensure(all(chunk.usage is None for chunk in chunks), "usage that nobody asked for")


@check("chat: stream with usage")
def chat_stream_usage():
    chunks = list(chat(stream=True, stream_options={"include_usage": True}))
    ensure(chunks[-1].usage.total_tokens > 0 and not chunks[-1].choices, chunks[-1])


@check("chat: parallel tools in a stream")
def chat_tools():
    calls = {}
    for chunk in chat("ok-tools", stream=True, tools=TOOLS):
        for choice in chunk.choices:
            for part in choice.delta.tool_calls or []:
                calls[part.index] = calls.get(part.index, "") + (part.function.arguments or "")
    ensure(len(calls) == 2, calls)
    ensure(all(isinstance(json.loads(arguments), dict) for arguments in calls.values()), calls)


@check("chat: .stream() helper with tools")
def chat_stream_helper():
    with client.chat.completions.stream(model="ok-tools", messages=HELLO, tools=TOOLS) as stream:
        for _ in stream:
            pass
        answer = stream.get_final_completion()
    ensure(len(answer.choices[0].message.tool_calls) == 2, answer)


@check("chat: structured output is asked for")
def chat_structured():
    answer = chat("ok-text", response_format=SCHEMA)
    ensure(answer.choices[0].finish_reason == "stop", answer)
    ensure(json.loads(sent[-1].content)["response_format"] == SCHEMA, sent[-1].content)


@check("responses: text")
def responses_text():
    answer = respond()
    ensure(answer.status == "completed" and answer.output_text, answer)
    ensure(answer.usage.total_tokens > 0, answer.usage)


@check("responses: stream")
def responses_stream():
    events = list(respond("ok-unicode", stream=True))
    ensure(events[0].type == "response.created" and events[-1].type == "response.completed", events[-1])
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    ensure(text == events[-1].response.output_text, repr(text))
    numbers = [event.sequence_number for event in events]
    ensure(numbers == list(range(len(numbers))), numbers)


@check("responses: .stream() helper with reasoning")
def responses_stream_helper():
    with client.responses.stream(model="ok-thinking", input="Say hello.") as stream:
        for _ in stream:
            pass
        answer = stream.get_final_response()
    kinds = [item.type for item in answer.output]
    ensure(kinds == ["reasoning", "message"], kinds)
    ensure(answer.output[0].encrypted_content, answer.output[0])


@check("responses: .stream() helper with tools")
def responses_tools():
    with client.responses.stream(model="ok-tools", input="Say hello.") as stream:
        for _ in stream:
            pass
        answer = stream.get_final_response()
    calls = [item for item in answer.output if item.type == "function_call"]
    ensure(len(calls) == 2 and all(isinstance(json.loads(call.arguments), dict) for call in calls), answer.output)


@check("responses: input_tokens.count")
def input_tokens():
    ensure(client.responses.input_tokens.count(model="ok-text", input="Say hello.").input_tokens > 0)


@check("demo: chat and responses, streaming and not")
def demo():
    ensure(chat("demo").choices[0].message.content)
    ensure(any(chunk.choices and chunk.choices[0].delta.content for chunk in chat("demo", stream=True)))
    ensure(respond("demo").output_text)
    with client.responses.stream(model="demo", input="Say hello.") as stream:
        for _ in stream:
            pass
        ensure(stream.get_final_response().output_text)


@check("embeddings (base64 on the wire)")
def embeddings():
    answer = client.embeddings.create(model="ok-text", input=["a", "b"])
    ensure(len(answer.data) == 2 and isinstance(answer.data[0].embedding[0], float), answer)


@check("models: list and retrieve")
def models():
    ids = [model.id for model in client.models.list()]
    ensure("demo" in ids, ids)
    ensure(client.models.retrieve("demo").id == "demo")


def status_error(expected, model, status, retries=None):
    """The error of a failing call in both dialects; `retries` is what the SDK may repeat."""
    for dialect, call in (("chat", chat), ("responses", respond)):
        before = len(sent)
        error = raised(expected, lambda: call(of_dialect(model, dialect)))
        ensure(error.status_code == status, error.status_code, error)
        ensure(error.message and error.request_id, error)
        if retries is not None:
            ensure(len(sent) - before == 1 + retries, f"{len(sent) - before} requests were sent")


for name, expected, model, status in [
    ("400", openai.BadRequestError, "bad-400", 400),
    ("400 context length", openai.BadRequestError, "bad-context_length", 400),
    ("404 unknown model", openai.NotFoundError, "nobody-knows-this", 404),
    ("413", openai.APIStatusError, "bad-413", 413),
    ("422", openai.UnprocessableEntityError, "bad-422", 422),
]:
    check(f"error {name} -> {expected.__name__}")(
        lambda expected=expected, model=model, status=status: status_error(expected, model, status)
    )

for name, expected, model, status in [
    ("401 upstream", openai.InternalServerError, "bad-401", 502),
    ("403 upstream", openai.InternalServerError, "bad-403", 502),
    ("429", openai.RateLimitError, "bad-429", 429),
    ("500", openai.InternalServerError, "bad-500", 500),
    ("503", openai.InternalServerError, "bad-503", 503),
    ("529", openai.InternalServerError, "bad-529", 529),
    ("reset", openai.InternalServerError, "bad-reset", 502),
    ("silence", openai.InternalServerError, "bad-silence", 504),
    ("HTML with 200", openai.InternalServerError, "bad-html-200", 502),
    ("empty with 200", openai.InternalServerError, "bad-empty-200", 502),
]:
    check(f"error {name} -> {expected.__name__}, not repeated")(
        lambda expected=expected, model=model, status=status: status_error(expected, model, status, retries=0)
    )


@check("error 401 wrong key -> AuthenticationError")
def wrong_key():
    other = client.with_options(api_key="sk-aigw-wrong-key")
    error = raised(openai.AuthenticationError, lambda: other.models.list())
    ensure(error.code == "invalid_api_key", error.body)


@check("error 429 carries retry-after")
def retry_after():
    once = client.with_options(max_retries=0)
    call = once.chat.completions.create
    error = raised(openai.RateLimitError, lambda: call(model="bad-429-chat", messages=HELLO))
    ensure(int(error.response.headers["retry-after"]) > 0, dict(error.response.headers))


@check("error code and param are there")
def error_code():
    error = raised(openai.NotFoundError, lambda: chat("nobody-knows-this"))
    ensure(error.code == "model_not_found", error.body)


def told(call, model):
    """Reads a stream that breaks: an exception, or the Responses API's own `error` event as the upstream sent it."""
    seen = []
    try:
        for event in call(model, stream=True):
            seen.append(event)
    except openai.APIError as error:
        ensure(error.message, "an error without a message")
    else:
        ensure(seen and getattr(seen[-1], "type", None) == "error", f"no error after {len(seen)} events")
    ensure(seen, "nothing before the error")


for fault in ["error-after-2", "cut-after-3", "eof-after-3", "stall-after-3"]:
    check(f"chat: {fault} in a stream raises APIError")(
        lambda model=f"bad-{fault}-chat": raised(openai.APIError, lambda: list(chat(model, stream=True)))
    )

for fault in ["cut-after-3", "eof-after-3", "stall-after-3"]:
    check(f"responses: {fault} in a stream raises APIError")(
        lambda model=f"bad-{fault}-responses": raised(openai.APIError, lambda: list(respond(model, stream=True)))
    )

check("responses: error-after-2 in a stream is told")(lambda: told(respond, "bad-error-after-2-responses"))

run("openai")
