"""Tags of the entities that are neither users, roles nor policies; devices whose clocks are off, and their QR codes."""

from __future__ import annotations

import struct
import zlib


import pytest
import zxingcpp
from refusals import code_and_status, refusal
from test_iam_entities_more import code, pair, step, user  # noqa: F401


def entity(iam, unique, kind, pair):
    """Makes one with the tag a=1; gives the word of its operations and what names it in them."""
    name, tags = unique("tagged"), [{"Key": "a", "Value": "1"}]
    if kind == "device":
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, Tags=tags)["VirtualMFADevice"]
        return "mfa_device", {"SerialNumber": made["SerialNumber"]}, iam.delete_virtual_mfa_device
    if kind == "openid":
        made = iam.create_open_id_connect_provider(Url=f"https://{name}.example.com", ClientIDList=["one"], Tags=tags)
        named = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
        return "open_id_connect_provider", named, iam.delete_open_id_connect_provider
    if kind == "saml":
        document = (
            '<EntityDescriptor entityID="https://idp.example.com"><IDPSSODescriptor><KeyDescriptor><X509Certificate>'
            + "A" * 1000 + "</X509Certificate></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>")
        made = iam.create_saml_provider(Name=name, SAMLMetadataDocument=document, Tags=tags)
        return "saml_provider", {"SAMLProviderArn": made["SAMLProviderArn"]}, iam.delete_saml_provider
    if kind == "certificate":
        key, certificate, *_ = pair
        iam.upload_server_certificate(ServerCertificateName=name, CertificateBody=certificate, PrivateKey=key, Tags=tags)
        return "server_certificate", {"ServerCertificateName": name}, iam.delete_server_certificate
    iam.create_instance_profile(InstanceProfileName=name, Tags=tags)
    return "instance_profile", {"InstanceProfileName": name}, iam.delete_instance_profile


@pytest.mark.parametrize("kind", ["device", "openid", "saml", "certificate", "profile"])
def test_tags(iam, unique, kind, pair):  # noqa: F811
    word, named, delete = entity(iam, unique, kind, pair)
    tag, untag, listed = (getattr(iam, name) for name in (f"tag_{word}", f"untag_{word}", f"list_{word}_tags"))

    def tags():
        return {entry["Key"]: entry["Value"] for entry in listed(**named)["Tags"]}

    assert tags() == {"a": "1"}
    tag(**named, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}])
    assert tags() == {"a": "3", "b": "2"}
    page = listed(**named, MaxItems=1)
    assert page["IsTruncated"] and len(page["Tags"]) == 1
    assert len(listed(**named, Marker=page["Marker"])["Tags"]) == 1
    untag(**named, TagKeys=["a", "nothing"])
    assert tags() == {"b": "2"}
    assert refusal(tag, **named, Tags=[{"Key": "x", "Value": "1"}, {"Key": "X", "Value": "2"}]).code == "InvalidInput"
    assert code_and_status(tag, **named, Tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)]) == ("LimitExceeded", 409)
    assert tags() == {"b": "2"}
    delete(**named)
    assert code_and_status(listed, **named) == ("NoSuchEntity", 404)


def test_a_device_whose_clock_is_off(iam, user, unique, step, client_for):  # noqa: F811
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=unique("phone"))["VirtualMFADevice"]
    serial, seed = device["SerialNumber"], device["Base32StringSeed"]
    named = {"UserName": user, "SerialNumber": serial}

    def codes(at):
        return {"AuthenticationCode1": code(seed, at), "AuthenticationCode2": code(seed, at + 1)}

    assert code_and_status(iam.resync_mfa_device, **named, **codes(step())) == ("NoSuchEntity", 404)
    iam.enable_mfa_device(**named, **codes(step() - 2))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    sts = client_for("sts", key)
    assert code_and_status(sts.get_session_token, SerialNumber=serial, TokenCode=code(seed, step() + 52)) == ("AccessDenied", 403)
    assert code_and_status(iam.resync_mfa_device, **named, **codes(step() + 500)) == ("InvalidAuthenticationCode", 403)
    swapped = codes(step() + 50)
    swapped = {"AuthenticationCode1": swapped["AuthenticationCode2"], "AuthenticationCode2": swapped["AuthenticationCode1"]}
    assert code_and_status(iam.resync_mfa_device, **named, **swapped) == ("InvalidAuthenticationCode", 403)
    at = step() + 50
    iam.resync_mfa_device(**named, **codes(at))
    assert code_and_status(sts.get_session_token, SerialNumber=serial, TokenCode=code(seed, at + 1)) == ("AccessDenied", 403), "used"
    sts.get_session_token(SerialNumber=serial, TokenCode=code(seed, at + 2))
    assert code_and_status(sts.get_session_token, SerialNumber=serial, TokenCode=code(seed, step())) == ("AccessDenied", 403)
    iam.deactivate_mfa_device(**named)
    iam.delete_virtual_mfa_device(SerialNumber=serial)


def pixels(png):
    """A black and white PNG's pixels as rows of bytes, its checksums verified."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(png):
        length = struct.unpack(">I", png[at:at + 4])[0]
        body = png[at + 4:at + 8 + length]
        assert zlib.crc32(body) == struct.unpack(">I", png[at + 8 + length:at + 12 + length])[0]
        chunks[body[:4]] = body[4:]
        at += 12 + length
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour, list(chunks)[-1]) == (1, 0, b"IEND")
    data, stride = zlib.decompress(chunks[b"IDAT"]), (width + 7) // 8 + 1
    rows = [data[row * stride + 1:(row + 1) * stride] for row in range(height)]
    return memoryview(bytes(255 * (row[x // 8] >> (7 - x % 8) & 1) for row in rows for x in range(width))).cast("B", (height, width))


@pytest.mark.parametrize("length", [1, 40, 90, 130, 226])
def test_the_qr_code_gives_the_seed(iam, unique, account, length):
    name = unique("q").ljust(length, "x")[-length:]
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    found = zxingcpp.read_barcodes(pixels(made["QRCodePNG"]))
    assert [code.text for code in found] == [f"otpauth://totp/{name}@{account}?secret={made['Base32StringSeed'].decode()}"]
    iam.delete_virtual_mfa_device(SerialNumber=made["SerialNumber"])
