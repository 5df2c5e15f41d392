"""Each row of the article's table of operators, and those that AWS has added since: a pattern, what passes, what does not."""

import json

from bus import ACCOUNT, events, expect, put, wait_for, watch, watched

# Name: the pattern of the detail, a detail that passes, one that does not.
ROWS = {
    "null": ({"UserID": [None]}, {"UserID": None}, {"UserID": "null"}),
    "empty": ({"LastName": [""]}, {"LastName": ""}, {"LastName": "Doe"}),
    "equals": ({"Name": ["Alice"]}, {"Name": "Alice"}, {"Name": "alice"}),
    "and": ({"Location": ["New York"], "Day": ["Monday"]}, {"Location": "New York", "Day": "Monday"},
            {"Location": "New York", "Day": "Tuesday"}),
    "or": ({"PaymentType": ["Credit", "Debit"]}, {"PaymentType": "Debit"}, {"PaymentType": "Cash"}),
    "not": ({"Weather": [{"anything-but": ["Raining"]}]}, {"Weather": "Sunny"}, {"Weather": "Raining"}),
    "numeric-equals": ({"Price": [{"numeric": ["=", 100]}]}, {"Price": 100}, {"Price": 100.5}),
    "numeric-range": ({"Price": [{"numeric": [">", 10, "<=", 20]}]}, {"Price": 20}, {"Price": 10}),
    "exists": ({"ProductName": [{"exists": True}]}, {"ProductName": "x"}, {"Other": "x"}),
    "does-not-exist": ({"ProductName": [{"exists": False}]}, {"Other": "x"}, {"ProductName": "x"}),
    "begins-with": ({"Region": [{"prefix": "us-"}]}, {"Region": "us-east-1"}, {"Region": "eu-west-1"}),
    "ends-with": ({"FileName": [{"suffix": ".png"}]}, {"FileName": "a.png"}, {"FileName": "a.PNG"}),
    "ignoring-case": ({"Service": [{"equals-ignore-case": "events"}]}, {"Service": "EVENTS"}, {"Service": "event"}),
    "prefix-ignoring-case": ({"Service": [{"prefix": {"equals-ignore-case": "ev"}}]}, {"Service": "EVx"}, {"Service": "xEV"}),
    "suffix-ignoring-case": ({"File": [{"suffix": {"equals-ignore-case": ".png"}}]}, {"File": "a.PNG"}, {"File": "a.gif"}),
    "wildcard": ({"Path": [{"wildcard": "dir/*.png"}]}, {"Path": "dir/a/b.png"}, {"Path": "dir/a.gif"}),
    "not-prefix": ({"State": [{"anything-but": {"prefix": "init"}}]}, {"State": "running"}, {"State": "initial"}),
    "not-suffix": ({"File": [{"anything-but": {"suffix": ".txt"}}]}, {"File": "a.png"}, {"File": "a.txt"}),
    "not-wildcard": ({"Path": [{"anything-but": {"wildcard": "*/lib/*"}}]}, {"Path": "/bin/x"}, {"Path": "/lib/x"}),
    "not-ignoring-case": ({"S": [{"anything-but": {"equals-ignore-case": "a"}}]}, {"S": "b"}, {"S": "A"}),
    "cidr": ({"IP": [{"cidr": "10.0.0.0/24"}]}, {"IP": "10.0.0.7"}, {"IP": "10.0.1.7"}),
    "or-fields": ({"$or": [{"A": [1]}, {"B": [{"numeric": ["<", 5]}]}]}, {"A": 2, "B": 4}, {"A": 2, "B": 5}),
    "array": ({"Tags": ["x"]}, {"Tags": ["y", "x"]}, {"Tags": ["y"]}),
}


def tested(pattern, detail, source):
    event = {
        "version": "0", "id": "1", "detail-type": "row", "source": source, "account": ACCOUNT,
        "time": "2026-01-01T00:00:00Z", "region": "us-east-1", "resources": [], "detail": detail}
    return events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))["Result"]


def operators():
    sent = {}
    for name, (detail, passes, fails) in ROWS.items():
        source = f"custom.row.{name}"
        pattern = {"source": [source], "detail": detail}
        watch(f"row-{name}", pattern)
        expect(f"TestEventPattern, {name}", (True, False), (tested(pattern, passes, source), tested(pattern, fails, source)))
        put(fails, source, "row")
    for name, (_, passes, _) in ROWS.items():
        sent[name] = put(passes, f"custom.row.{name}", "row")
    for name in ROWS:
        wait_for(f"routed, {name}", lambda name=name: watched(f"row-{name}"), [sent[name]])
    print(f"{len(ROWS)} rows: each passed its example and refused its opposite")
