"""Delivery to HTTP endpoints: the request's form, the response's contract, retries, and what goes to the bucket."""

from __future__ import annotations

import base64
import datetime
import gzip
import http.server
import ipaddress
import json
import os
import ssl
import threading

import pytest
import tarn_server
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from refusals import message_of
from test_firehose import body, delivered, describe, firehose, keys, put, role, role_for  # noqa: F401


class Endpoint:
    """An HTTPS server that keeps its requests. `answer` is a status and a body; None is the answer that Firehose wants."""

    def __init__(self, folder):
        self.requests, self.answer = [], None
        certificate = folder / "endpoint.pem"
        certificate.write_bytes(self_signed())
        self.certificate = certificate
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                content = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    content = gzip.decompress(content)
                document = json.loads(content)
                endpoint.requests.append((self.path, dict(self.headers), document))
                status, text = endpoint.answer or (200, json.dumps({"requestId": document["requestId"], "timestamp": 1}))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.server.server_port}/in?a=b"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def self_signed():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "endpoint")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256()))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(serialization.Encoding.PEM) + private


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    """Takes the place of conftest's: the server of this module trusts the endpoint's certificate."""
    made = Endpoint(tmp_path_factory.mktemp("endpoint"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory, endpoint):
    home = tmp_path_factory.mktemp("server")
    os.environ["SSL_CERT_FILE"] = str(endpoint.certificate)
    server = tarn_server.Server(data=home / "data", log=home / "server.log")
    try:
        server.start()
        del os.environ["SSL_CERT_FILE"]
        yield server
    finally:
        os.environ.pop("SSL_CERT_FILE", None)
        code = server.stop()
    assert code == 0, server.log_tail()


@pytest.fixture(scope="module")
def client_for(server, account):
    def make(service, credentials=None, region="us-east-1", **config):
        return tarn_server.client(service, server.endpoint, account, region, None, "test", account, **config)

    return make


@pytest.fixture
def stream(firehose, unique, eventually, role, bucket, endpoint):  # noqa: F811
    made = []

    def make(**settings):
        name = unique("http")
        wanted = {
            "EndpointConfiguration": {"Url": endpoint.url, "Name": "mine", "AccessKey": "sesame"}, "RoleARN": role,
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60}, "RetryOptions": {"DurationInSeconds": 100},
            "S3Configuration": {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}"}, **settings}
        firehose.create_delivery_stream(DeliveryStreamName=name, HttpEndpointDestinationConfiguration=wanted)
        made.append(name)
        eventually(lambda: describe(firehose, name)["DeliveryStreamStatus"] == "ACTIVE")
        endpoint.requests.clear()
        endpoint.answer = None
        return name

    yield make
    for name in made:
        firehose.delete_delivery_stream(DeliveryStreamName=name)


def test_the_request(firehose, stream, endpoint, advance, eventually, s3, bucket, account):  # noqa: F811
    name = stream(RequestConfiguration={"ContentEncoding": "GZIP", "CommonAttributes": [
        {"AttributeName": "env", "AttributeValue": "test"}]}, S3BackupMode="AllData")
    put(firehose, name, b"one", b"\x00two")
    advance(61)
    (path, headers, document), = eventually(lambda: endpoint.requests)
    assert path == "/in?a=b" and headers["X-Amz-Firehose-Protocol-Version"] == "1.0"
    assert headers["X-Amz-Firehose-Request-Id"] == document["requestId"]
    assert headers["X-Amz-Firehose-Source-Arn"] == f"arn:aws:firehose:us-east-1:{account}:deliverystream/{name}"
    assert headers["X-Amz-Firehose-Access-Key"] == "sesame" and headers["Content-Type"] == "application/json"
    assert json.loads(headers["X-Amz-Firehose-Common-Attributes"]) == {"commonAttributes": {"env": "test"}}
    assert [base64.b64decode(each["data"]) for each in document["records"]] == [b"one", b"\x00two"]
    assert document["timestamp"] > 1e12
    key, = delivered(s3, bucket, eventually)
    assert body(s3, bucket, key) == b"one\x00two"
    shown = describe(firehose, name)["Destinations"][0]["HttpEndpointDestinationDescription"]
    assert shown["EndpointConfiguration"] == {"Url": endpoint.url, "Name": "mine"}
    assert shown["S3DestinationDescription"]["BucketARN"].endswith(bucket)


@pytest.mark.parametrize("answer", [(500, "down"), (403, "no"), (200, "{}"), (200, '{"requestId":"other","timestamp":1}')])
def test_an_endpoint_that_comes_back(firehose, stream, endpoint, advance, eventually, s3, bucket, answer):  # noqa: F811
    name = stream()
    endpoint.answer = answer
    put(firehose, name, b"again")
    advance(61)
    eventually(lambda: endpoint.requests)
    endpoint.answer = None
    count = len(endpoint.requests)
    advance(30)
    eventually(lambda: len(endpoint.requests) > count)
    # Every attempt at a request bears its id.
    assert len({document["requestId"] for _, _, document in endpoint.requests}) == 1
    advance(200)
    assert keys(s3, bucket) == []


def test_an_endpoint_that_stays_away(firehose, stream, endpoint, advance, eventually, s3, bucket, logs, unique):  # noqa: F811
    group = unique("group")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="errors")
    name = stream(CloudWatchLoggingOptions={"Enabled": True, "LogGroupName": group, "LogStreamName": "errors"})
    endpoint.answer = (401, "who?")
    put(firehose, name, b"lost", b"found")
    advance(61)
    eventually(lambda: endpoint.requests)
    assert keys(s3, bucket) == []
    for _ in range(12):
        advance(15)
    key, = delivered(s3, bucket, eventually)
    assert key.startswith("http-endpoint-failed/2")
    failed = [json.loads(line) for line in body(s3, bucket, key).splitlines()]
    assert [base64.b64decode(each["rawData"]) for each in failed] == [b"lost", b"found"]
    assert failed[0]["errorCode"] == "HttpEndpoint.DestinationException" and failed[0]["attemptsMade"] > 1
    assert failed[0]["errorMessage"].endswith("401: who?") and "dataId" in failed[0]
    events = logs.get_log_events(logGroupName=group, logStreamName="errors")["events"]
    assert json.loads(events[0]["message"])["destination"] == endpoint.url


def test_too_large_is_not_tried_again(firehose, stream, endpoint, advance, eventually, s3, bucket):  # noqa: F811
    name = stream()
    endpoint.answer = (413, "too much")
    put(firehose, name, b"much")
    advance(61)
    delivered(s3, bucket, eventually, prefix="http-endpoint-failed/")
    assert len(endpoint.requests) == 1


def test_the_key_from_a_secret(firehose, stream, endpoint, advance, eventually, client_for, unique):  # noqa: F811
    secret = client_for("secretsmanager").create_secret(Name=unique("key"), SecretString='{"api_key":"kept"}')["ARN"]
    name = stream(EndpointConfiguration={"Url": endpoint.url}, SecretsManagerConfiguration={"Enabled": True, "SecretARN": secret})
    put(firehose, name, b"x")
    advance(61)
    eventually(lambda: endpoint.requests)
    assert endpoint.requests[0][1]["X-Amz-Firehose-Access-Key"] == "kept"


def test_what_is_refused(firehose, role, bucket, unique):  # noqa: F811
    backup = {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}"}
    for code, settings in (
        ("ValidationException", {"EndpointConfiguration": {"Url": "http://plain"}, "S3Configuration": backup}),
        ("InvalidArgumentException", {
            "EndpointConfiguration": {"Url": "https://x"}, "S3Configuration": backup,
            "RequestConfiguration": {"CommonAttributes": [{"AttributeName": "a", "AttributeValue": "1"}] * 2}}),
        ("InvalidArgumentException", {
            "EndpointConfiguration": {"Url": "https://x"}, "S3Configuration": backup, "SecretsManagerConfiguration": {"Enabled": True}}),
    ):
        message_of(code, firehose.create_delivery_stream, DeliveryStreamName=unique("refused"),
                HttpEndpointDestinationConfiguration=settings)
