"""What policies cost a request: a 1 KiB GET by root, for whom none is read, and by users with policies.

Run by Benchmarks/policies. The callers take turns on one server; CPU seconds are the server's. Beside them stands what the
evaluation alone takes, measured without a server.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import boto3

import machine
import rows
from servers import Tarn
from signing import REGION, Signer

# Policies of a user, and statements of each; only the last statement is about the benchmark's bucket.
CALLERS = {"root": (0, 0), "one-policy": (1, 1), "ten-by-ten": (10, 10)}
ROW = next(row for row in rows.ROWS if row.name == "s3-get-1k")


def main() -> int:
    parser = argparse.ArgumentParser(prog="Benchmarks/policies")
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, 21), metavar="1-20")
    parser.add_argument("--seconds", type=int, default=3, choices=range(1, 31), metavar="1-30")
    parser.add_argument("--save", action="store_true", help="write Benchmarks/results/DATE-policies.md")
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="tarn-policies-"))
    server = Tarn(work / "tarn")
    figures: dict[str, list[rows.Figure]] = {name: [] for name in CALLERS}
    single: dict[str, list[rows.Figure]] = {name: [] for name in CALLERS}
    try:
        server.start()
        rows.prepare(server)
        signers = {name: signer(server, name, *size) for name, size in CALLERS.items()}
        for number in range(options.rounds):
            for name, who in signers.items():
                figures[name].append(rows.run(ROW, server, options.seconds, number, work, signer=who))
                single[name].append(rows.run(ROW, server, options.seconds, number, work, 1, signer=who))
    except (rows.Untrue, RuntimeError) as failure:
        print(f"{server.log.read_text(errors='replace')[-2000:]}\nno result: {failure}", file=sys.stderr)
        return 1
    finally:
        server.stop()
        shutil.rmtree(work, ignore_errors=True)
    lines = ["| caller | CPU us per GET | us of one GET at a time, p50 |", "| --- | --- | --- |"]
    cpu = {name: statistics.median(one.cpu_per_10000 for one in of) * 100 for name, of in figures.items()}
    wait = {name: statistics.median(one.p50_milliseconds for one in of) * 1000 for name, of in single.items()}
    lines += [f"| {name} | {cpu[name]:.1f} | {wait[name]:.0f} |" for name in CALLERS]
    lines += ["", "| ten policies of ten statements | us a decision | decisions per second and core | share of a GET's time |",
              "| --- | --- | --- | --- |"]
    alone = decisions(os.environ["TARN_BINARY"], options.rounds)
    lines += [f"| {name} | {each:.2f} | {1e6 / each:,.0f} | {each / wait['ten-by-ten']:.1%} |" for name, each in alone.items()]
    print("\n".join(lines))
    for name, each in alone.items():
        print(f"SHARE evaluation, {name} time {each / wait['ten-by-ten']:.3f}")
    for name in list(CALLERS)[1:]:
        print(f"SHARE {name} cpu {(cpu[name] - cpu['root']) / cpu[name]:.3f} time {(wait[name] - wait['root']) / wait[name]:.3f}")
    if options.save:
        print(f"saved: {machine.save('policies', [f'- Tarn {server.version()}, release build', '', *lines])}")
    return 0


def decisions(binary: str, rounds: int) -> dict[str, float]:
    """What one evaluation takes, in microseconds of CPU, by how the caller's hundred statements differ."""
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        told = subprocess.run([binary, "measure", "decisions"], capture_output=True, text=True, check=True, timeout=60).stdout
        for name, each in re.findall(r"^(.+): \d+ decisions, ([\d.]+) us each", told, re.MULTILINE):
            found.setdefault(name, []).append(float(each))
    return {name: statistics.median(of) for name, of in found.items()}


def signer(server: Tarn, name: str, policies: int, statements: int) -> Signer:
    """A user whose policies, conditions included, let it read the benchmark's objects by their last statement alone."""
    if not policies:
        return Signer(server.host, "s3")
    iam = boto3.client(
        "iam", endpoint_url=f"http://{server.host}", region_name=REGION, aws_access_key_id="test",
        aws_secret_access_key="test")
    iam.create_user(UserName=name, Tags=[{"Key": "team", "Value": "data"}])
    for policy in range(policies):
        last = policy == policies - 1
        document = {"Version": "2012-10-17", "Statement": [
            statement(f"other-{policy}-{number}" if not last or number < statements - 1 else rows.BUCKET)
            for number in range(statements)]}
        arn = iam.create_policy(PolicyName=f"{name}-{policy}", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Signer(server.host, "s3", key["AccessKeyId"], key["SecretAccessKey"])


def statement(bucket: str) -> dict:
    return {
        "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {
            "StringEquals": {"aws:PrincipalTag/team": ["data", "lake"]},
            "IpAddress": {"aws:SourceIp": ["127.0.0.0/8", "10.0.0.0/8"]},
            "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}}


if __name__ == "__main__":
    sys.exit(main())
