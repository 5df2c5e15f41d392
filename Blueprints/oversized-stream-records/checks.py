"""The acceptance checks of oversized-stream-records, one per argument. A check that fails says what it expected and saw."""

import contextlib
import gzip
import hashlib
import io
import json
import os
import random
import sys
import urllib.error
import urllib.request
from pathlib import Path

import botocore.exceptions
import duckdb

import chunking
from reader import (
    ACCOUNT, LARGE_STREAM, SHARD, STREAM, Mismatch, advance, end_of_shard, expect, invoke, kinesis, processed, read, refused,
    rest, wait_active,
)

LIMIT = 1_048_576
TOO_LARGE = (
    "An error occurred (ValidationException) when calling the PutRecord operation: 1 validation error detected: "
    "Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576")
PRODUCER, CONSUMER = os.environ["PRODUCER"], os.environ["CONSUMER"]
WORK = Path(os.environ["WORK"])
EVENT = {"key": "2024", "line": "station,pm10,pm25\n", "lines": 100_000}


def put(data, **more):
    return kinesis.put_record(StreamName=STREAM, Data=data, PartitionKey="100", **more)


def without_retries(text):
    """boto3 adds how often it tried when it was told to try once."""
    return text.replace(" (reached max retries: 0)", "")


def large_record_is_refused():
    end = end_of_shard()
    text = refused("a record of 1.5 MB", "ValidationException", put, data=b"x" * 1_500_000)
    expect("the whole text", TOO_LARGE, without_retries(text))
    refused("one byte too many", "ValidationException", put, data=b"x" * (LIMIT + 1))
    read(end, 0)


def largest_record_is_taken():
    rest()
    end = end_of_shard()
    data = random.Random(3).randbytes(LIMIT)
    put(data)
    expect("the bytes come back", True, read(end, 1)[0]["Data"] == data)


def partition_key_is_needed():
    end = end_of_shard()
    text = refused("no partition key", "ValidationException", kinesis.put_record, StreamName=STREAM, Data=b"x")
    expect("the member is named", True, "'partitionKey'" in text)
    read(end, 0)


def order_is_kept():
    rest()
    end = end_of_shard()
    answers = [put(str(number)) for number in range(100)]
    expect("shards of one partition key", {SHARD}, {answer["ShardId"] for answer in answers})
    numbers = [int(answer["SequenceNumber"]) for answer in answers]
    expect("sequence numbers rise", True, all(left < right for left, right in zip(numbers, numbers[1:], strict=False)))
    found = read(end, 100)
    expect("read order is write order", [str(number).encode() for number in range(100)], [r["Data"] for r in found])
    expect("the numbers are those of the answers", numbers, [int(record["SequenceNumber"]) for record in found])


def fast_writer_is_throttled():
    rest()
    end = end_of_shard()
    # One call, so that a slow machine does not spread it over more than a second.
    entry = {"Data": b"x" * 700_000, "PartitionKey": "100"}
    answer = kinesis.put_records(StreamName=STREAM, Records=[entry] * 3)
    expect("records over the rate", 2, answer["FailedRecordCount"])
    for refusal in answer["Records"][1:]:
        print(refusal["ErrorMessage"])
        expect("the refusal", {
            "ErrorCode": "ProvisionedThroughputExceededException",
            "ErrorMessage": f"Rate exceeded for shard {SHARD} in stream {STREAM} under account {ACCOUNT}."}, refusal)
    rest()
    put(b"x" * 900_000)
    expect("only what was taken is there", [700_000, 900_000], [len(record["Data"]) for record in read(end, 2)])


def claim_check():
    rest()
    end = end_of_shard()
    sent = invoke(PRODUCER, EVENT)
    records = read(end, 1)
    expect("the record's number", sent["sequenceNumber"], records[0]["SequenceNumber"])
    expect("the record is small", True, len(records[0]["Data"]) < 4_096)
    body = EVENT["line"].encode() * EVENT["lines"]
    expect("the object is larger than a record", True, len(body) > LIMIT)
    number, digest = records[0]["SequenceNumber"], hashlib.sha256(body).hexdigest()
    expect("what the consumer got", f"Processed {len(body)} bytes of record {number}: {digest}", processed(CONSUMER, number))
    (WORK / "record").write_bytes(records[0]["Data"])


def url_expires():
    url = json.loads((WORK / "record").read_bytes())["message"]
    with urllib.request.urlopen(url, timeout=20) as answer:
        expect("within the hour", 200, answer.status)
    advance("3601s")
    try:
        urllib.request.urlopen(url, timeout=20)
    except urllib.error.HTTPError as error:
        # 403 where the URL's own end is reached first, 400 where its session's is: the function's keys live as long.
        expect("refused after 3,600 seconds", True, error.code in (400, 403))
        print(error.read().decode())
        return
    raise Mismatch("after 3,600 seconds", 403, 200)


def chunks():
    rest()
    end = end_of_shard()
    generator = random.Random(100)
    text = "".join(generator.choice("abcdefghijklmnopqrstuvwxyz 0123456789\n") for _ in range(20_050))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        count = chunking.send(text)
    lines = printed.getvalue().splitlines()
    expect("one line for each piece", count, sum(line.startswith("Record sent: ") for line in lines))
    found = read(end, count)
    expect("the numbers are those that were printed", [line.removeprefix("Record sent: ") for line in lines],
           [record["SequenceNumber"] for record in found])
    expect("the text, byte for byte", True, chunking.join(found) == text)
    try:
        chunking.join(found[:7] + found[8:])
    except ValueError as error:
        print(f"without the eighth piece: {error}")
        return
    raise Mismatch("a missing piece is noticed", "ValueError", "none")


def compression():
    text = "2024-01-01,station 12,pm10,17.5\n" * 60_000
    expect("it is too large as it is", True, len(text) > LIMIT)
    rest()
    end = end_of_shard()
    packed = gzip.compress(text.encode())
    put(packed)
    # Snappy and LZ4 as columnar files have them: DuckDB writes and reads the codecs.
    files = {}
    for codec in ("snappy", "lz4"):
        file = WORK / f"record.{codec}.parquet"
        duckdb.sql(f"COPY (SELECT unnest(string_split($text, chr(10))) AS line) TO '{file}' (FORMAT parquet, COMPRESSION {codec})",
                   params={"text": text})
        files[codec] = file.read_bytes()
        expect(f"{codec} fits", True, len(files[codec]) <= LIMIT)
        put(files[codec])
    first, *others = read(end, 3)
    expect("gzip comes back unchanged", True, first["Data"] == packed and gzip.decompress(first["Data"]).decode() == text)
    for (codec, data), record in zip(files.items(), others, strict=True):
        expect(f"{codec} comes back unchanged", True, record["Data"] == data)
        file = WORK / f"received.{codec}.parquet"
        file.write_bytes(record["Data"])
        used = duckdb.sql(f"SELECT DISTINCT compression FROM parquet_metadata('{file}')").fetchall()
        print(f"{codec}: {len(data)} bytes of {len(text)}, {used}")
        lines = [line for (line,) in duckdb.sql(f"SELECT line FROM '{file}'").fetchall()]
        expect(f"{codec} opens to the text", True, "\n".join(lines) == text)


def raised_limit():
    kinesis.create_stream(StreamName=LARGE_STREAM, ShardCount=1, MaxRecordSizeInKiB=10_240)
    wait_active(LARGE_STREAM)
    end = end_of_shard(LARGE_STREAM)
    data = random.Random(15).randbytes(1_500_000)
    kinesis.put_record(StreamName=LARGE_STREAM, Data=data, PartitionKey="100")
    expect("the bytes come back", True, read(end, 1)[0]["Data"] == data)
    text = refused("more than 10 MiB", "ValidationException", kinesis.put_record, StreamName=LARGE_STREAM,
                   Data=b"x" * ((10 << 20) + 1), PartitionKey="100")
    expect("the limit is named", True, "10485760" in text)


CHECKS = {check.__name__.replace("_", "-"): check for check in (
    large_record_is_refused, largest_record_is_taken, partition_key_is_needed, order_is_kept, fast_writer_is_throttled,
    claim_check, url_expires, chunks, compression, raised_limit)}

if __name__ == "__main__":
    try:
        CHECKS[sys.argv[1]]()
    except Mismatch as mismatch:
        sys.exit(str(mismatch))
    except botocore.exceptions.ClientError as error:
        sys.exit(f"unexpected: {error}")
