"""`litellm` as a client against every upstream, through each of the interfaces that it speaks."""

import json
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from checks import GATEWAY, KEY, ensure, raised, run
from matrix import (
    CITY, PIXEL, QUESTION, RESULTS, SYSTEM, TOOLS, called, cells, fits, said, seen, told, used,
)

litellm.telemetry = False
litellm.suppress_debug_info = True
litellm.drop_params = True
MESSAGES = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
FUNCTIONS = [
    {"type": "function", "function": {"name": name, "description": text, "parameters": CITY}}
    for name, text in TOOLS.items()
]
WAYS = {
    "chat": ("openai/", f"{GATEWAY}/v1"),
    "messages": ("anthropic/", GATEWAY),
}


def register(way):
    prefix, base = WAYS[way]
    cell = cells(way)

    def ask(model, messages=MESSAGES, **more):
        return litellm.completion(
            model=prefix + model, api_base=base, api_key=KEY, messages=messages, timeout=30, num_retries=0,
            max_retries=0, **more,
        )

    def counted(usage):
        used(usage.prompt_tokens, usage.prompt_tokens_details.cached_tokens, usage.completion_tokens)

    @cell("text", "talk")
    def text(model):
        answer = ask(model)
        said(answer.choices[0].message.content)
        counted(answer.usage)

    def streamed(model, **more):
        chunks = list(ask(model, stream=True, stream_options={"include_usage": True}, **more))
        ensure(len(chunks) > 4, len(chunks))
        return litellm.stream_chunk_builder(chunks, messages=MESSAGES)

    @cell("stream", "talk")
    def stream(model):
        answer = streamed(model)
        said(answer.choices[0].message.content)
        counted(answer.usage)

    def turns(model, first, **more):
        message = first(model, tools=FUNCTIONS, **more).choices[0].message
        called((call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls)
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": RESULTS[call.function.name]}
            for call in message.tool_calls
        ]
        answer = ask(model, messages=[*MESSAGES, message.model_dump(), *results], tools=FUNCTIONS, **more)
        return answer.choices[0].message.content

    @cell("tools", "agent")
    def tools(model):
        told(turns(model, ask))

    @cell("tools stream", "agent")
    def tools_stream(model):
        told(turns(model, streamed))

    @cell("reasoning", "reasoner", {"*": "sends no signed thinking back that it keeps in messages"} if way == "messages" else None)
    def reasons(model):
        more = {"reasoning_effort": "low", "allowed_openai_params": ["reasoning_effort"]}
        if way == "messages":
            more = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096}
        told(turns(model, ask, **more), reasoned=True)

    @cell("structured", "talk")
    def structured(model):
        wanted = {"type": "json_schema", "json_schema": {"name": "city", "schema": CITY, "strict": True}}
        fits(json.loads(ask(model, response_format=wanted).choices[0].message.content))

    @cell("image", "talk")
    def image(model):
        content = [
            {"type": "text", "text": QUESTION},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        ]
        seen(ask(model, messages=[{"role": "user", "content": content}]).choices[0].message.content)

    @cell("429", "429")
    def limited(model):
        raised(litellm.RateLimitError, lambda: ask(model))

    @cell("overloaded", "overloaded")
    def overloaded(model):
        try:
            ask(model)
        except (litellm.ServiceUnavailableError, litellm.InternalServerError, litellm.APIError) as error:
            ensure(error.status_code in (500, 503, 529), error.status_code)
        else:
            ensure(False, "no error")

    @cell("context length", "context")
    def context(model):
        raised(litellm.ContextWindowExceededError, lambda: ask(model))


for way in WAYS:
    register(way)

run()
