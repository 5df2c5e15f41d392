"""CloudWatch Logs Insights: queries over groups, their answers, and the records they point to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from refusals import code_and_message, refusal


@pytest.fixture(scope="module")
def began() -> int:
    return int(time.time()) - 600


@pytest.fixture(scope="module")
def group(logs: Any, unique: Callable[[str], str], began: int) -> Iterator[str]:
    """A group with two streams: requests every second, and one line that is no JSON."""
    name = unique("/queried/group")
    logs.create_log_group(logGroupName=name)
    for stream in ("one", "two"):
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
    logs.put_log_events(logGroupName=name, logStreamName="one", logEvents=[
        {"timestamp": (began + n) * 1_000, "message": json.dumps({"path": f"/{n % 3}", "ms": n})} for n in range(10)])
    logs.put_log_events(
        logGroupName=name, logStreamName="two", logEvents=[{"timestamp": (began + 100) * 1_000, "message": "plain text"}])
    yield name
    logs.delete_log_group(logGroupName=name)


@pytest.fixture
def ask(logs: Any, group: str, began: int, eventually: Callable[..., Any]) -> Callable[..., Any]:
    """ask(query): GetQueryResults' answer, once the query is complete, with rows as dicts."""

    def run(query: str, **more: Any) -> dict[str, Any]:
        started = logs.start_query(**{
            "logGroupName": group, "startTime": began, "endTime": began + 600, "queryString": query, **more})["queryId"]

        def done() -> Any:
            answer = logs.get_query_results(queryId=started)
            return answer["status"] in ("Complete", "Failed") and answer

        answer = eventually(done)
        rows = [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]
        return {**answer, "rows": rows, "id": started}

    return run


def test_rows(logs: Any, ask: Callable[..., Any], group: str, account: str) -> None:
    answer = ask("fields @timestamp, @message, @logStream | limit 3")
    assert answer["status"] == "Complete" and [row["@logStream"] for row in answer["rows"]] == ["two", "one", "one"]
    assert answer["rows"][0]["@message"] == "plain text" and answer["statistics"]["recordsScanned"] == 11.0
    record = logs.get_log_record(logRecordPointer=answer["rows"][1]["@ptr"])["logRecord"]
    assert record["path"] == "/0" and record["ms"] == "9" and record["@log"] == f"{account}:{group}"
    assert refusal(logs.get_log_record, logRecordPointer="bm9uc2Vuc2U=").code == "InvalidParameterException"


def test_filter_and_stats(ask: Callable[..., Any], group: str, began: int) -> None:
    counted = ask("filter ms > 2 | stats count(*) as n, avg(ms) as mean by path | sort path", limit=2)
    assert counted["rows"] == [{"path": "/0", "n": "3", "mean": "6"}, {"path": "/1", "n": "2", "mean": "5.5"}]
    assert counted["statistics"]["recordsMatched"] == 7.0
    parsed = ask("parse @message '\"path\": \"*\"' as p | filter ispresent(p) | dedup p | sort p | display p")
    assert [row["p"] for row in parsed["rows"]] == ["/0", "/1", "/2"]
    early = ask("fields ms", endTime=began + 4)
    assert [row["ms"] for row in early["rows"]] == ["4", "3", "2", "1", "0"]


def test_addresses_and_the_time(ask: Callable[..., Any], began: int) -> None:
    calls = {
        "isValidIp('10.1.2.3')": "1", "isValidIp('2001:db8::7')": "1", "isValidIp('10.1.2.300')": "0", "isValidIp(path)": "0",
        "isValidIp(missing)": "0", "isValidIpv4('10.1.2.3')": "1", "isValidIpv4('::1')": "0", "isValidIpv6('::1')": "1",
        "isValidIpv6('10.1.2.3')": "0", "isIpv4InSubnet('10.1.130.3', '10.1.128.0/17')": "1",
        "isIpv4InSubnet('10.1.2.3', '10.1.128.0/17')": "0", "isIpv4InSubnet('2001:db8::7', '2001:db8::/32')": "0",
        "isIpv6InSubnet('2001:db8::7', '2001:db8::/32')": "1", "isIpv6InSubnet('2001:db9::7', '2001:db8::/32')": "0",
        "isIpInSubnet('10.1.2.3', '0.0.0.0/0')": "1", "isIpInSubnet('2001:db8::7', '2001:db8::/32')": "1",
        "isIpInSubnet('10.1.2.3', '2001:db8::/32')": "0", "isIpInSubnet('10.1.2.3', '10.1.2.3')": "0",
    }
    names = {f"c{number}": call for number, call in enumerate(calls)}
    row = ask("fields " + ", ".join(f"{call} as {name}" for name, call in names.items()) + ", now() as n | limit 1")["rows"][0]
    assert {call: row[name] for name, call in names.items()} == calls
    assert int(row["n"]) >= began
    assert len(ask("filter isIpInSubnet(concat('10.1.2.', ms), '10.1.2.8/31')")["rows"]) == 2


def test_what_is_refused(logs: Any, group: str, began: int) -> None:
    where = {"startTime": began, "endTime": began + 600, "queryString": "fields @message"}
    assert refusal(logs.start_query, **where).code == "InvalidParameterException"
    assert refusal(logs.start_query, **where, logGroupName=group, logGroupNames=[group]).code == "InvalidParameterException"
    assert code_and_message(logs.start_query, **where, logGroupName="none") == (
        "ResourceNotFoundException", "The specified log group does not exist.")
    code, message = code_and_message(logs.start_query, **{**where, "queryString": "fields @message | nonsense"}, logGroupName=group)
    assert code == "MalformedQueryException" and message == "unexpected symbol found nonsense"
    for width in ("9" * 20 + "d", "9" * 400 + "s"):
        text = f"stats count(*) by bin({width})"
        assert refusal(logs.start_query, **{**where, "queryString": text}, logGroupName=group).code == "MalformedQueryException"
    assert refusal(logs.start_query, **where, logGroupName=group, queryLanguage="SQL").code == "NotImplemented"
    assert refusal(logs.get_query_results, queryId="none").code == "ResourceNotFoundException"


def test_the_end_of_time(logs: Any, group: str, began: int, eventually: Callable[..., Any]) -> None:
    latest = 2**63 - 1
    query = logs.start_query(logGroupName=group, startTime=began, endTime=latest, queryString="fields @message")["queryId"]
    done = eventually(lambda: (answer := logs.get_query_results(queryId=query))["status"] == "Complete" and answer)
    assert len(done["results"]) == 11
    assert logs.get_log_group_fields(logGroupName=group, time=latest)["logGroupFields"] == []
    found = logs.filter_log_events(logGroupName=group, startTime=began * 1_000, endTime=latest)
    assert len(found["events"]) == 11


def test_queries_are_listed(logs: Any, ask: Callable[..., Any], group: str) -> None:
    done = ask("fields @message | limit 2")["id"]
    newest = logs.describe_queries(logGroupName=group, status="Complete", maxResults=1)
    assert newest["queries"][0]["queryId"] == done and newest["queries"][0]["logGroupName"] == group
    assert refusal(logs.stop_query, queryId=done).code == "InvalidParameterException"
    assert logs.list_log_groups_for_query(queryId=done)["logGroupIdentifiers"] == [group]
    page = logs.get_query_results(queryId=done, maxItems=1)
    assert len(page["results"]) == 1 and len(logs.get_query_results(queryId=done, nextToken=page["nextToken"])["results"]) == 1


def test_fields_of_a_group(logs: Any, group: str) -> None:
    fields = {field["name"]: field["percent"] for field in logs.get_log_group_fields(logGroupName=group)["logGroupFields"]}
    assert fields["@message"] == 100 and fields["ms"] == 90 and fields["path"] == 90
