"""Running checks and telling their outcome: one JSON object per line."""

import json
import os
import sys
import time
import traceback

GATEWAY = os.environ["AIGW_UNDER_TEST"]
KEY = os.environ["AIGW_CLIENT_KEY"]
NAME = os.environ["AIGW_CLIENT_NAME"]
UPSTREAMS = os.environ["AIGW_UPSTREAMS"].split(",")

_checks = []


class Failed(Exception):
    """A check did not find what it was looking for."""


def check(name, way="", upstream="", limit=None):
    """Registers a function as the check called `name`; `limit` says why the client itself cannot do it."""

    def register(function):
        _checks.append((name, way, upstream, limit, function))
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


def named(wanted, base, call):
    """The exception of the class with this name, a kind of `base`, that `call` raises."""
    try:
        result = call()
    except base as error:
        ensure(type(error).__name__ == wanted, f"{type(error).__name__} instead of {wanted}: {error}")
        return error
    raise Failed(f"no {wanted}, but {result!r}")


def run(*_):
    """Runs every registered check."""
    for name, way, upstream, limit, function in _checks:
        problem = None
        start = time.monotonic()
        if limit is None:
            try:
                function()
            except Failed as error:
                problem = str(error)
            except Exception:
                problem = traceback.format_exc(limit=-3)
        took = round(1000 * (time.monotonic() - start))
        outcome = {"check": name, "way": way, "upstream": upstream, "problem": problem, "limit": limit, "ms": took}
        print("\n" + json.dumps(outcome, separators=(",", ":")), flush=True)
    sys.stdout.flush()
    # Some clients leave threads behind that would keep the process.
    os._exit(0)
