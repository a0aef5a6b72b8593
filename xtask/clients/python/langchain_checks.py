"""What the checks of langchain's clients share."""

from checks import ensure
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from matrix import (
    PIXEL, QUESTION, RESULTS, SYSTEM, called, fits, said, seen, told, used,
)
from pydantic import BaseModel, Field

MESSAGES = [SystemMessage(SYSTEM), HumanMessage(QUESTION)]


class City(BaseModel):
    """A city and days."""

    city: str = Field()
    days: int = Field()


@tool(args_schema=City)
def get_weather(city: str, days: int) -> str:
    """The weather of a city."""
    return RESULTS["get_weather"]


@tool(args_schema=City)
def get_time(city: str, days: int) -> str:
    """The time in a city."""
    return RESULTS["get_time"]


BOTH = {"get_weather": get_weather, "get_time": get_time}


def words(message):
    """The text of a message."""
    text = message.text
    return text() if callable(text) else str(text)


def collected(stream):
    """All pieces of a stream as one message."""
    whole = None
    count = 0
    for piece in stream:
        whole = piece if whole is None else whole + piece
        count += 1
    ensure(count > 4, count)
    return whole


def register(cell, make, reasoning, limits=None):
    """Registers the checks that a chat model made by `make(model)` must pass."""

    def counted(message):
        usage = message.usage_metadata
        cached = usage["input_token_details"]["cache_read"]
        used(usage["input_tokens"], cached, usage["output_tokens"])

    @cell("text", "talk")
    def text(model):
        answer = make(model).invoke(MESSAGES)
        said(words(answer))
        counted(answer)

    @cell("stream", "talk")
    def stream(model):
        answer = collected(make(model).stream(MESSAGES))
        said(words(answer))
        counted(answer)

    def turns(chat, streamed):
        bound = chat.bind_tools(list(BOTH.values()))
        first = collected(bound.stream(MESSAGES)) if streamed else bound.invoke(MESSAGES)
        called((call["name"], call["args"]) for call in first.tool_calls)
        results = [BOTH[call["name"]].invoke(call) for call in first.tool_calls]
        ensure(all(isinstance(result, ToolMessage) for result in results), results)
        try:
            return words(bound.invoke([*MESSAGES, first, *results]))
        except Exception as error:
            raise RuntimeError(f"the second turn failed after {first.content}") from error

    @cell("tools", "agent")
    def tools(model):
        told(turns(make(model), False))

    @cell("tools stream", "agent")
    def tools_stream(model):
        told(turns(make(model), True))

    @cell("reasoning", "reasoner", limits)
    def reasons(model):
        for streamed in (False, True):
            told(turns(make(model, **reasoning), streamed), reasoned=True)

    @cell("structured", "talk")
    def structured(model):
        answer = make(model).with_structured_output(City, method="json_schema").invoke(MESSAGES)
        fits(answer.model_dump())

    @cell("image", "talk")
    def image(model):
        picture = {"type": "image", "base64": PIXEL, "mime_type": "image/png"}
        content = [{"type": "text", "text": QUESTION}, picture]
        seen(words(make(model).invoke([HumanMessage(content=content)])))
