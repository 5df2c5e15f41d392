"""S3 Select: CSV, JSON and Parquet as an event stream, scan ranges, what is refused."""

import bz2
import gzip
import io
import json

import pyarrow
import pyarrow.parquet
import pytest
from botocore.exceptions import ClientError
from refusals import code_and_status, refusal

PEOPLE = b'name,age,city\nann,31,"New, York"\nbob,9,Rome\n# nobody\ncarl,40,Oslo\n'
CSV, USE = {"CSV": {}}, {"CSV": {"FileHeaderInfo": "USE"}}
JSON, LINES = {"JSON": {}}, {"JSON": {"Type": "LINES"}}


@pytest.fixture
def select(s3, bucket):
    """select(expression, given, output, body, **more): the records, and the events by name."""

    def run(expression, given=CSV, output=CSV, body=PEOPLE, **more):
        s3.put_object(Bucket=bucket, Key="data", Body=body)
        answer = s3.select_object_content(
            Bucket=bucket, Key="data", Expression=expression, ExpressionType="SQL", InputSerialization=given,
            OutputSerialization=output, **more)
        events = [(name, event[name]) for event in answer["Payload"] for name in event]
        assert [name for name, _ in events][-2:] == ["Stats", "End"]
        records = b"".join(event["Payload"] for name, event in events if name == "Records").decode()
        return records, dict(events)

    return run


@pytest.mark.parametrize("expression, given, output, expected", [
    ("SELECT * FROM S3Object", {"CSV": {"FileHeaderInfo": "IGNORE"}}, CSV, 'ann,31,"New, York"\nbob,9,Rome\ncarl,40,Oslo\n'),
    ("SELECT s._1, s._3 FROM S3Object s LIMIT 1", CSV, CSV, "name,city\n"),
    ("SELECT s.name FROM S3Object s WHERE s.age > 30", USE, CSV, "ann\ncarl\n"),
    ('SELECT s."name" FROM S3Object s WHERE CAST(s.age AS INT) BETWEEN 1 AND 10', USE, CSV, "bob\n"),
    ("SELECT * FROM S3Object s WHERE s.city LIKE 'R%'", USE, JSON, '{"name":"bob","age":"9","city":"Rome"}\n'),
    ("SELECT COUNT(*), SUM(CAST(s.age AS INT)) total FROM S3Object s", USE, JSON, '{"_1":3,"total":80}\n'),
    ("select upper(s.name) || '!' from s3object s where s.name = 'bob'", USE, CSV, "BOB!\n"),
    ("SELECT s.name FROM S3Object s", USE, {"CSV": {"QuoteFields": "ALWAYS", "RecordDelimiter": ";"}}, '"ann";"bob";"carl";'),
])
def test_csv(select, expression, given, output, expected):
    assert select(expression, given, output)[0] == expected


@pytest.mark.parametrize("value, expected", [
    ("TO_TIMESTAMP('2020-01-02T03:04:05Z')", "2020-01-02T03:04:05Z"),
    ("TO_TIMESTAMP('2020-01-02T03:04-01:30')", "2020-01-02T04:34:00Z"),
    ("CAST('2020T' AS TIMESTAMP)", "2020-01-01T00:00:00Z"),
    ("`2020-02T`", "2020-02-01T00:00:00Z"),
    ("DATE_ADD(month, 1, `2020-01-31T`)", "2020-02-29T00:00:00Z"),
    ("DATE_ADD(minute, -5, TO_TIMESTAMP('2020-01-01T'))", "2019-12-31T23:55:00Z"),
    ("DATE_DIFF(day, `2010-01-01T23:00Z`, `2010-01-02T01:00Z`)", "0"),
    ("DATE_DIFF(month, `2011T`, `2010T`)", "-12"),
    ("EXTRACT(YEAR FROM `2020-03-04T`)", "2020"),
    ("EXTRACT(TIMEZONE_HOUR FROM `2020-03-04T`)", "0"),
    ("TO_STRING(TO_TIMESTAMP('1969-07-20T20:18Z'), 'MMMM d, y h:m a')", '"July 20, 1969 8:18 PM"'),
    ("TO_STRING(`1969-07-20T20:18:13.123Z`, 'yyyy-MM-dd''T''HH:mm:ss.SSSX')", "1969-07-20T20:18:13.123Z"),
    ("UTCNOW() > TO_TIMESTAMP('2020T')", "true"),
    ("'DATE_ADD(' || s._1", "DATE_ADD(x"),
])
def test_dates(select, value, expected):
    assert select(f"SELECT {value} FROM S3Object s", body=b"x")[0] == expected + "\n"


def test_elements_count_from_nought(select):
    body = b'{"a":[1,2,{"b":3}]}\n'
    assert select("SELECT s.a[0] AS x, s.a[1] AS y, s.a[7] AS z FROM S3Object s", LINES, JSON, b'{"a":[1,2]}')[0] == '{"x":1,"y":2}\n'
    assert select("SELECT s.a FROM S3Object s WHERE s.a[1] = 2", LINES, JSON, b'{"a":[1,2]}\n{"a":[2,1]}')[0] == '{"a":[1,2]}\n'
    assert select("SELECT s.a[2].b AS x FROM S3Object s", LINES, JSON, body.replace(b"1,2,", b'{"b":1},{"b":2},'))[0] == '{"x":3}\n'


def test_csv_with_other_signs(select):
    given = {"CSV": {"FieldDelimiter": "|", "RecordDelimiter": ";", "QuoteCharacter": "'"}}
    assert select("SELECT _2 FROM S3Object", given, body=b"a|'b|b';c|d;")[0] == "b|b\nd\n"


@pytest.mark.parametrize("expression, given, body, expected", [
    ("SELECT * FROM S3Object s", LINES, b'{"id":1,"a":{"b":[1,2]}}\n{"id":2,"t":"2020-01-01"}\n',
     '{"id":1,"a":{"b":[1,2]}}\n{"id":2,"t":"2020-01-01"}\n'),
    ("SELECT s.a.b[1] AS x FROM S3Object s WHERE s.id = 1", LINES, b'{"id":1,"a":{"b":[1,2]}}\n{"id":2}\n', '{"x":2}\n'),
    ("SELECT s.n[0].p FROM S3Object s", LINES, b'{"n":[{"p":5}]}\n', '{"p":5}\n'),
    ("SELECT s.id FROM S3Object s WHERE s.gone IS MISSING", LINES, b'{"id":1}\n{"id":2}\n', '{"id":1}\n{"id":2}\n'),
    ("SELECT r.id FROM S3Object[*].rules[*] r WHERE r.v > 2", {"JSON": {"Type": "DOCUMENT"}},
     b'{"rules": [\n{"id":"a","v":2},\n{"id":"b","v":3}]}', '{"id":"b"}\n'),
])
def test_json(select, expression, given, body, expected):
    assert select(expression, given, JSON, body)[0] == expected


def test_parquet(select):
    table, file = pyarrow.table({"id": [1, 2, 3], "name": ["a", "b", "c"]}), io.BytesIO()
    pyarrow.parquet.write_table(table, file)
    records, events = select("SELECT s.name FROM S3Object s WHERE s.id >= 2", {"Parquet": {}}, JSON, file.getvalue())
    assert records == '{"name":"b"}\n{"name":"c"}\n'


def test_scan_ranges_of_parquet_are_row_groups(select):
    """Of a Parquet object, the row groups that begin inside the range are read (API Reference, "SelectObjectContent")."""
    table, file = pyarrow.table({"id": list(range(1000)), "name": [f"n{number}" for number in range(1000)]}), io.BytesIO()
    pyarrow.parquet.write_table(table, file, row_group_size=300)
    body, found = file.getvalue(), []
    for start in range(0, len(body), 1000):
        wanted = {"Start": start, "End": min(start + 999, len(body) - 1)}
        found += select("SELECT s.id FROM S3Object s", {"Parquet": {}}, body=body, ScanRange=wanted)[0].split()
    assert found == [str(number) for number in range(1000)]
    first = select("SELECT s.id FROM S3Object s", {"Parquet": {}}, body=body, ScanRange={"Start": 4, "End": 4})[0].split()
    assert first == [str(number) for number in range(300)]
    assert select("SELECT s.id FROM S3Object s", {"Parquet": {}}, body=body, ScanRange={"End": 8})[0] == ""


@pytest.mark.parametrize("kind, pack", [("GZIP", gzip.compress), ("BZIP2", bz2.compress)])
def test_packed(select, kind, pack):
    body = pack(PEOPLE)
    records, events = select("SELECT name FROM S3Object", {**USE, "CompressionType": kind}, body=body)
    assert records == "ann\nbob\ncarl\n"
    details = events["Stats"]["Details"]
    assert (details["BytesScanned"], details["BytesProcessed"], details["BytesReturned"]) == (len(body), len(PEOPLE), 13)


def test_progress_and_many_records(select):
    body = b"".join(b"%d,%s\n" % (number, b"x" * 90) for number in range(20_000))
    records, events = select("SELECT * FROM S3Object", body=body, RequestProgress={"Enabled": True})
    assert records.encode() == body
    assert events["Progress"]["Details"]["BytesReturned"] == len(body) == events["Stats"]["Details"]["BytesScanned"]


def test_scan_ranges_share_the_records(select):
    body = b"".join(b"%d\n" % number for number in range(1000))
    found = []
    for start in range(0, len(body), 700):
        wanted = {"Start": start, "End": min(start + 699, len(body) - 1)}
        found += select("SELECT * FROM S3Object", body=body, ScanRange=wanted)[0].split()
    assert found == [str(number) for number in range(1000)]
    assert select("SELECT * FROM S3Object", body=body, ScanRange={"End": 4})[0] == "999\n"


def test_encrypted_by_the_customer(s3, bucket):
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    s3.put_object(Bucket=bucket, Key="secret", Body=b"a,b\n", **key)
    wanted = {"Bucket": bucket, "Key": "secret", "Expression": "SELECT _2 FROM S3Object", "ExpressionType": "SQL",
              "InputSerialization": CSV, "OutputSerialization": CSV}
    assert refusal(s3.select_object_content, **wanted).status == 400
    events = list(s3.select_object_content(**wanted, **key)["Payload"])
    assert events[0]["Records"]["Payload"] == b"b\n"


@pytest.mark.parametrize("expression, given, output, code", [
    ("SELECT nope FROM S3Object", USE, CSV, "MissingHeaders"),
    ("SELEC * FROM S3Object", CSV, CSV, "ParseUnexpectedToken"),
    ("SELECT * FROM other", CSV, CSV, "ParseUnexpectedToken"),
    ("SELECT 1", CSV, CSV, "ParseSelectMissingFrom"),
    ("SELECT * FROM S3Object a, S3Object b", CSV, CSV, "UnsupportedSqlStructure"),
    ("SELECT strange(_1) FROM S3Object", CSV, CSV, "UnsupportedFunction"),
    ("SELECT CAST(name AS INT) FROM S3Object", USE, CSV, "CastFailed"),
    ("SELECT * FROM S3Object", {"JSON": {"Type": "LINES"}}, JSON, "JSONParsingError"),
    ("SELECT * FROM S3Object", {"Parquet": {}}, JSON, "ParquetParsingError"),
    ("SELECT * FROM S3Object", {"CSV": {}, "Parquet": {}}, CSV, "ObjectSerializationConflict"),
    ("SELECT * FROM S3Object", {"CSV": {}, "CompressionType": "ZIP"}, CSV, "InvalidCompressionFormat"),
    ("SELECT * FROM S3Object", {"CSV": {"FileHeaderInfo": "MAYBE"}}, CSV, "InvalidFileHeaderInfo"),
    ("SELECT * FROM S3Object", {"CompressionType": "NONE"}, CSV, "InvalidDataSource"),
])
def test_what_is_refused(s3, bucket, expression, given, output, code):
    s3.put_object(Bucket=bucket, Key="data", Body=PEOPLE)
    assert code_and_status(
        s3.select_object_content, Bucket=bucket, Key="data", Expression=expression, ExpressionType="SQL",
        InputSerialization=given, OutputSerialization=output) == (code, 400)


@pytest.mark.parametrize("expression, output, records", [
    ("SELECT s.a, s.e FROM S3Object s", JSON, b'{"a":1,"e":{"f":true}}\n{"a":"x","e":{"f":2}}\n{"a":[3,"y"]}\n'),
    ("SELECT * FROM S3Object s WHERE s.n = 2", JSON, b'{"a":"x","e":{"f":2},"n":2}\n'),
    ("SELECT s.n FROM S3Object s WHERE s.a = 'x'", JSON, b'{"n":2}\n'),
    ("SELECT s.n FROM S3Object s WHERE s.a > 0", JSON, b'{"n":1}\n'),
    ("SELECT s.a FROM S3Object s LIMIT 2", CSV, b"1\nx\n"),
    ("SELECT UPPER(s.a) FROM S3Object s WHERE s.n = 2", CSV, b"X\n"),
])
def test_a_member_of_several_types(s3, bucket, expression, output, records):
    lines = b'{"a":1,"e":{"f":true},"n":1}\n{"a":"x","e":{"f":2},"n":2}\n{"a":[3,"y"],"n":3}\n'
    s3.put_object(Bucket=bucket, Key="mixed", Body=lines)
    events = s3.select_object_content(
        Bucket=bucket, Key="mixed", Expression=expression, ExpressionType="SQL",
        InputSerialization={"JSON": {"Type": "LINES"}}, OutputSerialization=output)["Payload"]
    assert b"".join(event["Records"]["Payload"] for event in events if "Records" in event) == records


def test_a_refusal_tells_the_place_and_not_the_parser(s3, bucket):
    s3.put_object(Bucket=bucket, Key="data", Body=PEOPLE)
    with pytest.raises(ClientError) as caught:
        s3.select_object_content(
            Bucket=bucket, Key="data", Expression="SELECT ( FROM S3Object", ExpressionType="SQL", InputSerialization=CSV,
            OutputSerialization=CSV)
    error = caught.value.response["Error"]
    assert error["Code"] == "ParseUnexpectedToken" and "Line 1" in error["Message"]
    assert "sqlglot" not in error["Message"] and "<class" not in error["Message"]


def test_only_for_readers(client_for, s3, iam, bucket, unique):
    s3.put_object(Bucket=bucket, Key="data", Body=PEOPLE)
    name = unique("user")
    iam.create_user(UserName=name)
    reader = client_for("s3", iam.create_access_key(UserName=name)["AccessKey"])
    wanted = {"Bucket": bucket, "Key": "data", "Expression": "SELECT * FROM S3Object", "ExpressionType": "SQL",
              "InputSerialization": CSV, "OutputSerialization": CSV}
    assert code_and_status(reader.select_object_content, **wanted) == ("AccessDenied", 403)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]}))
    assert any("Records" in event for event in reader.select_object_content(**wanted)["Payload"])
    assert code_and_status(s3.select_object_content, **{**wanted, "Key": "none"}) == ("NoSuchKey", 404)


RECORDS = (
    b'{"id": 1, "Name": "x", "a": [1, {"b": 2.5}, "t"], "n": null}\n'
    b'{"id": 2.5, "name": "y", "big": 123456789012345678901234567890, "n": 1.0}\n'
    b'{"id": -3, "NAME": "z", "n": {"deep": [null]}}\n')


@pytest.mark.parametrize("expression, output, expected", [
    ("SELECT * FROM S3Object s", JSON, RECORDS.decode().replace(": ", ":").replace(", ", ",")),
    ("SELECT s.id FROM S3Object s", JSON, '{"id":1}\n{"id":2.5}\n{"id":-3}\n'),
    ("SELECT s.id, s.big FROM S3Object s", CSV, "1,\n2.5,123456789012345678901234567890\n-3,\n"),
    ("SELECT s.a FROM S3Object s WHERE s.id = 1", JSON, '{"a":[1,{"b":2.5},"t"]}\n'),
    ("SELECT s.a[1].b, s.a[2] AS t FROM S3Object s WHERE s.id = 1", JSON, '{"b":2.5,"t":"t"}\n'),
    ("SELECT s.id + 1 AS x FROM S3Object s", JSON, '{"x":2}\n{"x":3.5}\n{"x":-2}\n'),
    # Without quotes a name means a member in any case, in quotes the one that is spelt so.
    ("SELECT s.name FROM S3Object s", JSON, '{"name":"x"}\n{"name":"y"}\n{"name":"z"}\n'),
    ('SELECT s."Name" FROM S3Object s', JSON, '{"Name":"x"}\n{}\n{}\n'),
    ("SELECT s.id FROM S3Object s WHERE s.\"name\" = 'y'", JSON, '{"id":2.5}\n'),
    # Null is not missing.
    ("SELECT s.n FROM S3Object s", JSON, '{"n":null}\n{"n":1.0}\n{"n":{"deep":[null]}}\n'),
    ("SELECT s.id FROM S3Object s WHERE s.n IS NULL", JSON, '{"id":1}\n'),
    ("SELECT s.id FROM S3Object s WHERE s.n IS MISSING OR s.big IS NOT MISSING", JSON, '{"id":2.5}\n'),
    ("SELECT COUNT(*), COUNT(s.big), SUM(s.id), MAX(s.name) FROM S3Object s", CSV, "3,1,0.5,z\n"),
    ("SELECT s.id FROM S3Object s WHERE s.name <> 'IS MISSING' LIMIT 1", CSV, "1\n"),
])
def test_json_comes_back_as_it_was_written(select, expression, output, expected):
    assert select(expression, LINES, output, RECORDS)[0] == expected


def test_paths_of_the_from_clause_that_lead_nowhere_are_missing(select):
    """The example of the SELECT command's page (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-select.html)."""
    body = (b'{ "Rules": [ {"id": "1"}, {"expr": "y > x"}, {"id": "2", "expr": "z = DEBUG"} ]}\n'
            b'{ "created": "June 27", "modified": "July 6" }\n')
    given = {"JSON": {"Type": "DOCUMENT"}}
    assert select("SELECT id FROM S3Object[*].Rules[*].id", given, JSON, body)[0] == '{"id":"1"}\n{}\n{"id":"2"}\n{}\n'
    wanted = "SELECT id FROM S3Object[*].Rules[*].id WHERE id IS NOT MISSING"
    assert select(wanted, given, JSON, body)[0] == '{"id":"1"}\n{"id":"2"}\n'
    assert select("SELECT * FROM S3Object[*][*] s", given, JSON, b'[{"a":1},\n{"a":2}]')[0] == '{"a":1}\n{"a":2}\n'
    assert select("SELECT * FROM S3Object[*] s", given, JSON, b'[{"a":1},{"a":2}]')[0] == '{"_1":[{"a":1},{"a":2}]}\n'


def test_headers_in_quotes_are_spelt_as_in_the_object(s3, bucket, select):
    body = b"id,Name,NAME\n1,a,b\n"
    assert select('SELECT s."NAME", s."Name", s.ID FROM S3Object s', USE, JSON, body)[0] == '{"NAME":"b","Name":"a","id":"1"}\n'
    assert select("SELECT * FROM S3Object s", USE, JSON, body)[0] == '{"id":"1","Name":"a","NAME":"b"}\n'
    wanted = {"Bucket": bucket, "Key": "data", "Expression": 'SELECT s."Id" FROM S3Object s', "ExpressionType": "SQL",
              "InputSerialization": USE, "OutputSerialization": CSV}
    assert code_and_status(s3.select_object_content, **wanted) == ("MissingHeaders", 400)
