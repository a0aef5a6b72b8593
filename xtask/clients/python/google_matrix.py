"""The official `google-genai` package against every upstream."""

import base64

from checks import GATEWAY, KEY, ensure, raised, run
from google import genai
from google.genai import errors, types
from matrix import (
    CITY, PIXEL, QUESTION, RESULTS, SYSTEM, TOOLS, called, cells, fits, overload, said, seen, told, used,
)
from pydantic import BaseModel

client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=GATEWAY, timeout=30_000))
cell = cells()
DECLARED = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(name=name, description=text, parameters_json_schema=CITY)
        for name, text in TOOLS.items()
    ]
)
MANUAL = types.AutomaticFunctionCallingConfig(disable=True)


class City(BaseModel):
    city: str
    days: int


def config(**more):
    return types.GenerateContentConfig(system_instruction=SYSTEM, automatic_function_calling=MANUAL, **more)


def counted(usage):
    output = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    used(usage.prompt_token_count, usage.cached_content_token_count, output)


def create(model, contents, **more):
    answer = client.models.generate_content(model=model, contents=contents, config=config(**more))
    ensure(answer.candidates[0].finish_reason == types.FinishReason.STOP, answer)
    return answer.candidates[0].content, answer


def streamed(model, contents, **more):
    parts = []
    chunks = list(client.models.generate_content_stream(model=model, contents=contents, config=config(**more)))
    for chunk in chunks:
        for candidate in chunk.candidates or []:
            parts += (candidate.content.parts if candidate.content else None) or []
    ensure(chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP, chunks[-1])
    return types.Content(role="model", parts=[part for part in parts if part.text != "" or part.thought_signature]), chunks[-1]


def final(content):
    return "".join(part.text or "" for part in content.parts if not part.thought)


@cell("text", "talk")
def text(model):
    content, answer = create(model, QUESTION)
    said(final(content))
    counted(answer.usage_metadata)


@cell("stream", "talk")
def stream(model):
    content, last = streamed(model, QUESTION)
    said(final(content))
    ensure(len(content.parts) > 8, len(content.parts))
    counted(last.usage_metadata)


def turns(model, first, **more):
    ask = types.Content(role="user", parts=[types.Part(text=QUESTION)])
    content, _ = first(model, [ask], tools=[DECLARED], **more)
    calls = [part.function_call for part in content.parts if part.function_call]
    called((call.name, call.args) for call in calls)
    results = [
        types.Part(
            function_response=types.FunctionResponse(
                id=call.id, name=call.name, response={"result": RESULTS[call.name]}
            )
        )
        for call in calls
    ]
    history = [ask, content, types.Content(role="user", parts=results)]
    return content, final(create(model, history, tools=[DECLARED], **more)[0])


@cell("tools", "agent")
def tools(model):
    told(turns(model, create)[1])


@cell("tools stream", "agent")
def tools_stream(model):
    told(turns(model, streamed)[1])


@cell("reasoning", "reasoner")
def reasoning(model):
    thinking = types.ThinkingConfig(include_thoughts=True, thinking_budget=1024)
    for first in (create, streamed):
        content, text = turns(model, first, thinking_config=thinking)
        ensure(any(part.thought and part.text for part in content.parts), content)
        told(text, reasoned=True)


@cell("structured", "talk")
def structured(model):
    more = {"response_mime_type": "application/json"}
    fits(create(model, QUESTION, response_schema=City, **more)[1].parsed.model_dump())
    fits(create(model, QUESTION, response_json_schema=CITY, **more)[1].parsed)


@cell("image", "talk")
def image(model):
    picture = types.Part.from_bytes(data=base64.b64decode(PIXEL), mime_type="image/png")
    seen(final(create(model, [picture, QUESTION])[0]))


def failing(expected, code, model):
    error = raised(expected, lambda: client.models.generate_content(model=model, contents=QUESTION))
    ensure(error.code == code, error.code, error)
    other = raised(expected, lambda: list(client.models.generate_content_stream(model=model, contents=QUESTION)))
    ensure(other.code == code, other.code)
    return error


@cell("429", "429")
def limited(model):
    error = failing(errors.ClientError, 429, model)
    ensure(error.status == "RESOURCE_EXHAUSTED", error.status)


@cell("overloaded", "overloaded")
def overloaded(model):
    error = failing(errors.ServerError, overload("google", model), model)
    ensure(error.status == "UNAVAILABLE", error.status)


@cell("context length", "context")
def context(model):
    error = failing(errors.ClientError, 400, model)
    ensure(error.status == "INVALID_ARGUMENT" and "token" in error.message, error)


run()
