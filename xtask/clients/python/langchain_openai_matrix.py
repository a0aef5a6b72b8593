"""`langchain-openai` against every upstream: chat completions and responses."""

import openai
from checks import GATEWAY, KEY, ensure, named, run
from langchain_checks import MESSAGES, register
from langchain_openai import ChatOpenAI
from matrix import cells, overload, waits

COMMON = {"base_url": f"{GATEWAY}/v1", "api_key": KEY, "timeout": 30, "max_retries": 0, "stream_usage": True}
FORGETS = "ChatOpenAI drops `reasoning_content`, which is all that a chat upstream gives"


def chat(model, **more):
    return ChatOpenAI(model=model, **COMMON, **more)


def responses(model, **more):
    return ChatOpenAI(model=model, use_responses_api=True, output_version="responses/v1", **COMMON, **more)


SUMMARY = {
    "reasoning": {"effort": "low", "summary": "auto"},
    "include": ["reasoning.encrypted_content"],
    "store": False,
}
DROPS = {
    "openai_chat": FORGETS,
    "openai_responses": "ChatOpenAI drops `reasoning_details`, in which the encrypted reasoning comes",
    "anthropic_messages": "ChatOpenAI drops `reasoning_details`, in which the signed thinking comes",
}
register(cells("chat"), chat, {"reasoning_effort": "low"}, DROPS)
register(
    cells("responses"),
    responses,
    SUMMARY,
    {"openai_chat": "ChatOpenAI sends only encrypted reasoning back, and a chat upstream encrypts nothing"},
)

for way, make in (("chat", chat), ("responses", responses)):
    cell = cells(way)

    def failing(expected, status, model, make=make):
        error = named(expected, openai.APIStatusError, lambda: make(model).invoke(MESSAGES))
        ensure(error.status_code == status, error.status_code, error)
        streamed = named(expected, openai.APIStatusError, lambda: list(make(model).stream(MESSAGES)))
        ensure(streamed.status_code == status, streamed.status_code)
        return error

    @cell("429", "429")
    def limited(model, failing=failing):
        waits(failing("OpenAIRateLimitError", 429, model).response.headers)

    @cell("overloaded", "overloaded")
    def overloaded(model, failing=failing):
        failing("OpenAIAPIError", overload("openai", model), model)

    @cell("context length", "context")
    def context(model, make=make):
        try:
            make(model).invoke(MESSAGES)
        except openai.BadRequestError as error:
            ensure(error.code == "context_length_exceeded", error.body)
        else:
            ensure(False, "no error")


run()
