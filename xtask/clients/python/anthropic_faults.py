"""The official `anthropic` package through the gateway."""

import anthropic
import anthropic._exceptions as exceptions
from checks import GATEWAY, KEY, check, ensure, raised, run

sent = []


def count(request):
    sent.append(request)


client = anthropic.Anthropic(
    base_url=GATEWAY,
    api_key=KEY,
    timeout=30,
    http_client=anthropic.DefaultHttpxClient(event_hooks={"request": [count]}),
)
HELLO = [{"role": "user", "content": "Say hello."}]
TOOLS = [{"name": "weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}]


def of_dialect(model):
    """Models that fail exist once per dialect, so that one call's cooldown does not answer another call."""
    return f"{model}-messages" if model.startswith("bad-") else model


def create(model="ok-text", **rest):
    return client.messages.create(model=model, max_tokens=64, messages=HELLO, **rest)


def helper(model, **rest):
    with client.messages.stream(model=model, max_tokens=64, messages=HELLO, **rest) as stream:
        events = list(stream)
        return events, stream.get_final_message()


@check("messages: text")
def text():
    answer = create()
    ensure(answer.content[0].text and answer.stop_reason == "end_turn", answer)
    ensure(answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0, answer.usage)
    ensure(answer._request_id, "no request-id")


@check("messages: stream")
def stream():
    events = list(create("ok-unicode", stream=True))
    ensure(events[0].type == "message_start" and events[-1].type == "message_stop", events[-1])
    deltas = [event.delta.text for event in events if event.type == "content_block_delta"]
    ensure("".join(deltas) == create("ok-unicode").content[0].text, deltas)


@check("messages: .stream() helper")
def stream_helper():
    events, answer = helper("ok-text")
    texts = [event.text for event in events if event.type == "text"]
    ensure("".join(texts) == answer.content[0].text, texts)


@check("messages: .stream() helper with thinking")
def thinking():
    _, answer = helper("ok-thinking", thinking={"type": "adaptive"})
    kinds = [block.type for block in answer.content]
    ensure(kinds == ["thinking", "text"], kinds)
    ensure(answer.content[0].signature, answer.content[0])


@check("messages: .stream() helper with parallel tools")
def tools():
    _, answer = helper("ok-tools", tools=TOOLS)
    calls = [block for block in answer.content if block.type == "tool_use"]
    ensure(len(calls) == 2 and all(isinstance(call.input, dict) and call.input for call in calls), answer.content)
    ensure(answer.stop_reason == "tool_use", answer.stop_reason)


@check("messages: betas and version reach the upstream")
def headers():
    raw = client.messages.with_raw_response.create(
        model="ok-text", max_tokens=64, messages=HELLO, extra_headers={"anthropic-beta": "a-2026-01-01"}
    )
    ensure(raw.headers["x-aigw-route-mode"] == "direct", dict(raw.headers))
    ensure(raw.headers["request-id"] == raw.headers["x-request-id"], dict(raw.headers))


@check("messages: count_tokens")
def count_tokens():
    ensure(client.messages.count_tokens(model="ok-text", messages=HELLO).input_tokens > 0)


@check("demo: messages, streaming and not, and counting")
def demo():
    ensure(create("demo").content[0].text)
    _, answer = helper("demo")
    ensure(answer.content[0].text and answer.stop_reason, answer)
    ensure(client.messages.count_tokens(model="demo", messages=HELLO).input_tokens > 0)


@check("models: list and retrieve")
def models():
    listed = list(client.models.list())
    ensure("demo" in [model.id for model in listed], listed)
    ensure(listed[0].display_name and listed[0].type == "model", listed[0])
    ensure(client.models.retrieve("demo").id == "demo")


def status_error(expected, model, status, retries=None):
    before = len(sent)
    error = raised(expected, lambda: create(of_dialect(model)))
    ensure(error.status_code == status, error.status_code, error)
    ensure(error.request_id and error.api_message, error)
    if retries is not None:
        ensure(len(sent) - before == 1 + retries, f"{len(sent) - before} requests were sent")


for name, expected, model, status in [
    ("400", exceptions.BadRequestError, "bad-400", 400),
    ("400 context length", exceptions.BadRequestError, "bad-context_length", 400),
    ("404 unknown model", exceptions.NotFoundError, "nobody-knows-this", 404),
    ("413", exceptions.ContentTooLargeError, "bad-413", 413),
    ("422", exceptions.UnprocessableEntityError, "bad-422", 422),
]:
    check(f"error {name} -> {expected.__name__}")(
        lambda expected=expected, model=model, status=status: status_error(expected, model, status)
    )

for name, expected, model, status in [
    ("401 upstream", exceptions.InternalServerError, "bad-401", 502),
    ("403 upstream", exceptions.InternalServerError, "bad-403", 502),
    ("429", exceptions.RateLimitError, "bad-429", 429),
    ("500", exceptions.InternalServerError, "bad-500", 500),
    ("503", exceptions.ServiceUnavailableError, "bad-503", 503),
    ("529", exceptions.OverloadedError, "bad-529", 529),
    ("reset", exceptions.InternalServerError, "bad-reset", 502),
    ("silence", exceptions.GatewayTimeoutError, "bad-silence", 504),
    ("HTML with 200", exceptions.InternalServerError, "bad-html-200", 502),
    ("empty with 200", exceptions.InternalServerError, "bad-empty-200", 502),
]:
    check(f"error {name} -> {expected.__name__}, not repeated")(
        lambda expected=expected, model=model, status=status: status_error(expected, model, status, retries=0)
    )


@check("error 401 wrong key -> AuthenticationError")
def wrong_key():
    other = client.with_options(api_key="sk-aigw-wrong-key")
    error = raised(exceptions.AuthenticationError, lambda: list(other.models.list()))
    ensure(error.type == "authentication_error" and error.error_code == "invalid_api_key", error.body)


@check("error 429 carries retry-after")
def retry_after():
    call = client.with_options(max_retries=0).messages.create
    error = raised(exceptions.RateLimitError, lambda: call(model="bad-429-messages", max_tokens=64, messages=HELLO))
    ensure(int(error.response.headers["retry-after"]) > 0, dict(error.response.headers))


for fault in ["error-after-2", "cut-after-3", "eof-after-3", "stall-after-3"]:

    def broken(fault=fault):
        seen = []

        def read():
            for event in create(of_dialect(f"bad-{fault}"), stream=True):
                seen.append(event)

        try:
            read()
        except exceptions.APIStatusError as error:
            ensure(error.body["error"]["message"], error.body)
        else:
            ensure(False, f"no error after {len(seen)} events")
        ensure(any(event.type == "content_block_delta" for event in seen), "nothing before the error")

    check(f"messages: {fault} in a stream raises APIStatusError")(broken)

run("anthropic")
