"""What of an event reaches a target by a path or a template, letter by letter."""

from __future__ import annotations

from typing import Any

import pytest
from test_eventbridge import events, queue, receive, rule, sqs  # noqa: F401

DETAIL = '{"n":{"price":10.0,"id":12345678901234567890,"rate":1.10},"m":{"x":1,"y":"2"},"l":[{"k":1.0},{"k":2}]}'


@pytest.mark.parametrize("shape, body", [
    ({"InputPath": "$.detail.n"}, '{"price":10.0,"id":12345678901234567890,"rate":1.10}'),
    ({"InputPath": "$.detail.l[*].k"}, "[1.0,2]"),
    ({"InputPath": "$.detail.m.*"}, '[1,"2"]'),
    ({"InputTransformer": {
        "InputPathsMap": {"id": "$.detail.n.id", "price": "$.detail.n.price"},
        "InputTemplate": '{"id": <id>, "text": "<price> for <id>"}'}},
     '{"id": 12345678901234567890, "text": "10.0 for 12345678901234567890"}'),
])
def test_values_are_those_of_the_event(
    events: Any, sqs: Any, rule: Any, queue: Any, shape: dict[str, Any], body: str  # noqa: F811
) -> None:
    url, arn = queue
    name, _ = rule({"source": ["custom.letters"]})
    events.put_targets(Rule=name, Targets=[{"Id": "one", "Arn": arn, **shape}])
    answer = events.put_events(Entries=[{"Source": "custom.letters", "DetailType": "d", "Detail": DETAIL}])
    assert answer["FailedEntryCount"] == 0
    assert receive(sqs, url)[0]["Body"] == body
