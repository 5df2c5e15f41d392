"""What a function logs: one event each, whatever lines it has (monitoring-cloudwatchlogs.html, python-logging.html, nodejs-logging.html)."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def messages(client_for: Callable[..., Any], eventually: Callable[..., Any]) -> Callable[[str], list[str]]:
    """messages(function): its log's events up to the first REPORT, which is the last of an invocation."""
    logs = client_for("logs")

    def read(function: str) -> list[str]:
        def found() -> list[str]:
            # The log comes behind the answer, and the first event makes its group.
            assert logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{function}")["logGroups"]
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
            texts = [event["message"] for event in events]
            assert any(text.startswith("REPORT ") for text in texts), texts
            return texts

        return list(eventually(found))

    return read


def between(texts: list[str]) -> list[str]:
    return [text for text in texts if not text.startswith(("START ", "END ", "REPORT "))]


PYTHON = """
import logging, os, subprocess
def handler(event, context):
    print("printed\\ntwice")
    logging.getLogger().error("logged\\ntwice, \\u00e5")
    print("no end", end="")
    os.write(1, b"\\n")
    subprocess.run(["/bin/sh", "-c", "echo from a child"], check=True)
    try:
        {}["key"]
    except KeyError:
        logging.exception("caught")
    raise ValueError("one\\ntwo")
"""


def test_python_record_of_several_lines_is_one_event(
    lambda_client: Any, function: Callable[..., Any], messages: Callable[[str], list[str]]
) -> None:
    name = function(PYTHON)["FunctionName"]
    tail = base64.b64decode(lambda_client.invoke(FunctionName=name, LogType="Tail")["LogResult"]).decode()
    texts = messages(name)
    assert "".join(texts) == tail
    printed = between(texts)
    assert printed[:2] == ["printed\n", "twice\n"]
    assert printed[2].startswith("[ERROR]\t") and printed[2].endswith("\tlogged\ntwice, å\n"), printed[2]
    assert printed[3:5] == ["no end\n", "from a child\n"]
    assert "\tcaught\nTraceback (most recent call last):\n  File " in printed[5], printed[5]
    assert printed[5].endswith("\nKeyError: 'key'"), printed[5]
    assert printed[6].startswith("[ERROR] ValueError: one\ntwo\nTraceback (most recent call last):\n"), printed[6]
    assert 'raise ValueError("one\\ntwo")' in printed[6], printed[6]
    assert len(printed) == 7


def test_a_filter_counts_an_error_of_several_lines_once(
    lambda_client: Any, client_for: Callable[..., Any], function: Callable[..., Any], messages: Callable[[str], list[str]]
) -> None:
    name = function("def handler(event, context):\n    raise RuntimeError('first\\nsecond')")["FunctionName"]
    lambda_client.invoke(FunctionName=name)
    messages(name)
    found = client_for("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="first Traceback")
    assert len(found["events"]) == 1


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_node_record_of_several_lines_is_one_event(
    lambda_client: Any, function: Callable[..., Any], messages: Callable[[str], list[str]]
) -> None:
    code = """
exports.handler = async () => {
  console.log('logged\\ntwice', { a: 1 });
  process.stdout.write('printed\\ntwice\\n');
  console.error(new Error('caught'));
};
"""
    name = function({"index.js": code}, Runtime="nodejs20.x")["FunctionName"]
    lambda_client.invoke(FunctionName=name)
    printed = between(messages(name))
    assert printed[0].endswith("\tINFO\tlogged\ntwice { a: 1 }\n"), printed[0]
    assert printed[1:3] == ["printed\n", "twice\n"]
    assert "\tERROR\tError: caught\n    at " in printed[3], printed[3]
    assert len(printed) == 4
