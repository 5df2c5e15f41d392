"""CloudWatch Logs Insights: maps and lists, unnest, and the operators that go with numbers
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html, ..-Unnest.html)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

EVENTS: list[Any] = [
    {"id": 1, "events": [{"name": "exception", "n": 2}, {"name": "user action", "n": 3}], "who": {"a.b": "dotted", "deep": {"x": True}}},
    {"id": 2, "events": [{"name": "exception", "n": 5}], "who": {"a.b": "other", "deep": {"x": None}}},
    {"id": 3, "events": [], "who": "nobody"},
    {"id": 4, "events": {"name": "single", "n": 1}},
    {"id": 5, "list": '[{"k": 7}, 8, "nine"]'},
    [10, 11],
    "plain text",
]


@pytest.fixture(scope="module")
def ask(logs: Any, unique: Callable[[str], str], eventually: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """ask(query): the answer's rows without pointers, oldest event first."""
    group, began = unique("/structured"), int(time.time()) - 600
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=[
        {"timestamp": (began + n) * 1_000, "message": each if isinstance(each, str) else json.dumps(each)}
        for n, each in enumerate(EVENTS)])

    def run(query: str) -> list[dict[str, str]]:
        started = logs.start_query(logGroupName=group, startTime=began, endTime=began + 600, queryString=query)["queryId"]

        def done() -> Any:
            answer = logs.get_query_results(queryId=started)
            return answer["status"] in ("Complete", "Failed") and answer

        answer = eventually(done)
        assert answer["status"] == "Complete"
        return [{cell["field"]: cell["value"] for cell in row if cell["field"] != "@ptr"} for row in answer["results"]]

    yield run
    logs.delete_log_group(logGroupName=group)


def test_the_documented_example(ask: Callable[..., Any]) -> None:
    assert ask("fields jsonParse(@message) as json_message | filter id = 1 | unnest json_message.events into event | display event.name") == [
        {"event.name": "exception"}, {"event.name": "user action"}]
    assert ask('fields jsonParse(@message) as js | unnest js.events into event | filter event.name = "exception" '
               "| sort id | display id, event.n") == [{"id": "1", "event.n": "2"}, {"id": "2", "event.n": "5"}]
    assert ask("fields jsonParse(@message) as js | unnest js.events into event "
               "| stats sum(event.n) as n by event.name | sort n desc | limit 10") == [
        {"event.name": "exception", "n": "7"}, {"event.name": "user action", "n": "3"}, {"event.name": "single", "n": "1"}]


def test_what_is_no_list_is_one_item(ask: Callable[..., Any]) -> None:
    assert ask("fields jsonParse(@message) as js | filter id >= 3 | unnest js.events into event | display id, event") == [
        {"id": "4", "event": '{"name":"single","n":1}'}]
    assert ask("filter id = 1 | unnest id into same | display same") == [{"same": "1"}]


def test_places_in_structures(ask: Callable[..., Any]) -> None:
    one = "fields jsonParse(@message) as js | filter id = 1 | display "
    assert ask(one + "js.events[1].name as name") == [{"name": "user action"}]
    assert ask(one + "js.who.`a.b` as dotted, js.who.deep.x as deep") == [{"dotted": "dotted", "deep": "1"}]
    assert ask(one + "js.events[2].name, js.who[0], js.events.name, js.nothing.at.all, js.id as id") == [{"id": "1"}]
    assert ask('fields jsonParse(@message) as js | filter js.events[0].n > 4 | display id') == [{"id": "2"}]
    assert ask("fields jsonParse(list) as l | filter id = 5 | display l[0].k as k, l[1] as n, l[2] as t") == [{"k": "7", "n": "8", "t": "nine"}]
    assert ask('fields jsonParse(@message) as l | filter l[1] = 11 | display l, l[0] as first') == [{"l": "[10,11]", "first": "10"}]


def test_structures_are_nothing_to_other_functions(ask: Callable[..., Any]) -> None:
    whole = "fields jsonParse(@message) as js | filter id = 2 | display "
    assert ask(whole + "toupper(js) as upper, abs(js.events) as size, ispresent(js) as there") == [{"there": "1"}]
    assert ask(whole + "js = js as same, js != 1 as other, js.who in [js.who] as within") == [{"same": "0", "other": "0", "within": "0"}]
    assert ask(whole + "jsonStringify(js.events) as text, strlen(jsonStringify(js.events)) as length, jsonStringify(id) as none") == [
        {"text": '[{"name":"exception","n":5}]', "length": "28"}]
    # Neither a number nor any other text is JSON of a map or a list.
    assert ask('filter @message = "plain text" | fields jsonParse(@message) as js, ispresent(jsonParse("5")) as n') == [{"n": "0"}]


def test_powers_and_logarithms(ask: Callable[..., Any]) -> None:
    assert ask("filter id = 2 | display 2 ^ 3 as p, 2 * 3 ^ 2 as q, id ^ 0.5 as r, 2 ^ 3 ^ 2 as s, log(1) as l, log(id) as m, log(0) as n") == [
        {"p": "8", "q": "18", "r": "1.4142", "s": "512", "l": "0", "m": "0.6931"}]


@pytest.mark.parametrize("query", ["unnest js", "unnest js into", "fields a[", "fields a[x]", "fields a[1", "fields 2 ^", "fields jsonParse()"])
def test_what_is_malformed(logs: Any, unique: Callable[[str], str], query: str) -> None:
    group = unique("/empty")
    logs.create_log_group(logGroupName=group)
    with pytest.raises(ClientError) as caught:
        logs.start_query(logGroupName=group, startTime=1, endTime=2, queryString=query)
    assert caught.value.response["Error"]["Code"] == "MalformedQueryException"
