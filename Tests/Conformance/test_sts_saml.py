"""Roles for whom a SAML provider vouches: the provider is this test, and signxml signs its responses."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import subprocess

import boto3
import pytest
import tarn_server
from botocore import UNSIGNED
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureMethod, XMLSigner
from signxml.algorithms import SignatureConstructionMethod
from refusals import code_and_message

P, A = "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion"
AWS = "https://aws.amazon.com/SAML/Attributes/"
SIGN_IN = "https://signin.aws.amazon.com/saml"
ISSUER = "https://idp.example.com/saml"
SUBJECT = "_cbb88bf52c2510eabe00c1642d4643f41430fe25e3"


class SHA1Signer(XMLSigner):
    def check_deprecated_methods(self):
        pass


class Provider:
    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example.com")])
        now = datetime.datetime.now(datetime.timezone.utc)
        self.certificate = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(
            self.key.public_key()).serial_number(1).not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
            now + datetime.timedelta(days=365)).sign(self.key, hashes.SHA256())
        body = base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()
        self.metadata = f"""<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{ISSUER}">
  <md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="{P}">
    <md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>
{body}
    </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{ISSUER}/sso"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
"""

    def sign(self, element, algorithm=SignatureMethod.RSA_SHA256, digest=DigestAlgorithm.SHA256, signer=XMLSigner):
        pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        return signer(
            method=SignatureConstructionMethod.enveloped, signature_algorithm=algorithm, digest_algorithm=digest,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        ).sign(element, key=self.key, cert=pem.decode(), reference_uri=element.get("ID"), id_attribute="ID")


def moment(seconds=0):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def response(
    attributes, *, issuer=ISSUER, recipient=SIGN_IN, audience=SIGN_IN, age=0, life=300, begins=0, status="Success", name=SUBJECT,
    session_end=None, kind="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
):
    """An unsigned response with one assertion. `attributes`: name to values, AWS's own without their prefix."""
    items = "".join(
        f'<saml:Attribute Name="{key if key.startswith("urn:") else AWS + key}">'
        + "".join(f'<saml:AttributeValue>{value}</saml:AttributeValue>' for value in values) + "</saml:Attribute>"
        for key, values in attributes.items())
    end = f' SessionNotOnOrAfter="{session_end}"' if session_end else ""
    return etree.fromstring(f"""<samlp:Response xmlns:samlp="{P}" xmlns:saml="{A}" ID="r1" Version="2.0" IssueInstant="{moment(-age)}">
  <saml:Issuer>{issuer}</saml:Issuer>
  <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{status}"/></samlp:Status>
  <saml:Assertion ID="a1" Version="2.0" IssueInstant="{moment(-age)}">
    <saml:Issuer>{issuer}</saml:Issuer>
    <saml:Subject><saml:NameID Format="{kind}">{name}</saml:NameID>
      <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
        <saml:SubjectConfirmationData Recipient="{recipient}" NotOnOrAfter="{moment(life)}"/></saml:SubjectConfirmation></saml:Subject>
    <saml:Conditions NotBefore="{moment(begins)}" NotOnOrAfter="{moment(life)}">
      <saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
    <saml:AuthnStatement AuthnInstant="{moment()}"{end}/>
    <saml:AttributeStatement>{items}</saml:AttributeStatement>
  </saml:Assertion>
</samlp:Response>""")


@pytest.fixture(scope="module")
def provider():
    return Provider()


@pytest.fixture(scope="module")
def registered(iam, provider):
    return iam.create_saml_provider(SAMLMetadataDocument=provider.metadata, Name="corporate")["SAMLProviderArn"]


@pytest.fixture(scope="module")
def role(iam, registered, unique):
    def make(actions=("sts:AssumeRoleWithSAML",), **condition):
        name = unique("role")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Federated": registered}, "Action": list(actions),
            "Condition": condition or {"StringEquals": {"SAML:aud": SIGN_IN}}}]}))
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*",
             "Condition": {"StringEquals": {"saml:sub": SUBJECT}}}]}))
        return made["Role"]["Arn"]

    return make


@pytest.fixture(scope="module")
def anonymous(endpoint):
    return boto3.client("sts", endpoint_url=endpoint, region_name="us-east-1", config=tarn_server.settings(signature_version=UNSIGNED))


@pytest.fixture(scope="module")
def made(provider, registered):
    """A response for `role`, signed in the assertion or as a whole, base64."""

    def make(role, *, whole=False, more=None, sign=True, pair=None, edit=None, algorithm=None, **settings):
        attributes = {"Role": [pair or f"{role},{registered}"], "RoleSessionName": ["alice@example.com"], **(more or {})}
        document = response({key: values for key, values in attributes.items() if values is not None}, **settings)
        options = {} if algorithm is None else {"algorithm": algorithm[0], "digest": algorithm[1], "signer": SHA1Signer}
        if sign and whole:
            document = provider.sign(document, **options)
        elif sign:
            assertion = document.find(f"{{{A}}}Assertion")
            document.replace(assertion, provider.sign(assertion, **options))
        if edit:
            document = edit(document) or document
        raw = document if isinstance(document, bytes) else etree.tostring(document)
        return base64.b64encode(raw).decode()

    return make


def assume(client, role, provider, text, **more):
    return client.assume_role_with_saml(RoleArn=role, PrincipalArn=provider, SAMLAssertion=text, **more)


def refused(client, role, provider, text, **more):
    return code_and_message(assume, client, role, provider, text, **more)


INVALID = ("InvalidIdentityToken", "Invalid SAML response")
SIGNATURE = ("InvalidIdentityToken", "Response signature invalid")
DENIED = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")


@pytest.mark.parametrize("whole", [False, True], ids=["assertion", "response"])
def test_a_signed_response_gives_the_role(anonymous, role, made, registered, client_for, account, whole):
    arn = role()
    answer = assume(anonymous, arn, registered, made(arn, whole=whole))
    assert (answer["Subject"], answer["SubjectType"], answer["Issuer"], answer["Audience"]) == (SUBJECT, "persistent", ISSUER, SIGN_IN)
    digest = hashlib.sha1(f"{ISSUER}{account}/corporate".encode()).digest()
    assert answer["NameQualifier"] == base64.b64encode(digest).decode()
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{account}:assumed-role/{arn.split('/')[-1]}/alice@example.com"
    assert client_for("sts", answer["Credentials"]).get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]
    client_for("s3", answer["Credentials"]).list_buckets()


def test_the_pair_may_stand_in_either_order(anonymous, role, made, registered):
    arn = role()
    assume(anonymous, arn, registered, made(arn, pair=f" {registered} , {arn} "))
    other = role()
    assert refused(anonymous, other, registered, made(arn)) == DENIED
    assert refused(anonymous, arn, registered, made(arn, more={"Role": None})) == DENIED


def test_the_command_line_does_it(aws, role, made, registered):
    arn = role()
    answer = json.loads(aws("sts", "assume-role-with-saml", "--role-arn", arn, "--principal-arn", registered, "--saml-assertion", made(arn)))
    assert answer["Issuer"] == ISSUER


def test_what_is_not_believed(anonymous, role, made, registered, provider):
    arn = role()

    def no(**settings):
        return refused(anonymous, arn, registered, made(arn, **settings))

    assert refused(anonymous, arn, registered, "***no base64***")[0] == "InvalidIdentityToken"
    assert refused(anonymous, arn, registered + "x", made(arn)) == ("InvalidIdentityToken", "Specified provider doesn't exist")
    assert no(sign=False) == SIGNATURE
    assert no(issuer="https://others.example.com") == ("InvalidIdentityToken", "Issuer not present in specified provider")
    assert no(audience="https://others.example.com") == ("InvalidIdentityToken", "Response does not contain the required audience")
    for recipient in ("https://others.example.com/saml", "https://signin.aws.amazon.com.example.com/saml", "https://evilsignin.aws.amazon.com/saml"):
        assert no(recipient=recipient)[0] == "InvalidIdentityToken"
    assert no(status="Responder")[0] == "IDPRejectedClaim"
    assert no(age=400) == ("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
    assert no(life=-1) == ("ExpiredTokenException", "Response has expired")
    assert no(begins=1000)[0] == "InvalidIdentityToken"
    assert no(more={"RoleSessionName": None}) == ("InvalidIdentityToken", "RoleSessionName is required in AuthnResponse")
    assert no(more={"RoleSessionName": ["a b"]})[1].startswith("RoleSessionName in AuthnResponse must match")
    assert no(more={"SessionDuration": ["899"]})[0] == "InvalidIdentityToken"
    assert no(algorithm=(SignatureMethod.RSA_SHA1, DigestAlgorithm.SHA1)) == SIGNATURE
    stranger = Provider()
    document = response({"Role": [f"{arn},{registered}"], "RoleSessionName": ["alice"]})
    assert refused(anonymous, arn, registered, base64.b64encode(etree.tostring(stranger.sign(document))).decode()) == SIGNATURE


def test_what_was_changed_or_moved_after_signing(anonymous, role, made, registered):
    arn = role()
    ns = {"s": A}

    def changed(document):
        document.find(".//s:NameID", ns).text = "somebody-else"

    def forged(document):
        """A second assertion, unsigned, for somebody else; the signed one stays where a reference finds it."""
        copy = etree.fromstring(etree.tostring(document.find("s:Assertion", ns)))
        copy.set("ID", "a2")
        copy.remove(copy.find("{http://www.w3.org/2000/09/xmldsig#}Signature"))
        copy.find(".//s:NameID", ns).text = "somebody-else"
        return copy

    def beside(document):
        document.insert(1, forged(document))

    def around(document):
        """The classic wrapping: the forged assertion in front, the signed one inside its signature's Object."""
        copy, signed = forged(document), document.find("s:Assertion", ns)
        signature = signed.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
        document.replace(signed, copy)
        signed.remove(signature)
        etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}Object").append(signed)
        copy.append(signature)

    def same(document):
        copy = forged(document)
        copy.set("ID", "a1")
        document.insert(1, copy)

    assert refused(anonymous, arn, registered, made(arn, edit=changed)) == SIGNATURE
    assert refused(anonymous, arn, registered, made(arn, whole=True, edit=changed)) == SIGNATURE
    for edit in (beside, around, same):
        assert refused(anonymous, arn, registered, made(arn, edit=edit)) in (INVALID, SIGNATURE)


def test_a_comment_does_not_cut_a_name(anonymous, role, made, registered):
    """Comments are not signed; a reader that stops at one would take `admin` for the subject."""
    arn = role()

    def commented(document):
        name = document.find(f".//{{{A}}}NameID")
        text, name.text = name.text, name.text[:5]
        comment = etree.Comment("x")
        comment.tail = text[5:]
        name.append(comment)

    assert assume(anonymous, arn, registered, made(arn, edit=commented))["Subject"] == SUBJECT


def test_hostile_documents(anonymous, role, made, registered):
    arn = role()

    def before(text):
        return lambda document: text + etree.tostring(document)

    laughs = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    hostile = [
        made(arn, edit=before(laughs)), made(arn, edit=before(b"<?xml-stylesheet href='x'?>")),
        made(arn, edit=lambda document: etree.tostring(document)[:-5]),
        made(arn, edit=lambda document: ('<?xml version="1.0" encoding="UTF-16"?>' + etree.tostring(document).decode()).encode("utf-16")),
        made(arn, edit=lambda document: etree.tostring(document).replace(SUBJECT.encode(), b"\xff\xfe")),
        base64.b64encode(b"<a>" * 9000 + b"</a>" * 9000).decode(), base64.b64encode(b"<a>" + b"<b/>" * 18000 + b"</a>").decode(),
        base64.b64encode(b"nothing").decode(),
    ]
    for text in hostile:
        assert refused(anonymous, arn, registered, text) == INVALID
    assert refused(anonymous, arn, registered, "QUFB" * 25001)[0] == "ValidationError"


def test_durations(anonymous, role, made, registered, iam):
    arn = role()
    now = datetime.datetime.now(datetime.timezone.utc)

    def left(**settings):
        duration = settings.pop("DurationSeconds", None)
        more = {"DurationSeconds": duration} if duration else {}
        answer = assume(anonymous, arn, registered, made(arn, **settings), **more)
        return (answer["Credentials"]["Expiration"] - now).total_seconds()

    assert 3590 < left() < 3660
    assert 890 < left(DurationSeconds=900) < 960
    assert 1190 < left(session_end=moment(1200)) < 1260
    assert refused(anonymous, arn, registered, made(arn), DurationSeconds=7200) == (
        "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")


def test_conditions_on_what_the_response_says(anonymous, role, made, registered, account):
    keys = {"saml:iss": ISSUER, "saml:sub": SUBJECT, "saml:sub_type": "persistent", "saml:doc": f"{account}/corporate",
            "saml:edupersonaffiliation": "staff", "saml:mail": "alice@example.com"}
    more = {"urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ["staff", "member"], "urn:oid:0.9.2342.19200300.100.1.3": ["alice@example.com"]}
    single = {key: value for key, value in keys.items() if key != "saml:edupersonaffiliation"}
    arn = role(StringEquals=single, **{"ForAnyValue:StringEquals": {"saml:edupersonaffiliation": "staff"}})
    assume(anonymous, arn, registered, made(arn, more=more))
    assert refused(anonymous, arn, registered, made(arn)) == DENIED
    assert refused(anonymous, arn, registered, made(arn, more=more, name="somebody")) == DENIED


def test_tags_and_source_identity_need_rights_of_their_own(anonymous, role, made, registered, client_for):
    more = {"PrincipalTag:team": ["blue"], "PrincipalTag:cost": ["12"], "TransitiveTagKeys": ["team"], "SourceIdentity": ["alice"]}
    arn = role()
    assert refused(anonymous, arn, registered, made(arn, more=more)) == DENIED
    arn = role(("sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"), StringEquals={"aws:RequestTag/team": "blue"})
    answer = assume(anonymous, arn, registered, made(arn, more=more))
    assert answer["SourceIdentity"] == "alice" and answer["PackedPolicySize"] >= 0
    assert refused(anonymous, arn, registered, made(arn, more=more | {"TransitiveTagKeys": ["other"]}))[0] == "ValidationError"
    assert refused(anonymous, arn, registered, made(arn, more=more | {"SourceIdentity": ["aws:alice"]}))[0] == "InvalidIdentityToken"


def test_the_denial_is_explained(anonymous, role, made, registered, server, aws_environment, account):
    arn = role(StringEquals={"saml:sub": "only-me"})
    with pytest.raises(ClientError) as error:
        assume(anonymous, arn, registered, made(arn))
    request = error.value.response["ResponseMetadata"]["RequestId"]
    done = subprocess.run(
        [str(tarn_server.binary()), "why", request, "--endpoint", server.endpoint],
        env={**aws_environment, "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "test"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "sts:AssumeRoleWithSAML" in done.stdout and "saml:sub" in done.stdout, done.stdout
