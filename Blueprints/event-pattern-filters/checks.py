"""The acceptance checks of event-pattern-filters, one per argument. A check that fails says what it expected and saw."""

import json
import sys

import trail
from bus import (
    ACCOUNT, Mismatch, events, expect, function_arn, put, recorded, refusal, wait_for, watch, watched,
)
from rows import operators

# The sample event of the article, in straight quotation marks.
SAMPLE = {
    "action": "withdrawal", "location": "NY-NYC-001", "amount": 300, "result": "approved", "transactionId": "123456",
    "cardPresent": True, "partnerBank": "Example Bank", "remainingFunds": 722.34,
}
LARGE = {
    "source": ["custom.myATMapp"], "detail-type": ["transaction"], "detail": {"amount": [{"numeric": [">", 300]}]}}
CITY = {
    "source": ["custom.myATMapp"], "detail-type": ["transaction"], "detail": {"location": [{"prefix": "NY-NYC-"}]}}
PARTNER = {
    "source": ["custom.myATMapp"], "detail-type": ["transaction"], "detail": {"partnerBank": [{"exists": True}]}}
COMBINED = {
    "source": ["custom.myATMapp"], "detail-type": ["transaction"],
    "detail": {
        "result": ["approved"], "partnerBank": [{"exists": False}], "location": [{"anything-but": "NY-NYC-002"}]}}


def machine_patterns():
    for name, pattern in (("pattern-1", LARGE), ("pattern-2", CITY), ("pattern-3", PARTNER)):
        watch(name, pattern)
    at_300 = put(SAMPLE)
    at_301 = put(SAMPLE | {"amount": 301})
    wait_for("pattern 2", lambda: sorted(watched("pattern-2")), sorted([at_300, at_301]))
    wait_for("pattern 3", lambda: sorted(watched("pattern-3")), sorted([at_300, at_301]))
    wait_for("pattern 1", lambda: watched("pattern-1"), [at_301])


def combined_pattern():
    watch("combined", COMBINED)
    put(SAMPLE)
    put({key: value for key, value in SAMPLE.items() if key != "partnerBank"} | {"location": "NY-NYC-002"})
    dropped = put({key: value for key, value in SAMPLE.items() if key != "partnerBank"})
    wait_for("the combined pattern", lambda: watched("combined"), [dropped])


def refusals():
    entry = {"Source": "custom.myATMapp", "DetailType": "transaction"}
    try:
        events.put_events(Entries=[entry | {"Detail": SAMPLE}])
        raise Mismatch("a detail that is an object", "refused by the client", "taken")
    except events.exceptions.ClientError as error:
        raise Mismatch("a detail that is an object", "refused by the client", error) from error
    except Exception as error:
        if isinstance(error, Mismatch):
            raise
        expect("the client's refusal", "ParamValidationError", type(error).__name__)
    for detail in ("[]", "300", '{"amount": 300'):
        answer = events.put_events(Entries=[entry | {"Detail": detail}])
        expect(f"detail {detail}", (1, "MalformedDetail"), (answer["FailedEntryCount"], answer["Entries"][0]["ErrorCode"]))
    patterns = [
        '{"detail": {"amount": [{"more-than": 300}]}}', '{"detail": {"amount": [{"numeric": ["=>", 300]}]}}', "[]", "{}",
        '{"source": "custom.myATMapp"}', '{"source": [',
    ]
    for pattern in patterns:
        code = refusal(events.put_rule, Name="malformed", EventPattern=pattern)
        expect(f"the pattern {pattern}", "InvalidEventPatternException", code)
    expect("a rule after its refusal", "ResourceNotFoundException", refusal(events.describe_rule, Name="malformed"))


def five_targets():
    names = [f"case-{number}" for number in range(1, 6)]
    events.put_rule(Name="five", EventPattern=json.dumps({"source": ["custom.five"]}))
    events.put_targets(Rule="five", Targets=[{"Id": name, "Arn": function_arn(name)} for name in names])
    code = refusal(events.put_targets, Rule="five", Targets=[{"Id": "sixth", "Arn": function_arn("uploads")}])
    expect("a sixth target", "LimitExceededException", code)
    sent = put(SAMPLE, source="custom.five")
    for name in names:
        wait_for(f"{name} runs", lambda name=name: [event["id"] for event in recorded(name)], [sent])
    print(f"{len(names)} functions of account {ACCOUNT} ran for event {sent}")


CHECKS = {
    check.__name__.replace("_", "-"): check
    for check in [
        machine_patterns, combined_pattern, operators, refusals, five_targets, trail.uploads_through_cloudtrail,
        trail.reads_by_user_agent, trail.no_trail_no_events, trail.overlapping_notifications, trail.fan_out,
    ]
}

if __name__ == "__main__":
    try:
        CHECKS[sys.argv[1]](*sys.argv[2:])
    except Mismatch as mismatch:
        sys.exit(str(mismatch))
