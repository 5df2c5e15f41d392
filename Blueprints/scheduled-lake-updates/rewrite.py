"""The rewrite itself: under running queries, and running on for ever when its guard is taken away."""

import os
import threading

from lake import (
    BUCKET, PREFIX, Mismatch, advance, delete_versions, expect, expected_counts, functions, items, keys, query, s3, tags,
    versions, wait_for,
)

READERS = 8
SQL = """
SELECT file_number, count(*) AS records, count(DISTINCT upload_id) AS uploads,
       sum(CASE WHEN file_contents = '' THEN 1 ELSE 0 END) AS blank
FROM data_db.dataset GROUP BY file_number
"""


class Reader(threading.Thread):
    """Queries until told to stop, then once more; keeps what it saw."""

    def __init__(self, stop):
        super().__init__()
        self.stop, self.answers, self.problem = stop, [], None

    def run(self):
        try:
            last = False
            while not last:
                last = self.stop.is_set()
                self.answers.append({int(row["file_number"]): row for row in query(SQL)})
        except Exception as problem:  # told to the main thread, which raises it
            self.problem = problem


def verdict(answer):
    """For one query's answer: which files were blank. Raises where a file is mixed, missing or doubled."""
    blank = set()
    for file, count in expected_counts().items():
        row = answer.get(file)
        seen = None if row is None else [int(row["records"]), int(row["uploads"])]
        expect(f"records and distinct records of file {file}", [count, count], seen)
        if int(row["blank"]) not in (0, count):
            raise Mismatch(f"blank records of file {file}", f"0 or {count}", row["blank"])
        if int(row["blank"]):
            blank.add(file)
    return blank


def rewrite_under_readers():
    stop = threading.Event()
    readers = [Reader(stop) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        wait_for("every reader reads", lambda: all(reader.answers or reader.problem for reader in readers))
        advance("300s")
        wait_for("every object is tagged", lambda: all(tags(key) == {"PROCESSED": "True"} for key in keys()))
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    for reader in readers:
        if reader.problem:
            raise reader.problem
    blanks = [verdict(answer) for reader in readers for answer in reader.answers]
    for reader in readers:
        expect("files that a query after the rewrite sees blank", set(expected_counts()), verdict(reader.answers[-1]))
    between = sum(1 for blank in blanks if 0 < len(blank) < len(keys()))
    print(f"{len(blanks)} queries by {READERS} readers, {between} of them between two rewrites; none mixed, missing or doubled")


def configure(**variables):
    name = os.environ["SCHEDULE_FUNCTION"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {"TABLE": os.environ["TABLE"]} | variables})
    functions.get_waiter("function_updated_v2").wait(FunctionName=name)


def loop_without_guard():
    key = PREFIX + "loop.json"
    path = f"s3://{BUCKET}/{key}"

    def is_scheduled():
        return path in {item["path"]["S"] for item in items()}

    configure(TAG_GUARD="off", DELAY_SECONDS="60")
    try:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b'{"file_contents":"again and again"}\n')
        for turn in range(2, 5):
            wait_for(f"scheduled before turn {turn}", is_scheduled)
            advance("61s")
            wait_for(f"versions after turn {turn}", lambda: len(versions(key)), turn)
    finally:
        configure(DELAY_SECONDS="300")
    wait_for("the last rewrite is scheduled too", is_scheduled)
    print(f"{len(versions(key))} versions of one upload, and the next rewrite is scheduled already")
    advance("61s")
    wait_for("the guard ends the loop", lambda: (is_scheduled(), len(versions(key))), (False, 5))
    delete_versions(BUCKET, key)
