"""Object Lambda access points: management, the functions' event and answers, refusals, permissions."""

import base64
import json
import urllib.request

import boto3
import pytest
import tarn_server
from botocore.exceptions import ClientError
from refusals import code_and_status, refusal

# One function for every test: `payload` of the configuration, or the key, says what to do.
CODE = '''
import json, urllib.request, urllib.error, boto3

s3 = boto3.client("s3")

def fetch(url, method="GET"):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), dict(error.headers)

def handler(event, context):
    if "headObjectContext" in event:
        status, _, headers = fetch(event["headObjectContext"]["inputS3Url"], "HEAD")
        if status != 200:
            return {"statusCode": status, "errorCode": "NoSuchKey", "errorMessage": "not here"}
        return {"statusCode": 200, "headers": {
            "Content-Length": int(headers["Content-Length"]) * 2, "Content-Type": "text/doubled", "ETag": headers["ETag"],
            "Last-Modified": headers["Last-Modified"], "x-amz-meta-seen": "yes"}}
    if "listObjectsContext" in event:
        status, body, _ = fetch(event["listObjectsContext"]["inputS3Url"])
        return {"statusCode": status, "listResultXml": body.decode().replace("<Key>", "<Key>seen/")}
    if "listObjectsV2Context" in event:
        return {"statusCode": 200, "listBucketResult": {
            "name": "made-up", "prefix": "", "keyCount": 1, "maxKeys": 10, "isTruncated": False,
            "contents": [{"key": "one", "size": 3, "lastModified": "2026-01-02T03:04:05Z", "eTag": "e", "storageClass": "STANDARD"}],
            "commonPrefixes": [{"prefix": "two/"}]}}
    place = event["getObjectContext"]
    name = event["userRequest"]["url"].split("?")[0].rsplit("/", 1)[-1]
    answer = dict(RequestRoute=place["outputRoute"], RequestToken=place["outputToken"])
    if name == "event":
        s3.write_get_object_response(Body=json.dumps(event).encode(), **answer)
    elif name == "silent":
        return {"status_code": 200}
    elif name == "broken":
        raise ValueError("it broke")
    elif name == "refused":
        s3.write_get_object_response(StatusCode=403, ErrorCode="NoSecret", ErrorMessage="not secret enough", **answer)
    elif name == "rich":
        s3.write_get_object_response(
            Body=b"rich", StatusCode=206, ContentType="text/rich", CacheControl="no-store", ETag='"abc"',
            ContentRange="bytes 0-3/10", Metadata={"colour": "red"}, VersionId="v1", StorageClass="GLACIER", TagCount=2,
            LastModified="2026-01-02T03:04:05Z", **answer)
    elif name == "twice":
        s3.write_get_object_response(Body=b"first", **answer)
        try:
            s3.write_get_object_response(Body=b"second", **answer)
        except Exception as error:
            print(error)
    elif name == "large":
        s3.write_get_object_response(Body=b"x" * (9 << 20), **answer)
    else:
        status, body, _ = fetch(place["inputS3Url"])
        if status != 200:
            s3.write_get_object_response(StatusCode=status, ErrorCode="Upstream", ErrorMessage=body.decode().replace("\\n", " ")[:200], **answer)
        else:
            s3.write_get_object_response(Body=body.upper(), **answer)
    return {"status_code": 200}
'''
MAY_WRITE = {"Effect": "Allow", "Action": "s3-object-lambda:WriteGetObjectResponse", "Resource": "*"}
ALL = ["GetObject", "HeadObject", "ListObjects", "ListObjectsV2"]


@pytest.fixture(scope="module", autouse=True)
def _all_by_proxy():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("no_proxy", "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def as_(endpoint, account):
    """as_(service, credentials=None): a client that speaks to AWS's own host names, with the server as its proxy."""

    def make(service, credentials=None, region="us-east-1", **config):
        key, secret = account, "test"
        if credentials:
            key, secret = credentials["AccessKeyId"], credentials["SecretAccessKey"]
        return boto3.Session(key, secret, None, region).client(
            service, use_ssl=False, config=tarn_server.settings(proxies={"http": endpoint}, **config))

    return make


@pytest.fixture(scope="module")
def control(as_):
    return as_("s3control")


@pytest.fixture(scope="module")
def named(as_):
    return as_("s3")


@pytest.fixture(scope="module")
def place(s3, control, iam, lambda_client, account):
    """A bucket with one object, an access point, a function, and an Object Lambda access point over them."""
    from conftest import BASIC_EXECUTION, LAMBDA_TRUST, zipped

    s3.create_bucket(Bucket="transformed")
    s3.put_object(Bucket="transformed", Key="a/text", Body=b"hello", Metadata={"kept": "yes"})
    point = control.create_access_point(AccountId=account, Name="behind", Bucket="transformed")["AccessPointArn"]
    role = iam.create_role(RoleName="transformer", AssumeRolePolicyDocument=LAMBDA_TRUST)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="transformer", PolicyArn=BASIC_EXECUTION)
    iam.put_role_policy(RoleName="transformer", PolicyName="own", PolicyDocument=document(MAY_WRITE))
    function = lambda_client.create_function(
        FunctionName="transformer", Runtime="python3.11", Handler="index.handler", Timeout=30, Role=role,
        Code={"ZipFile": zipped({"index.py": CODE})})["FunctionArn"]
    lambda_client.get_waiter("function_active_v2").wait(FunctionName="transformer", WaiterConfig={"Delay": 1})
    made = control.create_access_point_for_object_lambda(
        AccountId=account, Name="in-front", Configuration=configuration(point, function, ALL, payload='{"mode": 1}'))
    return {"arn": made["ObjectLambdaAccessPointArn"], "alias": made["Alias"]["Value"], "point": point, "function": function}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def configuration(point, function, actions, features=(), payload=None):
    target = {"FunctionArn": function, **({"FunctionPayload": payload} if payload else {})}
    return {"SupportingAccessPoint": point, "AllowedFeatures": list(features), "TransformationConfigurations": [
        {"Actions": list(actions), "ContentTransformation": {"AwsLambda": target}}]}


def test_made_shown_listed_changed_deleted(control, account, place, unique, s3):
    name = unique("olap")
    wanted = configuration(place["point"], place["function"], ["GetObject"], ["GetObject-Range"], "extra")
    made = control.create_access_point_for_object_lambda(AccountId=account, Name=name, Configuration=wanted)
    arn = made["ObjectLambdaAccessPointArn"]
    assert arn == f"arn:aws:s3-object-lambda:us-east-1:{account}:accesspoint/{name}"
    assert made["Alias"]["Value"].endswith("--ol-s3") and len(made["Alias"]["Value"]) <= 63
    shown = control.get_access_point_for_object_lambda(AccountId=account, Name=name)
    assert shown["Name"] == name and shown["Alias"] == {**made["Alias"], "Status": "READY"}
    assert set(shown["PublicAccessBlockConfiguration"].values()) == {True}
    kept = control.get_access_point_configuration_for_object_lambda(AccountId=account, Name=name)["Configuration"]
    assert kept == {**wanted, "CloudWatchMetricsEnabled": False}
    listed = control.list_access_points_for_object_lambda(AccountId=account)["ObjectLambdaAccessPointList"]
    assert arn in [entry["ObjectLambdaAccessPointArn"] for entry in listed]
    paged = control.list_access_points_for_object_lambda(AccountId=account, MaxResults=1)
    assert len(paged["ObjectLambdaAccessPointList"]) == 1 and paged["NextToken"]
    assert code_and_status(
        control.create_access_point_for_object_lambda, AccountId=account, Name=name, Configuration=wanted
    ) == ("AccessPointAlreadyOwnedByYou", 409)
    other = configuration(place["point"], place["function"], ["HeadObject"])
    control.put_access_point_configuration_for_object_lambda(AccountId=account, Name=name, Configuration=other)
    kept = control.get_access_point_configuration_for_object_lambda(AccountId=account, Name=name)["Configuration"]
    assert kept["TransformationConfigurations"][0]["Actions"] == ["HeadObject"]
    # GetObject is not transformed any more: it goes on to the access point.
    assert s3.get_object(Bucket=made["Alias"]["Value"], Key="a/text")["Body"].read() == b"hello"
    control.delete_access_point_for_object_lambda(AccountId=account, Name=name)
    assert code_and_status(control.get_access_point_for_object_lambda, AccountId=account, Name=name) == ("NoSuchAccessPoint", 404)


def test_policies(control, account, place):
    assert code_and_status(control.get_access_point_policy_for_object_lambda, AccountId=account, Name="in-front") == (
        "NoSuchAccessPointPolicy", 404)
    policy = document({"Effect": "Deny", "Principal": {"AWS": "123456789012"}, "Action": "s3-object-lambda:GetObject",
                       "Resource": place["arn"]})
    put = control.put_access_point_policy_for_object_lambda
    put(AccountId=account, Name="in-front", Policy=policy)
    assert control.get_access_point_policy_for_object_lambda(AccountId=account, Name="in-front")["Policy"] == policy
    status = control.get_access_point_policy_status_for_object_lambda(AccountId=account, Name="in-front")
    assert status["PolicyStatus"] == {"IsPublic": False}
    open_to_all = document({"Effect": "Allow", "Principal": "*", "Action": "s3-object-lambda:*", "Resource": place["arn"]})
    assert code_and_status(put, AccountId=account, Name="in-front", Policy=open_to_all) == ("AccessDenied", 403)
    elsewhere = document({"Effect": "Deny", "Principal": "*", "Action": "s3-object-lambda:*", "Resource": place["point"]})
    assert code_and_status(put, AccountId=account, Name="in-front", Policy=elsewhere) == ("MalformedPolicy", 400)
    control.delete_access_point_policy_for_object_lambda(AccountId=account, Name="in-front")
    assert refusal(control.get_access_point_policy_for_object_lambda, AccountId=account, Name="in-front").code == (
        "NoSuchAccessPointPolicy")


def test_what_cannot_be_made(control, account, place):
    make = control.create_access_point_for_object_lambda
    good = configuration(place["point"], place["function"], ["GetObject"])
    assert refusal(make, AccountId=account, Name="Upper", Configuration=good).status == 400
    assert code_and_status(make, AccountId="222222222222", Name="fine", Configuration=good) == ("AccessDenied", 403)
    missing = configuration(place["point"] + "x", place["function"], ["GetObject"])
    assert code_and_status(make, AccountId=account, Name="fine", Configuration=missing) == ("NoSuchAccessPoint", 404)
    for bad in (configuration(place["point"], place["function"], []), configuration(place["point"], "arn:aws:sns:::x", ALL),
                configuration(place["point"], place["function"], ["PutObject"]),
                configuration("arn:aws:s3:::bucket", place["function"], ALL),
                configuration(place["point"], place["function"], ["GetObject"], ["Everything"])):
        assert refusal(make, AccountId=account, Name="fine", Configuration=bad).status == 400
    twice = configuration(place["point"], place["function"], ["GetObject"])
    twice["TransformationConfigurations"] *= 2
    assert code_and_status(make, AccountId=account, Name="fine", Configuration=twice) == ("InvalidRequest", 400)


def test_objects_are_transformed_by_arn_alias_and_host(named, s3, place):
    assert named.get_object(Bucket=place["arn"], Key="a/text")["Body"].read() == b"HELLO"
    answer = s3.get_object(Bucket=place["alias"], Key="a/text")
    assert answer["Body"].read() == b"HELLO" and answer["ContentLength"] == 5
    assert s3.get_object(Bucket="transformed", Key="a/text")["Body"].read() == b"hello"
    assert code_and_status(s3.get_object, Bucket=place["alias"], Key="nothing") == ("Upstream", 404)
    assert code_and_status(s3.get_object, Bucket="x" + place["alias"], Key="a/text") == ("InvalidAccessPointAliasError", 400)


def test_the_function_is_told(named, place, account):
    asked = named.get_object(Bucket=place["arn"], Key="event")
    event = json.loads(asked["Body"].read())
    assert event["protocolVersion"] == "1.00" and event["xAmzRequestId"]
    assert event["configuration"] == {
        "accessPointArn": place["arn"], "supportingAccessPointArn": place["point"], "payload": '{"mode": 1}'}
    assert event["getObjectContext"]["outputRoute"] == "io-use1-001"
    host = f"in-front-{account}.s3-object-lambda.us-east-1.amazonaws.com"
    assert event["userRequest"]["url"] == f"http://{host}/event"
    headers = event["userRequest"]["headers"]
    assert headers["Host"] == host and "X-Amz-Content-SHA256" in headers and "Authorization" not in headers
    identity = event["userIdentity"]
    assert (identity["type"], identity["accountId"], identity["arn"]) == ("Root", account, f"arn:aws:iam::{account}:root")
    # The URL is the client's own, for this one object.
    url = event["getObjectContext"]["inputS3Url"]
    assert "X-Amz-Signature" in url and "/event?" in url
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(url)
    assert missing.value.code == 404


def test_what_functions_answer(s3, place):
    alias = place["alias"]
    rich = s3.get_object(Bucket=alias, Key="rich")
    assert rich["Body"].read() == b"rich" and rich["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert (rich["ContentType"], rich["CacheControl"], rich["ETag"]) == ("text/rich", "no-store", '"abc"')
    assert (rich["ContentRange"], rich["Metadata"], rich["VersionId"]) == ("bytes 0-3/10", {"colour": "red"}, "v1")
    assert (rich["StorageClass"], rich["TagCount"], rich["LastModified"].year) == ("GLACIER", 2, 2026)
    assert code_and_status(s3.get_object, Bucket=alias, Key="refused") == ("NoSecret", 403)
    assert code_and_status(s3.get_object, Bucket=alias, Key="silent") == ("LambdaResponseNotReceived", 500)
    assert code_and_status(s3.get_object, Bucket=alias, Key="broken") == ("LambdaRuntimeError", 500)
    assert s3.get_object(Bucket=alias, Key="twice")["Body"].read() == b"first"
    assert s3.get_object(Bucket=alias, Key="large")["Body"].read() == b"x" * (9 << 20)


def test_heads_and_lists(s3, place):
    alias = place["alias"]
    head = s3.head_object(Bucket=alias, Key="a/text")
    assert (head["ContentLength"], head["ContentType"], head["Metadata"]) == (10, "text/doubled", {"seen": "yes"})
    assert refusal(s3.head_object, Bucket=alias, Key="nothing").status == 404
    listed = s3.list_objects(Bucket=alias, Prefix="a/")["Contents"]
    assert [entry["Key"] for entry in listed] == ["seen/a/text"]
    listed = s3.list_objects_v2(Bucket=alias)
    assert (listed["KeyCount"], listed["Name"], listed["CommonPrefixes"]) == (1, "made-up", [{"Prefix": "two/"}])
    assert (listed["Contents"][0]["Key"], listed["Contents"][0]["Size"]) == ("one", 3)


def test_ranges_are_for_those_who_allow_them(control, s3, account, place, unique):
    assert code_and_status(s3.get_object, Bucket=place["alias"], Key="a/text", Range="bytes=0-1") == ("NotImplemented", 501)
    assert refusal(s3.head_object, Bucket=place["alias"], Key="a/text", PartNumber=1).status == 501
    ranged = control.create_access_point_for_object_lambda(
        AccountId=account, Name=unique("ranged"),
        Configuration=configuration(place["point"], place["function"], ["GetObject"], ["GetObject-Range"]))["Alias"]["Value"]
    event = json.loads(s3.get_object(Bucket=ranged, Key="event", Range="bytes=1-2")["Body"].read())
    assert event["userRequest"]["headers"]["Range"] == "bytes=1-2" and event["configuration"]["payload"] == ""


def test_the_rest_goes_on_to_the_access_point(s3, place):
    alias = place["alias"]
    s3.put_object(Bucket=alias, Key="through", Body=b"body", Tagging="a=b")
    assert s3.get_object(Bucket="transformed", Key="through")["Body"].read() == b"body"
    assert s3.get_object_tagging(Bucket=alias, Key="through")["TagSet"] == [{"Key": "a", "Value": "b"}]
    s3.delete_object(Bucket=alias, Key="through")
    assert refusal(s3.head_object, Bucket="transformed", Key="through").status == 404
    assert code_and_status(s3.put_bucket_policy, Bucket=alias, Policy="{}") == ("MethodNotAllowed", 405)


def test_who_may(iam, as_, place, unique, account):
    """A user needs the access point, the function, and what is behind; the latter two through S3 Object Lambda alone."""
    front = {"Effect": "Allow", "Action": "s3-object-lambda:Get*", "Resource": place["arn"]}
    via = {"Condition": {"ForAnyValue:StringEquals": {"aws:CalledVia": "s3-object-lambda.amazonaws.com"}}}
    invoke = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": place["function"], **via}
    behind = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*", **via}

    def outcome(*statements):
        name = unique("user")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
        client = as_("s3", iam.create_access_key(UserName=name)["AccessKey"])
        try:
            return client.get_object(Bucket=place["arn"], Key="a/text")["Body"].read()
        except ClientError as error:
            return error.response["Error"]["Code"]

    assert outcome(invoke, behind) == "AccessDenied"
    assert outcome(front, behind) == "LambdaPermissionError"
    assert outcome(front, invoke) == "Upstream"
    assert outcome(front, invoke, behind) == b"HELLO"


def test_answers_to_nobody(s3, client_for, lambda_role):
    direct = client_for("s3", inject_host_prefix=False)
    asked = {"RequestRoute": "io-use1-001", "RequestToken": base64.b16encode(b"nobody").decode(), "Body": b""}
    assert code_and_status(direct.write_get_object_response, **asked) == ("ValidationError", 400)


def test_a_function_that_is_not_there(control, s3, account, place, unique):
    alias = control.create_access_point_for_object_lambda(
        AccountId=account, Name=unique("lost"),
        Configuration=configuration(place["point"], place["function"] + "-gone", ["GetObject"]))["Alias"]["Value"]
    assert code_and_status(s3.get_object, Bucket=alias, Key="a/text") == ("LambdaNotFound", 404)
