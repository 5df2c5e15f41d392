"""The acceptance checks of scheduled-lake-updates, one per argument. A check that fails says what it expected and saw."""

import os
import sys

import refusals
import rewrite
from lake import (
    BUCKET, FILES, PREFIX, RECORDS, TABLE, Mismatch, delete_versions, dynamodb, expect, expected_counts, glue, items, keys,
    log_lines, print_table, query, records, s3, tags, versions, wait_for,
)

SCHEDULE, BLANK = os.environ["SCHEDULE_FUNCTION"], os.environ["BLANK_FUNCTION"]
EMPTY_KEY = PREFIX + "empty.json"
COLUMNS = {
    "upload_id": "int", "file_number": "int", "team": "string", "file_name": "string", "size_bytes": "int",
    "risk": "double", "file_contents": "string",
}


def outside_prefix_schedules_nothing():
    s3.put_object(Bucket=BUCKET, Key="elsewhere/uploads.json", Body=b'{"file_contents":"kept"}\n')
    # The empty object comes later and inside the prefix: once its event is through, the other's would have been.
    s3.put_object(Bucket=BUCKET, Key=EMPTY_KEY, Body=b"")
    wait_for("the later event is handled", lambda: f"empty, not scheduled: {EMPTY_KEY}" in log_lines(SCHEDULE))
    mentions = [line for line in log_lines(SCHEDULE) if "elsewhere/" in line]
    expect("invocations for a key outside dataset/", [], mentions)
    expect("items in the table", [], items())


def empty_object_schedules_nothing():
    wait_for("the event is handled", lambda: f"empty, not scheduled: {EMPTY_KEY}" in log_lines(SCHEDULE))
    expect("items in the table", [], items())
    delete_versions(BUCKET, EMPTY_KEY)


def uploads_are_scheduled():
    wait_for("items in the table", lambda: len(items()), FILES)
    seen = {item["path"]["S"]: int(item["ttl"]["N"]) for item in items()}
    for key in keys():
        landed = int(s3.head_object(Bucket=BUCKET, Key=key)["LastModified"].timestamp())
        off = seen.get(f"s3://{BUCKET}/{key}", 0) - (landed + 300)
        if abs(off) > 1:
            raise Mismatch(f"the ttl of {key}", landed + 300, landed + 300 + off)
        print(f"s3://{BUCKET}/{key}  ttl = upload + 300 s")


def other_records_only_log():
    def count(text):
        return sum(line == text for line in log_lines(BLANK))

    wait_for("INSERT records logged", lambda: count("Invalid event: INSERT"), FILES)
    first = items()[0]
    dynamodb.put_item(TableName=TABLE, Item=first | {"note": {"S": "touched"}})
    wait_for("MODIFY records logged", lambda: count("Invalid event: MODIFY"), 1)
    expect("versions of the objects", [1] * FILES, [len(versions(key)) for key in keys()])


def crawler_finds_columns():
    name = os.environ["CRAWLER"]
    glue.start_crawler(Name=name)
    wait_for("the crawler is done", lambda: glue.get_crawler(Name=name)["Crawler"]["State"], "READY")
    last = glue.get_crawler(Name=name)["Crawler"]["LastCrawl"]
    expect(f"the crawl ({last.get('ErrorMessage', '')})", "SUCCEEDED", last["Status"])
    table = glue.get_table(DatabaseName=os.environ["DATABASE"], Name="dataset")["Table"]
    found = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    expect("the columns of data_db.dataset", COLUMNS, found)


def select_all():
    rows = query("SELECT * FROM data_db.dataset LIMIT 1000")
    expect("rows", RECORDS, len(rows))
    expect("distinct records", RECORDS, len({row["upload_id"] for row in rows}))
    print_table(sorted(rows, key=lambda row: int(row["upload_id"])))
    return sum(1 for row in rows if not row["file_contents"])


def athena_before():
    expect("rows with blank contents", 0, select_all())


def athena_after():
    expect("rows with blank contents", RECORDS, select_all())


def objects_are_blanked():
    for index, key in enumerate(keys()):
        expect(f"tags of {key}", {"PROCESSED": "True"}, tags(key))
        found = records(key)
        expect(f"records in {key}", expected_counts()[index], len(found))
        expect(f"contents left in {key}", 0, sum(1 for record in found if record["file_contents"]))
        expect(f"versions of {key}", 2, len(versions(key)))


def rewrite_does_not_loop():
    for key in keys():
        line = f"already processed, not scheduled: {key}"
        wait_for("the rewrite's own event is dropped", lambda line=line: line in log_lines(SCHEDULE))
        expect(f"versions of {key}", 2, len(versions(key)))
    expect("items in the table", [], items())


def empty_bucket(name):
    try:
        delete_versions(name)
        s3.delete_bucket(Bucket=name)
    except s3.exceptions.NoSuchBucket:
        pass


CHECKS = {
    check.__name__.replace("_", "-"): check
    for check in [
        outside_prefix_schedules_nothing, empty_object_schedules_nothing, uploads_are_scheduled, other_records_only_log,
        crawler_finds_columns, athena_before, athena_after, objects_are_blanked, rewrite_does_not_loop, empty_bucket,
        rewrite.rewrite_under_readers, rewrite.loop_without_guard, refusals.string_ttl_never_expires,
        refusals.aborted_upload_changes_nothing, refusals.missing_permission_is_refused,
    ]
}

if __name__ == "__main__":
    try:
        CHECKS[sys.argv[1]](*sys.argv[2:])
    except Mismatch as mismatch:
        sys.exit(str(mismatch))
