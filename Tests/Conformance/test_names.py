"""AWS's own host names: Tarn's DNS leads them to it, its certificates are good for them, and a program that is told
neither endpoint nor proxy works by them."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import tarn_server

REFUSED, DONE = 5, 0


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[tarn_server.Server, int]]:
    """A server with DNS, and the port that it answers at."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("names")
    server = tarn_server.Server(data=home / "data", log=home / "server.log", options=["--dns", str(port)])
    server.start()
    try:
        yield server, port
    finally:
        assert server.stop() == 0


@pytest.fixture
def resolve(named: tuple[tarn_server.Server, int]) -> Callable[..., tuple[int, list[str]]]:
    """resolve(name, kind): the answer's code and addresses."""

    def ask(name: str, kind: int = 1) -> tuple[int, list[str]]:
        question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
        query = struct.pack("!6H", 4711, 0x0100, 1, 0, 0, 0) + question + struct.pack("!2H", kind, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(10)
            client.sendto(query, ("127.0.0.1", named[1]))
            answer = client.recv(512)
        number, flags, _, count, _, _ = struct.unpack("!6H", answer[:12])
        assert number == 4711 and flags & 0x8000
        found = answer[len(query):]
        assert len(found) == count * 16
        return flags & 15, [socket.inet_ntoa(found[12:16])] if count else []

    return ask


@pytest.mark.parametrize("name", [
    "s3.us-east-1.amazonaws.com", "bucket.s3.eu-west-1.amazonaws.com", "point-123456789012.s3-accesspoint.us-west-2.amazonaws.com",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com", "search-x.us-east-1.es.amazonaws.com", "abc.us-east-1.aoss.amazonaws.com",
    "x.execute-api.us-east-1.amazonaws.com", "d-1234567890.awsapps.com", "id.lambda-url.us-east-1.on.aws", "amazonaws.com"])
def test_names_of_aws_lead_here(resolve: Callable[..., Any], name: str) -> None:
    assert resolve(name) == (DONE, ["127.0.0.1"])
    assert resolve(name, kind=28) == (DONE, [])


@pytest.mark.parametrize("name", ["example.com", "aws.amazon.com", "notamazonaws.com", "amazonaws.com.example.org"])
def test_other_names_are_for_other_servers(resolve: Callable[..., Any], name: str) -> None:
    assert resolve(name) == (REFUSED, [])


def test_what_is_no_question_harms_nothing(named: tuple[tarn_server.Server, int], resolve: Callable[..., Any]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for noise in (b"", b"\0", b"\xff" * 512, b"\0" * 12, bytes(range(200))):
            client.sendto(noise, ("127.0.0.1", named[1]))
    assert resolve("sts.amazonaws.com") == (DONE, ["127.0.0.1"])


def handshake(server: tarn_server.Server, name: str) -> dict[str, Any]:
    context = ssl.create_default_context(cafile=str(server.data / "tls" / "ca.pem"))
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain, \
            context.wrap_socket(plain, server_hostname=name) as secure:
        return secure.getpeercert()


@pytest.mark.parametrize("name", [
    "localhost", "s3.us-east-1.amazonaws.com", "a-123456789012.s3-accesspoint.eu-west-1.amazonaws.com",
    "111122223333.s3-control.us-east-1.amazonaws.com", "x.lambda-url.us-east-1.on.aws", "a.b.c.d.e.amazonaws.com"])
def test_certificates_are_good_for_them(named: tuple[tarn_server.Server, int], name: str) -> None:
    first = handshake(named[0], name)
    assert handshake(named[0], name) == first


def test_no_certificate_for_other_names(named: tuple[tarn_server.Server, int]) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(named[0], "example.com")


def test_a_client_without_an_endpoint(
    named: tuple[tarn_server.Server, int], resolve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine whose resolver asks Tarn and whose port 443 is Tarn's."""
    server = named[0]
    system = socket.getaddrinfo

    def by_tarn(host: str, port: Any, *rest: Any, **more: Any) -> Any:
        code, addresses = resolve(host)
        assert code == DONE and port == 443, host
        return system(addresses[0], server.port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", by_tarn)
    session, account = tarn_server.session("111122223333"), "111122223333"
    def client(service: str) -> Any:
        return session.client(service, verify=str(server.data / "tls" / "ca.pem"), config=tarn_server.settings())

    s3, control = client("s3"), client("s3control")
    s3.create_bucket(Bucket="by-name")
    s3.put_object(Bucket="by-name", Key="k", Body=b"v")
    arn = control.create_access_point(AccountId=account, Name="door", Bucket="by-name")["AccessPointArn"]
    assert s3.get_object(Bucket=arn, Key="k")["Body"].read() == b"v"
    queue = client("sqs").create_queue(QueueName="q")["QueueUrl"]
    client("sqs").send_message(QueueUrl=queue, MessageBody="m")
    assert client("sts").get_caller_identity()["Account"] == account
