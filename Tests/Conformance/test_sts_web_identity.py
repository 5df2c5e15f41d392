"""Roles for whom an OpenID provider vouches: the provider is a small server of this test, its tokens are really signed."""

from __future__ import annotations

import base64
import http.server
import json
import subprocess
import threading
import time

import boto3
import pytest
import tarn_server
from botocore import UNSIGNED
from refusals import code_and_message


def encoded(data):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Provider:
    """An OpenID provider on loopback with one RSA key, made and used by openssl."""

    def __init__(self, folder):
        self.key = folder / "key.pem"
        subprocess.run(["openssl", "genrsa", "-out", str(self.key), "2048"], check=True, capture_output=True)
        modulus = subprocess.run(["openssl", "rsa", "-in", str(self.key), "-noout", "-modulus"], check=True, capture_output=True).stdout
        number = bytes.fromhex(modulus.decode().strip().partition("=")[2])
        self.keys = {"keys": [{"kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256", "n": encoded(number), "e": "AQAB"}]}
        self.asked = 0
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.asked += 1
                pages = {
                    "/.well-known/openid-configuration": {"issuer": provider.url, "jwks_uri": provider.url + "/keys"},
                    "/keys": provider.keys}
                page = pages.get(self.path)
                body = json.dumps(page).encode()
                self.send_response(200 if page else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.name = self.url.removeprefix("http://")
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, kid="k1", alg="RS256", spoil=False, **claims):
        now = int(time.time())
        claims = {"iss": self.url, "sub": "system:serviceaccount:apps:reader", "aud": "sts.amazonaws.com", "iat": now, "exp": now + 3600} | claims
        signed = f"{encoded({'alg': alg, 'kid': kid, 'typ': 'JWT'})}.{encoded({k: v for k, v in claims.items() if v is not None})}"
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", str(self.key)], input=signed.encode(), check=True, capture_output=True).stdout
        if spoil:
            signature = bytes([signature[0] ^ 1]) + signature[1:]
        return f"{signed}.{encoded(signature)}"


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    provider = Provider(tmp_path_factory.mktemp("provider"))
    yield provider
    provider.server.shutdown()


@pytest.fixture(scope="module")
def registered(iam, provider):
    return iam.create_open_id_connect_provider(Url=provider.url, ClientIDList=["sts.amazonaws.com"])["OpenIDConnectProviderArn"]


@pytest.fixture(scope="module")
def role(iam, registered, provider, unique):
    def make(actions=("sts:AssumeRoleWithWebIdentity",), **condition):
        name = unique("role")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Federated": registered}, "Action": list(actions), "Condition": condition or {
                "StringEquals": {f"{provider.name}:aud": "sts.amazonaws.com", f"{provider.name}:sub": "system:serviceaccount:apps:reader"}}}]}))
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}))
        return made["Role"]["Arn"]

    return make


@pytest.fixture(scope="module")
def anonymous(endpoint):
    return boto3.client("sts", endpoint_url=endpoint, region_name="us-east-1", config=tarn_server.settings(signature_version=UNSIGNED))


def assume(client, role, token, **more):
    return client.assume_role_with_web_identity(RoleArn=role, RoleSessionName="pod", WebIdentityToken=token, **more)


def refused(client, role, token, **more):
    return code_and_message(assume, client, role, token, **more)


def test_a_verified_token_gives_the_role(anonymous, role, provider, registered, client_for, account):
    arn = role()
    answer = assume(anonymous, arn, provider.token())
    assert answer["SubjectFromWebIdentityToken"] == "system:serviceaccount:apps:reader"
    assert (answer["Audience"], answer["Provider"]) == ("sts.amazonaws.com", registered)
    session = client_for("sts", answer["Credentials"]).get_caller_identity()
    assert session["Arn"] == f"arn:aws:sts::{account}:assumed-role/{arn.split('/')[-1]}/pod"
    client_for("s3", answer["Credentials"]).list_buckets()


def test_what_is_not_believed(anonymous, role, provider):
    arn = role()
    now = int(time.time())
    assert refused(anonymous, arn, provider.token(spoil=True))[0] == "InvalidIdentityToken"
    assert refused(anonymous, arn, "a.b.c")[0] == "InvalidIdentityToken"
    assert refused(anonymous, arn, provider.token(aud="others")) == ("InvalidIdentityToken", "Incorrect token audience")
    assert refused(anonymous, arn, provider.token(kid="k2"))[0] == "InvalidIdentityToken"
    assert refused(anonymous, arn, provider.token(alg="none"))[0] == "InvalidIdentityToken"
    assert refused(anonymous, arn, provider.token(alg="HS256"))[0] == "InvalidIdentityToken"
    assert refused(anonymous, arn, provider.token(exp=None))[0] == "InvalidIdentityToken"
    code, text = refused(anonymous, arn, provider.token(iss="https://nobody.example"))
    assert (code, text) == ("InvalidIdentityToken", "No OpenIDConnect provider found in your account for https://nobody.example")
    assert refused(anonymous, arn, provider.token(iat=now - 10**9, exp=now - 10**8))[0] == "ExpiredTokenException"
    assert refused(anonymous, arn, provider.token(sub="somebody-else")) == ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    assert refused(anonymous, arn + "x", provider.token())[0] == "AccessDenied"


def test_invented_keys_do_not_make_us_ask_without_end(anonymous, role, provider):
    arn = role()
    assume(anonymous, arn, provider.token())
    before = provider.asked
    for number in range(5):
        refused(anonymous, arn, provider.token(kid=f"invented-{number}"))
    assert provider.asked <= before + 2


def test_tags_and_source_identity_need_rights_of_their_own(anonymous, role, provider):
    claims = {"https://aws.amazon.com/tags": {"principal_tags": {"team": ["blue"]}, "transitive_tag_keys": ["team"]},
              "https://aws.amazon.com/source_identity": "alice"}
    assert refused(anonymous, role(), provider.token(**claims))[0] == "AccessDenied"
    arn = role(("sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"),
               StringEquals={"aws:RequestTag/team": "blue"})
    assert assume(anonymous, arn, provider.token(**claims))["SourceIdentity"] == "alice"


def test_a_provider_that_does_not_answer(anonymous, iam, role, provider, unique):
    port = tarn_server.free_port()
    url = f"http://127.0.0.1:{port}"
    arn = iam.create_open_id_connect_provider(Url=url, ClientIDList=["a"])["OpenIDConnectProviderArn"]
    assert refused(anonymous, role(), provider.token(iss=url, aud="a"))[0] == "IDPCommunicationError"
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def test_boto3_does_it_by_itself(role, provider, endpoint, tmp_path, aws_environment, account):
    import sys
    file = tmp_path / "token"
    file.write_text(provider.token())
    done = subprocess.run(
        [sys.executable, "-c", "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"],
        env={**aws_environment, "AWS_ROLE_ARN": role(), "AWS_WEB_IDENTITY_TOKEN_FILE": str(file)}, capture_output=True, text=True, check=False)
    assert f"arn:aws:sts::{account}:assumed-role/" in done.stdout, done.stderr
