"""`langchain-anthropic` against every upstream."""

import anthropic._exceptions as exceptions
from checks import GATEWAY, KEY, ensure, named, run
from langchain_anthropic import ChatAnthropic
from langchain_checks import MESSAGES, register
from matrix import cells, overload, waits

cell = cells()


def make(model, **more):
    return ChatAnthropic(model=model, base_url=GATEWAY, api_key=KEY, timeout=30, max_retries=0, max_tokens=4096, **more)


register(
    cell,
    make,
    {"thinking": {"type": "enabled", "budget_tokens": 1024}},
)


def failing(expected, status, model):
    error = named(expected, exceptions.APIStatusError, lambda: make(model).invoke(MESSAGES))
    ensure(error.status_code == status, error.status_code, error)
    streamed = named(expected, exceptions.APIStatusError, lambda: list(make(model).stream(MESSAGES)))
    ensure(streamed.status_code == status, streamed.status_code)
    return error


@cell("429", "429")
def limited(model):
    waits(failing("AnthropicRateLimitError", 429, model).response.headers)


@cell("overloaded", "overloaded")
def overloaded(model):
    failing("AnthropicOverloadedError", overload("anthropic", model), model)


@cell("context length", "context")
def context(model):
    try:
        make(model).invoke(MESSAGES)
    except exceptions.BadRequestError as error:
        ensure("prompt is too long: " in str(error), error)
        ensure(type(error).__name__ == "AnthropicContextOverflowError", type(error).__name__)
    else:
        ensure(False, "no error")


run()
