"""PartiQL: statements, their parameters, pages and refusals, in batches and transactions."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from refusals import code_and_message


@pytest.fixture
def music(dynamodb, unique):
    name = unique("Music")
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": t} for a, t in (("Artist", "S"), ("Song", "S"), ("Year", "N"))],
        KeySchema=[{"AttributeName": "Artist", "KeyType": "HASH"}, {"AttributeName": "Song", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[{"IndexName": "years", "KeySchema": [{"AttributeName": "Year", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"}}])
    yield name
    dynamodb.delete_table(TableName=name)


def run(dynamodb, statement, *parameters, **more):
    if parameters:
        more["Parameters"] = list(parameters)
    return dynamodb.execute_statement(Statement=statement, **more)


def refused(dynamodb, statement, *parameters, **more):
    return code_and_message(run, dynamodb, statement, *parameters, **more)


def test_a_life(dynamodb, music):
    run(dynamodb, f"""INSERT INTO "{music}" VALUE {{'Artist': 'A', 'Song': ?, 'Year': 1999, 'tags': <<'x', 'y'>>,
                      'more': {{'list': [1, true, null, 'it''s']}}}}""", {"S": "One"})
    item = run(dynamodb, f"SELECT * FROM \"{music}\" WHERE Artist = 'A' AND Song = 'One'")["Items"][0]
    assert item["Year"] == {"N": "1999"}
    assert sorted(item["tags"]["SS"]) == ["x", "y"]
    assert item["more"] == {"M": {"list": {"L": [{"N": "1"}, {"BOOL": True}, {"NULL": True}, {"S": "it's"}]}}}
    code, message = refused(dynamodb, f"INSERT INTO \"{music}\" VALUE {{'Artist': 'A', 'Song': 'One'}}")
    assert (code, message) == ("DuplicateItemException", "Duplicate primary key exists in table")
    changed = run(
        dynamodb,
        f'UPDATE "{music}" SET "Year" = "Year" + 1, tags = set_add(tags, <<\'z\'>>) SET more.list[0] = ? REMOVE more.list[1] '
        "WHERE Artist = 'A' AND Song = 'One' AND \"Year\" = 1999 RETURNING MODIFIED NEW *", {"S": "first"})["Items"]
    assert changed[0]["Year"] == {"N": "2000"}
    assert sorted(changed[0]["tags"]["SS"]) == ["x", "y", "z"]
    gone = run(dynamodb, f"DELETE FROM \"{music}\" WHERE Artist = 'A' AND Song = 'One' RETURNING ALL OLD *")["Items"]
    assert gone[0]["more"]["M"]["list"]["L"][0] == {"S": "first"}
    assert run(dynamodb, f'SELECT * FROM "{music}"')["Items"] == []
    assert run(dynamodb, f"DELETE FROM \"{music}\" WHERE Artist = 'A' AND Song = 'One'")["Items"] == []


def test_paths_are_columns_named_by_their_end(dynamodb, music):
    """PyDynamoDB, whose tests run against DynamoDB, takes `m.x.y` from "y" and `l[1]` from "l[1]"."""
    run(dynamodb, f"""INSERT INTO "{music}" VALUE {{'Artist': 'A', 'Song': 's', 'Year': 1, 'm': {{'x': {{'y': true}}, 'max': ['a', 'b']}},
                      'l': [1, {{'z': 'q'}}]}}""")
    columns = 'Song, m.x.y, l[1], l[0], m."max"[1], m.none, l[7]'
    found = {"Song": {"S": "s"}, "y": {"BOOL": True}, "l[1]": {"M": {"z": {"S": "q"}}}, "l[0]": {"N": "1"}, "max[1]": {"S": "b"}}
    one = f"SELECT {columns} FROM \"{music}\" WHERE Artist = 'A' AND Song = 's'"
    assert run(dynamodb, one)["Items"] == [found]
    assert run(dynamodb, f'SELECT {columns} FROM "{music}"."years" WHERE "Year" = 1')["Items"] == [found]
    assert dynamodb.batch_execute_statement(Statements=[{"Statement": one}])["Responses"][0]["Item"] == found
    assert dynamodb.execute_transaction(TransactStatements=[{"Statement": one}])["Responses"] == [{"Item": found}]
    deep = f"SELECT l[1].z, m.x FROM \"{music}\" WHERE Artist = 'A'"
    assert run(dynamodb, deep)["Items"] == [{"z": {"S": "q"}, "x": {"M": {"y": {"BOOL": True}}}}]


def test_reading_in_all_ways(dynamodb, music):
    for artist in "ABC":
        for number in range(4):
            run(dynamodb, f'INSERT INTO "{music}" VALUE {{\'Artist\': ?, \'Song\': ?, \'Year\': ?}}',
                {"S": artist}, {"S": f"s{number}"}, {"N": str(2000 + number)})

    def songs(where, *parameters):
        return [i["Artist"]["S"] + i["Song"]["S"] for i in run(dynamodb, f'SELECT Artist, Song FROM "{music}" {where}', *parameters)["Items"]]

    assert songs("WHERE Artist = 'A'") == ["As0", "As1", "As2", "As3"]
    assert songs("WHERE Artist = 'A' ORDER BY Song DESC") == ["As3", "As2", "As1", "As0"]
    # Several partitions come in the order of their keys, each with its items in theirs.
    ordered = "WHERE Artist IN ['C', 'A', 'B'] AND \"Year\" < 2002 ORDER BY"
    assert songs(f"{ordered} Artist DESC") == ["Cs0", "Cs1", "Bs0", "Bs1", "As0", "As1"]
    assert songs(f"{ordered} Artist, Song DESC") == ["As1", "As0", "Bs1", "Bs0", "Cs1", "Cs0"]
    assert songs("WHERE Artist = ? AND Song BETWEEN ? AND ?", {"S": "B"}, {"S": "s1"}, {"S": "s2"}) == ["Bs1", "Bs2"]
    assert songs("WHERE Artist IN ['A', 'C'] AND begins_with(Song, 's1')") == ["As1", "Cs1"]
    assert songs("WHERE Artist = 'A' OR Artist = 'B' AND Song = 's0'") and len(songs("WHERE Song = 's0'")) == 3
    assert sorted(songs("WHERE NOT (Artist = 'A' OR Artist = 'B') AND \"Year\" >= 2002")) == ["Cs2", "Cs3"]
    assert songs("/* sums */ WHERE Artist = 'A' AND \"Year\" - 1 = 2000 -- and a comment\n;") == ["As1"]
    assert songs("WHERE Artist = 'A' AND other IS MISSING AND \"Year\" <> 2000 AND size(Song) = 2") == ["As1", "As2", "As3"]
    assert len(run(dynamodb, f'SELECT * FROM "{music}"."years" WHERE "Year" = 2001')["Items"]) == 3


def test_pages(dynamodb, music):
    for number in range(10):
        run(dynamodb, f'INSERT INTO "{music}" VALUE {{\'Artist\': ?, \'Song\': ?}}', {"S": "AB"[number % 2]}, {"S": str(number)})
    statement = f"SELECT * FROM \"{music}\" WHERE Artist IN ('A', 'B')"
    seen, more = [], {}
    while True:
        page = run(dynamodb, statement, Limit=3, **more)
        seen += [item["Song"]["S"] for item in page["Items"]]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert seen == list("0246813579")
    code, message = refused(dynamodb, f'SELECT * FROM "{music}"', NextToken=more["NextToken"])
    assert (code, message) == ("ValidationException", "NextToken does not match request")


def test_pages_of_many_partitions(dynamodb, music):
    """A page reads ten partitions of an IN list, which may name fifty."""
    names = [f"{number:02}" for number in range(50)]
    for name in names[::2]:
        run(dynamodb, f'INSERT INTO "{music}" VALUE {{\'Artist\': ?, \'Song\': \'x\'}}', {"S": name})
    marks = ", ".join("?" * 50)
    statement, parameters = f'SELECT Artist FROM "{music}" WHERE Artist IN [{marks}]', [{"S": name} for name in names]
    seen, more = [], {}
    while True:
        page = run(dynamodb, statement, *parameters, **more)
        seen.append([item["Artist"]["S"] for item in page["Items"]])
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert [len(page) for page in seen] == [5] * 5
    assert sum(seen, []) == names[::2]
    code, _ = refused(dynamodb, f'SELECT * FROM "{music}" WHERE Artist IN [{marks}, ?]', *parameters, {"S": "x"})
    assert code == "ValidationException"


@pytest.mark.parametrize(("statement", "message"), [
    ("SELEC * FROM t", "Statement wasn't well formed, can't be processed: Expected data manipulation"),
    ('UPDATE "T" SET a = 1 WHERE Artist = \'A\'', "Where clause does not contain a mandatory equality on all key attributes"),
    ('SELECT * FROM "T" WHERE Artist = ?', "Number of parameters in request and statement don't match."),
    ('SELECT * FROM "T" ORDER BY Song', "Must have WHERE clause in the statement when using ORDER BY clause."),
])
def test_refusals(dynamodb, music, statement, message):
    assert refused(dynamodb, statement.replace('"T"', f'"{music}"')) == ("ValidationException", message)


def test_an_update_of_nothing_fails(dynamodb, music):
    code, _ = refused(dynamodb, f"UPDATE \"{music}\" SET x = 1 WHERE Artist = 'A' AND Song = 'none'")
    assert code == "ConditionalCheckFailedException"


def test_what_an_index_holds(dynamodb, unique):
    """A global index refuses what it does not project; a local one fetches it from its table."""
    name, keys = unique("held"), {"ProjectionType": "KEYS_ONLY"}
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in ("p", "s", "x")],
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {"IndexName": "global", "KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}], "Projection": keys}],
        LocalSecondaryIndexes=[{"IndexName": "local", "KeySchema": [
            {"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "x", "KeyType": "RANGE"}], "Projection": keys}])
    run(dynamodb, f"INSERT INTO \"{name}\" VALUE {{'p': 'a', 's': 'b', 'x': 'c', 'y': 1}}")
    assert run(dynamodb, f"SELECT p, s FROM \"{name}\".\"global\" WHERE x = 'c'")["Items"] == [{"p": {"S": "a"}, "s": {"S": "b"}}]
    assert refused(dynamodb, f"SELECT p, y FROM \"{name}\".\"global\" WHERE x = 'c'") == (
        "ValidationException", "One or more parameter values were invalid: Global secondary index global does not project [y]")
    assert run(dynamodb, f"SELECT y FROM \"{name}\".\"local\" WHERE p = 'a'")["Items"] == [{"y": {"N": "1"}}]
    dynamodb.delete_table(TableName=name)


def test_batches(dynamodb, music):
    insert = f"INSERT INTO \"{music}\" VALUE {{'Artist': 'A', 'Song': ?}}"
    answer = dynamodb.batch_execute_statement(
        Statements=[{"Statement": insert, "Parameters": [{"S": song}]} for song in ("a", "b", "a")])["Responses"]
    assert answer[0] == answer[1] == {"TableName": music}
    assert answer[2]["Error"]["Code"] == "DuplicateItem"
    select = f"SELECT * FROM \"{music}\" WHERE Artist = 'A' AND Song = ?"
    answer = dynamodb.batch_execute_statement(Statements=[
        {"Statement": select, "Parameters": [{"S": "b"}]}, {"Statement": f"SELECT * FROM \"{music}\" WHERE Artist = 'A'"}])
    assert answer["Responses"][0]["Item"] == {"Artist": {"S": "A"}, "Song": {"S": "b"}}
    assert answer["Responses"][1]["Error"] == {
        "Code": "ValidationError",
        "Message": "Select statements within BatchExecuteStatement must specify the primary key in the where clause."}


def test_transactions(dynamodb, music):
    insert = f"INSERT INTO \"{music}\" VALUE {{'Artist': 'A', 'Song': ?}}"
    dynamodb.execute_transaction(TransactStatements=[{"Statement": insert, "Parameters": [{"S": song}]} for song in "ab"])
    with pytest.raises(ClientError) as error:
        dynamodb.execute_transaction(TransactStatements=[
            {"Statement": insert, "Parameters": [{"S": "c"}]}, {"Statement": insert, "Parameters": [{"S": "a"}]},
            {"Statement": f"EXISTS(SELECT * FROM \"{music}\" WHERE Artist = 'A' AND Song = 'b' AND x IS MISSING)"}])
    assert [reason["Code"] for reason in error.value.response["CancellationReasons"]] == ["None", "DuplicateItem", "None"]
    got = dynamodb.execute_transaction(TransactStatements=[
        {"Statement": f"SELECT * FROM \"{music}\" WHERE Artist = 'A' AND Song = '{song}'"} for song in "abc"])["Responses"]
    assert [("Item" in each) for each in got] == [True, True, False]


def test_what_policies_say(dynamodb, music, iam, client_for):
    import json
    name = "reader-" + music
    iam.create_user(UserName=name)
    arn = dynamodb.describe_table(TableName=music)["Table"]["TableArn"]
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:PartiQLSelect", "Resource": arn}]}))
    reader = client_for("dynamodb", iam.create_access_key(UserName=name)["AccessKey"])
    assert run(reader, f'SELECT * FROM "{music}"')["Items"] == []
    code, message = refused(reader, f"INSERT INTO \"{music}\" VALUE {{'Artist': 'A', 'Song': 'x'}}")
    assert code == "AccessDeniedException" and "dynamodb:PartiQLInsert" in message
