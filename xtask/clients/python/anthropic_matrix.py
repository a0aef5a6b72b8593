"""The official `anthropic` package against every upstream."""

import json

import anthropic
import anthropic._exceptions as exceptions
from anthropic.types import Message
from checks import GATEWAY, KEY, ensure, raised, run
from matrix import (
    CITY, PIXEL, QUESTION, RESULTS, SYSTEM, TOOLS, called, cells, fits, overload, said, seen, told, used, waits,
)
from pydantic import BaseModel

client = anthropic.Anthropic(base_url=GATEWAY, api_key=KEY, timeout=30, max_retries=0)
cell = cells()
MESSAGES = [{"role": "user", "content": QUESTION}]
DECLARED = [{"name": name, "description": text, "input_schema": CITY} for name, text in TOOLS.items()]


class City(BaseModel):
    city: str
    days: int


def strict(answer):
    """The answer must satisfy the SDK's own model without conversions."""
    Message.model_validate_json(json.dumps(answer.to_dict(mode="json")), strict=True)


def counted(usage):
    cached = usage.cache_read_input_tokens
    used(usage.input_tokens + cached, cached, usage.output_tokens)


def create(model, **more):
    call = {"model": model, "max_tokens": 4096, "system": SYSTEM, "messages": MESSAGES, **more}
    return client.messages.create(**call)


def helper(model, **more):
    call = {"model": model, "max_tokens": 4096, "system": SYSTEM, "messages": MESSAGES, **more}
    with client.messages.stream(**call) as stream:
        for _ in stream:
            pass
        return stream.get_final_message()


@cell("text", "talk")
def text(model):
    answer = create(model)
    strict(answer)
    said(answer.content[0].text)
    ensure(answer.stop_reason == "end_turn", answer)
    counted(answer.usage)


@cell("stream", "talk")
def stream(model):
    events = list(create(model, stream=True))
    ensure(events[0].type == "message_start" and events[-1].type == "message_stop", events[-1])
    said("".join(event.delta.text for event in events if event.type == "content_block_delta"))
    answer = helper(model)
    said(answer.content[0].text)
    counted(answer.usage)


def turns(model, first, **more):
    answer = first(model, tools=DECLARED, **more)
    strict(answer)
    calls = [block for block in answer.content if block.type == "tool_use"]
    called((call.name, call.input) for call in calls)
    ensure(answer.stop_reason == "tool_use", answer.stop_reason)
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": RESULTS[call.name]} for call in calls]
    echo = [block.to_dict() for block in answer.content]
    messages = [*MESSAGES, {"role": "assistant", "content": echo}, {"role": "user", "content": results}]
    return answer, create(model, tools=DECLARED, **{**more, "messages": messages})


def final(answer):
    return "".join(block.text for block in answer.content if block.type == "text")


@cell("tools", "agent")
def tools(model):
    told(final(turns(model, create)[1]))


@cell("tools stream", "agent")
def tools_stream(model):
    told(final(turns(model, helper)[1]))


@cell("reasoning", "reasoner")
def reasoning(model):
    for thinking in ({"type": "enabled", "budget_tokens": 1024}, {"type": "adaptive"}):
        for first in (create, helper):
            answer, second = turns(model, first, thinking=thinking)
            kept = [block for block in answer.content if block.type == "thinking"]
            ensure(len(kept) == 1, answer.content)
            # Whether adaptive thinking is told is the model's choice.
            ensure(kept[0].thinking or thinking["type"] == "adaptive", answer.content)
            told(final(second), reasoned=True)


@cell("structured", "talk")
def structured(model):
    answer = client.messages.parse(
        model=model, max_tokens=4096, system=SYSTEM, messages=MESSAGES, output_format=City
    )
    fits(answer.parsed_output.model_dump())


@cell("image", "talk")
def image(model):
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    content = [{"type": "image", "source": source}, {"type": "text", "text": QUESTION}]
    seen(create(model, messages=[{"role": "user", "content": content}]).content[0].text)


def failing(expected, status, model):
    error = raised(expected, lambda: create(model))
    ensure(error.status_code == status, error.status_code, error)
    streamed = raised(expected, lambda: create(model, stream=True))
    ensure(streamed.status_code == status, streamed.status_code)
    return error


@cell("429", "429")
def limited(model):
    waits(failing(exceptions.RateLimitError, 429, model).response.headers)


@cell("overloaded", "overloaded")
def overloaded(model):
    failing(exceptions.OverloadedError, overload("anthropic", model), model)


@cell("context length", "context")
def context(model):
    error = failing(exceptions.BadRequestError, 400, model)
    ensure("prompt is too long: " in str(error), error)


run()
