"""The official `openai` package against every upstream: chat completions and responses."""

import json

import openai
from checks import GATEWAY, KEY, ensure, raised, run
from matrix import (
    CITY, PIXEL, QUESTION, RESULTS, SYSTEM, TOOLS, called, cells, fits, overload, said, seen, told, used, waits,
)
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response
from pydantic import BaseModel

client = openai.OpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, timeout=30, max_retries=0)


class City(BaseModel):
    city: str
    days: int


def strict(model, value):
    """The answer must satisfy the SDK's own model without conversions, unknown members aside."""
    model.model_validate_json(json.dumps(value.to_dict(mode="json")), strict=True)


# Chat completions.

chat = cells("chat")
MESSAGES = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
FUNCTIONS = [
    {"type": "function", "function": {"name": name, "description": text, "parameters": CITY}}
    for name, text in TOOLS.items()
]


def chat_used(usage):
    used(usage.prompt_tokens, usage.prompt_tokens_details.cached_tokens, usage.completion_tokens)
    ensure(usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, usage)


@chat("text", "talk")
def chat_text(model):
    answer = client.chat.completions.create(model=model, messages=MESSAGES)
    strict(ChatCompletion, answer)
    said(answer.choices[0].message.content)
    ensure(answer.choices[0].finish_reason == "stop", answer)
    chat_used(answer.usage)


@chat("stream", "talk")
def chat_stream(model):
    chunks = list(
        client.chat.completions.create(
            model=model, messages=MESSAGES, stream=True, stream_options={"include_usage": True}
        )
    )
    for chunk in chunks:
        strict(ChatCompletionChunk, chunk)
    said("".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices))
    ensure(len(chunks) > 8, len(chunks))
    ensure(len({chunk.id for chunk in chunks}) == 1, "ids:", {chunk.id for chunk in chunks})
    chat_used(chunks[-1].usage)
    with client.chat.completions.stream(model=model, messages=MESSAGES) as stream:
        for _ in stream:
            pass
        said(stream.get_final_completion().choices[0].message.content)


def chat_turns(model, first, **more):
    """Two turns; `first` gets the first answer's message out of a call's arguments."""
    message = first(model=model, messages=MESSAGES, tools=FUNCTIONS, **more)
    called((call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls)
    ensure(len({call.id for call in message.tool_calls}) == 2, message.tool_calls)
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": RESULTS[call.function.name]} for call in message.tool_calls
    ]
    echo = message.to_dict()
    return message, client.chat.completions.create(
        model=model, messages=[*MESSAGES, echo, *results], tools=FUNCTIONS, **more
    )


def whole(**call):
    answer = client.chat.completions.create(**call)
    strict(ChatCompletion, answer)
    ensure(answer.choices[0].finish_reason == "tool_calls", answer)
    return answer.choices[0].message


def streamed(**call):
    with client.chat.completions.stream(**call) as stream:
        for _ in stream:
            pass
        answer = stream.get_final_completion()
    ensure(answer.choices[0].finish_reason == "tool_calls", answer)
    return answer.choices[0].message


@chat("tools", "agent")
def chat_tools(model):
    told(chat_turns(model, whole)[1].choices[0].message.content)


@chat("tools stream", "agent")
def chat_tools_stream(model):
    told(chat_turns(model, streamed)[1].choices[0].message.content)


@chat("reasoning", "reasoner")
def chat_reasoning(model):
    for first in (whole, streamed):
        message, answer = chat_turns(model, first, reasoning_effort="low")
        # Chat has no way to ask for summaries, and a Responses or Google upstream tells none unasked.
        if model.endswith(("openai_chat", "anthropic_messages")):
            ensure(message.reasoning_content, "no reasoning:", message)
        told(answer.choices[0].message.content, reasoned=True)
        ensure(answer.usage.completion_tokens_details.reasoning_tokens > 0, answer.usage)


@chat("structured", "talk")
def chat_structured(model):
    answer = client.chat.completions.parse(model=model, messages=MESSAGES, response_format=City)
    fits(answer.choices[0].message.parsed.model_dump())


@chat("image", "talk")
def chat_image(model):
    content = [
        {"type": "text", "text": QUESTION},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
    ]
    answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}])
    seen(answer.choices[0].message.content)


def chat_error(expected, status, model):
    error = raised(expected, lambda: client.chat.completions.create(model=model, messages=MESSAGES))
    ensure(error.status_code == status, error.status_code, error)
    streamed = raised(expected, lambda: client.chat.completions.create(model=model, messages=MESSAGES, stream=True))
    ensure(streamed.status_code == status, streamed.status_code)
    return error


@chat("429", "429")
def chat_limited(model):
    waits(chat_error(openai.RateLimitError, 429, model).response.headers)


@chat("overloaded", "overloaded")
def chat_overloaded(model):
    chat_error(openai.InternalServerError, overload("openai", model), model)


@chat("context length", "context")
def chat_context(model):
    error = chat_error(openai.BadRequestError, 400, model)
    ensure(error.code == "context_length_exceeded", error.body)


# Responses.

responses = cells("responses")
RESPONSES_TOOLS = [
    {"type": "function", "name": name, "description": text, "parameters": CITY, "strict": True}
    for name, text in TOOLS.items()
]


def responses_used(usage):
    used(usage.input_tokens, usage.input_tokens_details.cached_tokens, usage.output_tokens)


@responses("text", "talk")
def responses_text(model):
    answer = client.responses.create(model=model, instructions=SYSTEM, input=QUESTION)
    strict(Response, answer)
    said(answer.output_text)
    ensure(answer.status == "completed", answer)
    responses_used(answer.usage)


@responses("stream", "talk")
def responses_stream(model):
    events = list(client.responses.create(model=model, instructions=SYSTEM, input=QUESTION, stream=True))
    ensure(events[0].type == "response.created" and events[-1].type == "response.completed", events[-1])
    ensure([event.sequence_number for event in events] == list(range(len(events))), "sequence numbers")
    said("".join(event.delta for event in events if event.type == "response.output_text.delta"))
    strict(Response, events[-1].response)
    responses_used(events[-1].response.usage)
    with client.responses.stream(model=model, instructions=SYSTEM, input=QUESTION) as stream:
        for _ in stream:
            pass
        said(stream.get_final_response().output_text)


def responses_turns(model, stream, **more):
    items = [{"role": "user", "content": QUESTION}]
    call = {"model": model, "tools": RESPONSES_TOOLS, "store": False, **more}
    if stream:
        with client.responses.stream(input=items, **call) as events:
            for _ in events:
                pass
            answer = events.get_final_response()
    else:
        answer = client.responses.create(input=items, **call)
        strict(Response, answer)
    calls = [item for item in answer.output if item.type == "function_call"]
    called((item.name, json.loads(item.arguments)) for item in calls)
    items += [item.to_dict() for item in answer.output]
    for item in items:
        item.pop("parsed_arguments", None)
    items += [
        {"type": "function_call_output", "call_id": item.call_id, "output": RESULTS[item.name]} for item in calls
    ]
    return answer, client.responses.create(input=items, **call)


@responses("tools", "agent")
def responses_tools(model):
    told(responses_turns(model, False)[1].output_text)


@responses("tools stream", "agent")
def responses_tools_stream(model):
    told(responses_turns(model, True)[1].output_text)


@responses("reasoning", "reasoner")
def responses_reasoning(model):
    for stream in (False, True):
        first, answer = responses_turns(
            model,
            stream,
            reasoning={"effort": "low", "summary": "auto"},
            include=["reasoning.encrypted_content"],
        )
        kept = [item for item in first.output if item.type == "reasoning"]
        ensure(len(kept) == 1, [item.type for item in first.output])
        text = [*kept[0].summary, *(kept[0].content or [])]
        ensure(text and text[0].text, kept)
        told(answer.output_text, reasoned=True)
        ensure(answer.usage.output_tokens_details.reasoning_tokens > 0, answer.usage)


@responses("structured", "talk")
def responses_structured(model):
    answer = client.responses.parse(model=model, input=QUESTION, text_format=City)
    fits(answer.output_parsed.model_dump())


@responses("image", "talk")
def responses_image(model):
    content = [
        {"type": "input_text", "text": QUESTION},
        {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}", "detail": "auto"},
    ]
    seen(client.responses.create(model=model, input=[{"role": "user", "content": content}]).output_text)


def responses_error(expected, status, model):
    error = raised(expected, lambda: client.responses.create(model=model, input=QUESTION))
    ensure(error.status_code == status, error.status_code, error)
    streamed = raised(expected, lambda: client.responses.create(model=model, input=QUESTION, stream=True))
    ensure(streamed.status_code == status, streamed.status_code)
    return error


@responses("429", "429")
def responses_limited(model):
    waits(responses_error(openai.RateLimitError, 429, model).response.headers)


@responses("overloaded", "overloaded")
def responses_overloaded(model):
    responses_error(openai.InternalServerError, overload("openai", model), model)


@responses("context length", "context")
def responses_context(model):
    error = responses_error(openai.BadRequestError, 400, model)
    ensure(error.code == "context_length_exceeded", error.body)


run()
