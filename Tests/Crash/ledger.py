"""What a worker knows of the things it alone writes: what was acknowledged, and what is open since the last crash."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

ABSENT = None


class Ledger:
    """Values by key. One writer; at most one change at a time is in flight, so at most one key is in doubt."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.acknowledged: dict[Hashable, Any] = {}
        self.doubt: dict[Hashable, Any] = {}
        self.touched: set[Hashable] = set()

    def change(self, key: Hashable, value: Any, call: Callable[[], Any]) -> Any:
        """Runs the call that gives `key` the value (ABSENT: deletes it). If it fails, either value may be there."""
        self.doubt[key] = value
        self.touched.add(key)
        answer = call()
        del self.doubt[key]
        self.acknowledged[key] = value
        return answer

    def settle(self, key: Hashable, seen: Any) -> str | None:
        """Holds what is seen after a restart against what is known, and takes it over. Gives what is wrong, if anything."""
        allowed = [self.acknowledged.get(key)]
        if key in self.doubt:
            allowed.append(self.doubt.pop(key))
        if seen not in allowed:
            return f"{self.name}: {key!r} is {brief(seen)}, allowed: {' or '.join(map(brief, allowed))}"
        self.acknowledged[key] = seen
        return None

    @property
    def keys(self) -> set[Hashable]:
        return self.acknowledged.keys() | self.doubt.keys()


def brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:160]}... ({len(text)} characters)"
