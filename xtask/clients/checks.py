"""Running checks and telling their outcome: one JSON object per line."""

import json
import os
import sys
import time
import traceback

GATEWAY = os.environ["AIGW_UNDER_TEST"]
KEY = os.environ["AIGW_CLIENT_KEY"]

_checks = []


class Failed(Exception):
    """A check did not find what it was looking for."""


def check(name):
    """Registers a function as the check called `name`."""

    def register(function):
        _checks.append((name, function))
        return function

    return register


def ensure(condition, *facts):
    """Fails the check with these facts unless the condition holds."""
    if not condition:
        raise Failed(" ".join(str(fact) for fact in facts))


def raised(expected, call):
    """The exception of exactly the expected class that `call` raises."""
    try:
        result = call()
    except expected as error:
        ensure(type(error) is expected, f"{type(error).__name__} instead of {expected.__name__}: {error}")
        return error
    except Exception as error:
        raise Failed(f"{type(error).__name__} instead of {expected.__name__}: {error}") from error
    raise Failed(f"no {expected.__name__}, but {result!r}")


def run(client):
    """Runs every registered check."""
    for name, function in _checks:
        problem = None
        start = time.monotonic()
        try:
            function()
        except Failed as error:
            problem = str(error)
        except Exception:
            problem = traceback.format_exc(limit=-3)
        took = round(1000 * (time.monotonic() - start))
        print(json.dumps({"client": client, "check": name, "problem": problem, "ms": took}), flush=True)
    sys.exit(0)
