"""CloudWatch Logs: a Live Tail session."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import EventStreamError
from refusals import code_of


@pytest.fixture
def tail(client_for: Callable[..., Any]) -> Any:
    """A client that does not put `stream-` before the host's name."""
    return client_for("logs", inject_host_prefix=False)


@pytest.fixture
def group(logs: Any, unique: Callable[[str], str]) -> Iterator[str]:
    """Its ARN."""
    name = unique("/tailed/group")
    logs.create_log_group(logGroupName=name)
    for stream in ("a", "b"):
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
    yield logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["logGroupArn"]
    logs.delete_log_group(logGroupName=name)


def write(logs: Any, group: str, stream: str, *messages: str) -> None:
    now = int(time.time() * 1_000)
    logs.put_log_events(
        logGroupName=group.split(":")[-1], logStreamName=stream,
        logEvents=[{"timestamp": now, "message": text} for text in messages])


def updates(events: Any, count: int) -> list[dict[str, Any]]:
    """The next events of a session that has begun, as many as are wanted."""
    found: list[dict[str, Any]] = []
    for event in events:
        found += event["sessionUpdate"]["sessionResults"]
        if len(found) >= count:
            return found
    return found


def test_events_as_they_come(logs: Any, tail: Any, group: str) -> None:
    write(logs, group, "a", "before")
    answer = tail.start_live_tail(logGroupIdentifiers=[group], logEventFilterPattern="ERROR")["responseStream"]
    events = iter(answer)
    start = next(events)["sessionStart"]
    assert (start["logGroupIdentifiers"], start["logEventFilterPattern"]) == ([group], "ERROR") and start["sessionId"]
    update = next(events)["sessionUpdate"]
    assert (update["sessionMetadata"], update["sessionResults"]) == ({"sampled": False}, [])
    write(logs, group, "a", "ERROR one", "fine")
    write(logs, group, "b", "ERROR two")
    found = updates(events, 2)
    assert [(each["logStreamName"], each["message"], each["logGroupIdentifier"]) for each in found] == [
        ("a", "ERROR one", group), ("b", "ERROR two", group)]
    assert found[0]["ingestionTime"] >= found[0]["timestamp"] - 60_000
    answer.close()


def test_streams_and_samples(logs: Any, tail: Any, group: str) -> None:
    answer = tail.start_live_tail(logGroupIdentifiers=[group], logStreamNamePrefixes=["b"])["responseStream"]
    events = iter(answer)
    next(events)
    write(logs, group, "a", "no")
    write(logs, group, "b", *(str(number) for number in range(1_200)))
    for event in events:
        update = event["sessionUpdate"]
        if update["sessionResults"]:
            break
    assert update["sessionMetadata"]["sampled"] and len(update["sessionResults"]) == 500
    assert {each["logStreamName"] for each in update["sessionResults"]} == {"b"}
    answer.close()


def test_masked_messages(logs: Any, tail: Any, group: str) -> None:
    identifier = ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"]
    logs.put_data_protection_policy(logGroupIdentifier=group, policyDocument=json.dumps({"Statement": [
        {"DataIdentifier": identifier, "Operation": {"Audit": {"FindingsDestination": {}}}},
        {"DataIdentifier": identifier, "Operation": {"Deidentify": {"MaskConfig": {}}}}]}))
    answer = tail.start_live_tail(logGroupIdentifiers=[group])["responseStream"]
    events = iter(answer)
    next(events)
    write(logs, group, "a", "me@example.com")
    assert [each["message"] for each in updates(events, 1)] == ["**************"]
    answer.close()


def test_a_session_ends_after_three_hours(tail: Any, group: str, advance: Callable[[int], Any]) -> None:
    events = iter(tail.start_live_tail(logGroupIdentifiers=[group])["responseStream"])
    next(events)
    advance(3 * 3_600)
    with pytest.raises(EventStreamError) as caught:
        for _ in events:
            pass
    assert caught.value.response["Error"]["Code"] == "SessionTimeoutException"


def test_what_is_refused(logs: Any, tail: Any, group: str, iam: Any, client_for: Any, unique: Any) -> None:
    def refused(groups: list[str], **more: Any) -> str:
        return code_of(tail.start_live_tail, logGroupIdentifiers=groups, **more)

    assert refused([group.split(":")[-1]]) == "InvalidParameterException"
    assert refused([f"{group}:*"]) == "InvalidParameterException"
    assert refused([f"{group}-none"]) == "ResourceNotFoundException"
    assert refused([group], logStreamNames=["a"], logStreamNamePrefixes=["b"]) == "InvalidParameterException"
    assert refused([group, group], logStreamNames=["a"]) == "InvalidParameterException"
    assert refused([group], logEventFilterPattern="{ $.a =") == "InvalidParameterException"
    user = unique("user")
    iam.create_user(UserName=user)
    own = client_for("logs", iam.create_access_key(UserName=user)["AccessKey"], inject_host_prefix=False)
    assert code_of(own.start_live_tail, logGroupIdentifiers=[group]) == "AccessDeniedException"
    open_ones = [tail.start_live_tail(logGroupIdentifiers=[group])["responseStream"] for _ in range(15)]
    assert refused([group]) == "LimitExceededException"
    for each in open_ones:
        each.close()
