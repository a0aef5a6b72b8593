"""`pydantic-ai` against every upstream, through each of the interfaces that it speaks."""

import base64

from checks import GATEWAY, KEY, ensure, named, run
from matrix import (
    PIXEL, QUESTION, RESULTS, SYSTEM, called, cells, fits, overload, said, seen, told, used,
)
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, NativeOutput
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.anthropic import AnthropicModel, AnthropicModelSettings
from pydantic_ai.models.google import GoogleModel, GoogleModelSettings
from pydantic_ai.models.openai import (
    OpenAIChatModel, OpenAIChatModelSettings, OpenAIResponsesModel, OpenAIResponsesModelSettings,
)
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI


class City(BaseModel):
    city: str
    days: int


def openai_provider():
    return OpenAIProvider(openai_client=AsyncOpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, max_retries=0, timeout=30))


def anthropic_provider():
    client = AsyncAnthropic(base_url=GATEWAY, api_key=KEY, max_retries=0, timeout=30)
    return AnthropicProvider(anthropic_client=client)


def google_provider():
    return GoogleProvider(api_key=KEY, base_url=GATEWAY)


WAYS = {
    "chat": (
        lambda model: OpenAIChatModel(model, provider=openai_provider()),
        OpenAIChatModelSettings(openai_reasoning_effort="low"),
        {
            "openai_responses": "sends no `reasoning_details` back, in which the encrypted reasoning comes",
            "anthropic_messages": "sends no `reasoning_details` back, in which the signed thinking comes",
        },
    ),
    "responses": (
        lambda model: OpenAIResponsesModel(model, provider=openai_provider()),
        OpenAIResponsesModelSettings(openai_reasoning_effort="low", openai_reasoning_summary="auto"),
        {
            "openai_chat": "asks for no encrypted reasoning of unknown models, and sends no reasoning back",
            "openai_responses": "asks for no encrypted reasoning of unknown models, and sends no reasoning back",
            "anthropic_messages": "asks for no encrypted reasoning of unknown models, and sends no reasoning back",
        },
    ),
    "messages": (
        lambda model: AnthropicModel(model, provider=anthropic_provider()),
        AnthropicModelSettings(anthropic_thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=4096),
        {"openai_chat": "sends thinking without a signature back as text, and a chat upstream signs nothing"},
    ),
    "gemini": (
        lambda model: GoogleModel(model, provider=google_provider()),
        GoogleModelSettings(google_thinking_config={"include_thoughts": True, "thinking_budget": 1024}),
        None,
    ),
}


FAMILIES = {"messages": "anthropic", "gemini": "google"}


def register(way):
    make, thinking, limits = WAYS[way]
    cell = cells(way)

    def plain(model):
        return Agent(make(model), system_prompt=SYSTEM)

    def counted(usage):
        used(usage.input_tokens, usage.cache_read_tokens, usage.output_tokens)

    @cell("text", "talk")
    def text(model):
        result = plain(model).run_sync(QUESTION)
        said(result.output)
        counted(result.usage() if callable(result.usage) else result.usage)

    @cell("stream", "talk")
    def stream(model):
        result = plain(model).run_stream_sync(QUESTION)
        pieces = list(result.stream_text(delta=True, debounce_by=None))
        ensure(len(pieces) > 8, len(pieces))
        said("".join(pieces))
        counted(result.usage() if callable(result.usage) else result.usage)

    def turns(model, settings=None):
        """An agent that runs to its end by itself."""
        agent = plain(model)
        calls = []

        @agent.tool_plain
        def get_weather(city: str, days: int) -> str:
            """The weather of a city."""
            calls.append(("get_weather", {"city": city, "days": days}))
            return RESULTS["get_weather"]

        @agent.tool_plain
        def get_time(city: str, days: int) -> str:
            """The time in a city."""
            calls.append(("get_time", {"city": city, "days": days}))
            return RESULTS["get_time"]

        def done(text, reasoned):
            called(sorted(calls, reverse=True))
            calls.clear()
            told(text, reasoned)

        return agent, done

    @cell("tools", "agent")
    def tools(model):
        agent, done = turns(model)
        done(agent.run_sync(QUESTION).output, False)

    @cell("tools stream", "agent")
    def tools_stream(model):
        agent, done = turns(model)
        done(agent.run_stream_sync(QUESTION).get_output(), False)

    @cell("reasoning", "reasoner", limits)
    def reasons(model):
        agent, done = turns(model)
        done(agent.run_sync(QUESTION, model_settings=thinking).output, True)
        done(agent.run_stream_sync(QUESTION, model_settings=thinking).get_output(), True)

    @cell("structured", "talk")
    def structured(model):
        # By a tool that must be called, and by the schema of the answer.
        fits(Agent(make(model), output_type=City).run_sync(QUESTION).output.model_dump())
        # It knows no schema of answers for unknown models of Anthropic.
        if way != "messages":
            fits(Agent(make(model), output_type=NativeOutput(City)).run_sync(QUESTION).output.model_dump())

    @cell("image", "talk")
    def image(model):
        picture = BinaryContent(base64.b64decode(PIXEL), media_type="image/png")
        seen(plain(model).run_sync([QUESTION, picture]).output)

    def failing(name, status, model):
        error = named(name, ModelHTTPError, lambda: plain(model).run_sync(QUESTION))
        ensure(error.status_code == status, error.status_code, error)
        return error

    @cell("429", "429")
    def limited(model):
        failing("ModelRateLimitError", 429, model)

    @cell("overloaded", "overloaded")
    def overloaded(model):
        failing("ModelOverloadedError", overload(FAMILIES.get(way, "openai"), model), model)

    @cell("context length", "context")
    def context(model):
        failing("ModelContextWindowExceededError", 400, model)


for way in WAYS:
    register(way)

run()
