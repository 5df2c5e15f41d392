"""What a call of boto3 that must fail was refused with. A call that passes fails the test that made it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

DENIALS = ("AccessDenied", "AccessDeniedException", "403")


@dataclass(frozen=True)
class Refusal:
    """An error answer as botocore has parsed it. A part that the answer lacks is an empty text."""

    code: str
    status: int
    message: str
    response: dict[str, Any]

    @property
    def told(self) -> tuple[int, str, str]:
        """In the order of `raw_http.told`."""
        return self.status, self.code, self.message

    @property
    def error(self) -> dict[str, Any]:
        """The members of the error itself: Code, Message and what the service adds."""
        return self.response["Error"]


def refusal(call: Callable[..., Any], /, *arguments: Any, **named: Any) -> Refusal:
    """The refusal that the call must meet."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    response = caught.value.response
    error = response["Error"]
    return Refusal(
        error.get("Code", ""), response["ResponseMetadata"]["HTTPStatusCode"], error.get("Message", ""), response)


def code_of(call: Callable[..., Any], /, *arguments: Any, **named: Any) -> str:
    return refusal(call, *arguments, **named).code


def code_and_status(call: Callable[..., Any], /, *arguments: Any, **named: Any) -> tuple[str, int]:
    found = refusal(call, *arguments, **named)
    return found.code, found.status


def code_and_message(call: Callable[..., Any], /, *arguments: Any, **named: Any) -> tuple[str, str]:
    found = refusal(call, *arguments, **named)
    return found.code, found.message


def message_of(code: str, call: Callable[..., Any], /, *arguments: Any, **named: Any) -> str:
    """The message of a refusal that must have this code."""
    found = refusal(call, *arguments, **named)
    assert found.code == code, found
    return found.message


def assert_refused(call: Callable[..., Any], code: str, text: str = "", /, **named: Any) -> None:
    """The call is refused with this code, and the message has the text."""
    found = refusal(call, **named)
    assert found.code == code and text in found.message, found


def is_allowed(call: Callable[..., Any], /, **named: Any) -> bool:
    """Whether the call passes. It may fail for want of permission alone."""
    try:
        call(**named)
    except ClientError as error:
        assert error.response["Error"]["Code"] in DENIALS, error
        return False
    return True
