"""How long an object takes from its PutObject to the start of a function: S3, EventBridge, SQS, Lambda.

Run by Benchmarks/latency. One server, one function whose environment is warm, one object at a time, so that what is measured
is the way and not a queue. The function tells when it began by the machine's clock, which is also the client's.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import statistics
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import boto3
from botocore.config import Config

import machine
from servers import Tarn

ACCOUNT = "000000000000"
REGION = "us-east-1"
WAIT_SECONDS = 30
WARM_UP = 5
# The moment comes first: what the function does with the event is not part of the way.
CODE = """
import json, time

def handler(event, context):
    began = time.time()
    for record in event["Records"]:
        key = json.loads(record["body"])["detail"]["object"]["key"]
        print("BEGAN", key, repr(began))
"""


class NoResult(Exception):
    """An object never reached the function."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="Benchmarks/latency")
    parser.add_argument("--objects", type=int, default=200, choices=range(20, 2001), metavar="20-2000")
    parser.add_argument("--save", action="store_true", help="write Benchmarks/results/DATE-latency.md")
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="tarn-latency-"))
    server = Tarn(work / "tarn")
    try:
        server.start()
        milliseconds = measure(server, options.objects)
    except (NoResult, RuntimeError) as failure:
        print(f"{server.log.read_text(errors='replace')[-2000:]}\nno result: {failure}", file=sys.stderr)
        return 1
    finally:
        server.stop()
        shutil.rmtree(work, ignore_errors=True)
    cuts = statistics.quantiles(milliseconds, n=100)
    print(f"S3 put -> EventBridge -> SQS -> Lambda start, {len(milliseconds)} objects, one at a time:")
    print(f"LATENCY s3-eventbridge-sqs-lambda p50 {cuts[49]:.1f} ms p99 {cuts[98]:.1f} ms")
    if options.save:
        page = machine.save("latency", [
            f"- Tarn {server.version()}, release build; one object at a time, a warm function, {len(milliseconds)} objects", "",
            f"S3 put -> EventBridge -> SQS -> Lambda start: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, "
            f"least {min(milliseconds):.1f} ms, most {max(milliseconds):.1f} ms"])
        print(f"saved: {page}")
    return 0


def measure(server: Tarn, objects: int) -> list[float]:
    """Milliseconds of each object's way."""
    session = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key="test", region_name=REGION)
    settings = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0})

    def client(service: str):
        return session.client(service, endpoint_url=f"http://{server.host}", config=settings)

    s3, logs = client("s3"), client("logs")
    wire(client, s3)
    found: dict[str, float] = {}
    put: dict[str, float] = {}
    names = [f"object-{number}" for number in range(WARM_UP + objects)]
    for name in names:
        put[name] = time.time()
        s3.put_object(Bucket="benchmark", Key=name, Body=b"x")
        until = time.monotonic() + WAIT_SECONDS
        while name not in found:
            if time.monotonic() > until:
                raise NoResult(f"{name} did not reach the function within {WAIT_SECONDS} s")
            time.sleep(0.02)
            found.update(began(logs, put[name]))
    return [(found[name] - put[name]) * 1000 for name in names[WARM_UP:]]


def wire(client, s3) -> None:
    """The bucket, the rule, the queue and the function, each with the permission of the one before."""
    s3.create_bucket(Bucket="benchmark")
    s3.put_bucket_notification_configuration(
        Bucket="benchmark", NotificationConfiguration={"EventBridgeConfiguration": {}})
    sqs, events, functions, iam = client("sqs"), client("events"), client("lambda"), client("iam")
    url = sqs.create_queue(QueueName="benchmark")["QueueUrl"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:benchmark"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(
        Principal={"Service": "events.amazonaws.com"}, Action="sqs:SendMessage", Resource=queue)})
    events.put_rule(Name="benchmark", EventPattern=json.dumps({
        "source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["benchmark"]}}}))
    events.put_targets(Rule="benchmark", Targets=[{"Id": "queue", "Arn": queue}])
    role = iam.create_role(RoleName="benchmark", AssumeRolePolicyDocument=policy(
        Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole"))["Role"]["Arn"]
    iam.attach_role_policy(
        RoleName="benchmark", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("function.py", CODE)
    functions.create_function(
        FunctionName="benchmark", Runtime="python3.13", Role=role, Handler="function.handler",
        Code={"ZipFile": archive.getvalue()}, Timeout=20)
    functions.get_waiter("function_active_v2").wait(FunctionName="benchmark")
    mapping = functions.create_event_source_mapping(
        EventSourceArn=queue, FunctionName="benchmark", BatchSize=1)["UUID"]
    until = time.monotonic() + WAIT_SECONDS
    while functions.get_event_source_mapping(UUID=mapping)["State"] != "Enabled":
        if time.monotonic() > until:
            raise NoResult("the event source mapping was not enabled")
        time.sleep(0.05)


def policy(**statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def began(logs, since: float) -> dict[str, float]:
    """When the function began on which object, as its log has it."""
    try:
        page = logs.filter_log_events(
            logGroupName="/aws/lambda/benchmark", startTime=int(since * 1000) - 1000, filterPattern="BEGAN")
    except logs.exceptions.ResourceNotFoundException:
        return {}
    words = [event["message"].split() for event in page["events"]]
    return {line[-2]: float(line[-1]) for line in words if "BEGAN" in line}


if __name__ == "__main__":
    sys.exit(main())
