"""KMS as its users see it: encryption, policies, grants, signatures, aliases, states."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from refusals import code_and_message, refusal


@pytest.fixture(scope="module")
def kms(client_for: Callable[..., Any]) -> Any:
    return client_for("kms")


@pytest.fixture
def key(kms: Any) -> dict[str, Any]:
    return kms.create_key(Description="test", Tags=[{"TagKey": "team", "TagValue": "a"}])["KeyMetadata"]


@pytest.fixture
def user(iam: Any, unique: Callable[[str], str], client_for: Callable[..., Any]) -> tuple[str, str, Any]:
    name = unique("user")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    return name, arn, client_for("kms", iam.create_access_key(UserName=name)["AccessKey"])


def test_encrypt_and_decrypt(kms: Any, key: dict[str, Any]) -> None:
    context = {"tenant": "a", "purpose": "test"}
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"secret", EncryptionContext=context)
    assert sealed["KeyId"] == key["Arn"]
    assert b"secret" not in sealed["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
    assert opened["Plaintext"] == b"secret"
    assert refusal(kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"]).code == "InvalidCiphertextException"


def test_other_libraries_verify_what_further_curves_sign(kms: Any) -> None:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    for spec, algorithm in [("ECC_SECG_P256K1", "ECDSA_SHA_256"), ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512")]:
        key = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        shown = kms.get_public_key(KeyId=key)
        assert shown["SigningAlgorithms"] == [algorithm]
        public = serialization.load_der_public_key(shown["PublicKey"])
        for message in (b"a message", bytes(range(256)) * 16):
            signed = kms.sign(KeyId=key, Message=message, SigningAlgorithm=algorithm)["Signature"]
            if spec == "ECC_SECG_P256K1":
                public.verify(signed, message, ec.ECDSA(hashes.SHA256()))
            else:
                public.verify(signed, message)
    own = ec.generate_private_key(ec.SECP256K1())
    pair = kms.generate_data_key_pair(KeyId=kms.create_key()["KeyMetadata"]["KeyId"], KeyPairSpec="ECC_SECG_P256K1")
    private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], None)
    assert private.curve.name == own.curve.name == "secp256k1"
    assert private.public_key() == serialization.load_der_public_key(pair["PublicKey"])


def test_refusals_in_kms_words(kms: Any, key: dict[str, Any], unique: Callable[[str], str]) -> None:
    name = f"alias/{unique('words')}"
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    wrong = "ValidationException"
    assert code_and_message(kms.create_alias, AliasName="words", TargetKeyId=key["KeyId"]) == (
        wrong, 'Alias must start with the prefix "alias/". Please see '
        "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html")
    assert code_and_message(kms.create_alias, AliasName="alias/a:b", TargetKeyId=key["KeyId"]) == (
        wrong, "alias/a:b contains invalid characters for an alias")
    assert code_and_message(kms.create_alias, AliasName=f"{name}2", TargetKeyId=name) == (
        wrong, "Aliases must refer to keys. Not aliases")
    assert code_and_message(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x" * 4097) == (
        wrong, "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length "
        "less than or equal to 4096")
    both = {"KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"}
    assert refusal(kms.create_key, **both).message.startswith("You cannot specify KeySpec and CustomerMasterKeySpec")
    assert kms.describe_custom_key_stores()["CustomKeyStores"] == []
    store = "cks-1234567890abcdef0"
    assert refusal(kms.describe_custom_key_stores, CustomKeyStoreId=store).code == "CustomKeyStoreNotFoundException"
    assert refusal(kms.delete_custom_key_store, CustomKeyStoreId=store).code == "CustomKeyStoreNotFoundException"


def test_metadata(kms: Any, account: str, key: dict[str, Any]) -> None:
    shown = kms.describe_key(KeyId=key["Arn"])["KeyMetadata"]
    assert shown["KeyState"] == "Enabled" and shown["Enabled"]
    assert shown["AWSAccountId"] == account
    assert shown["KeyManager"] == "CUSTOMER"
    assert shown["EncryptionAlgorithms"] == ["SYMMETRIC_DEFAULT"]
    assert key["KeyId"] in [one["KeyId"] for page in kms.get_paginator("list_keys").paginate() for one in page["Keys"]]
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == [{"TagKey": "team", "TagValue": "a"}]
    kms.untag_resource(KeyId=key["KeyId"], TagKeys=["team"])
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == []
    policy = json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{account}:root"}


def test_unknown_keys(kms: Any, account: str) -> None:
    missing = "11111111-2222-3333-4444-555555555555"
    arn = f"arn:aws:kms:us-east-1:{account}:key/{missing}"
    assert code_and_message(kms.describe_key, KeyId=missing) == ("NotFoundException", f"Key '{arn}' does not exist")
    assert code_and_message(kms.describe_key, KeyId="nonsense") == ("NotFoundException", "Invalid keyId 'nonsense'")
    assert code_and_message(kms.describe_key, KeyId="alias/none") == (
        "NotFoundException", f"Alias arn:aws:kms:us-east-1:{account}:alias/none is not found.")


def test_identity_policies_count_where_the_key_policy_lets_them(
        kms: Any, iam: Any, key: dict[str, Any], user: tuple[str, str, Any]) -> None:
    name, arn, mine = user
    code, message = code_and_message(mine.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
    assert code == "AccessDeniedException"
    assert message == (f"User: {arn} is not authorized to perform: kms:Encrypt on resource: {key['Arn']} because no "
                       "identity-based policy allows the kms:Encrypt action")
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "kms:Encrypt", "Resource": key["Arn"],
            "Condition": {"StringEquals": {"kms:EncryptionContext:tenant": "a"}}}]}))
    mine.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"tenant": "a"})
    assert refusal(mine.encrypt, KeyId=key["KeyId"], Plaintext=b"x").code == "AccessDeniedException"
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", BypassPolicyLockoutSafetyCheck=True, Policy=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "kms:*",
                       "Resource": "*"}]}))
    code, message = code_and_message(mine.encrypt, KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"tenant": "a"})
    assert message.endswith("because no resource-based policy allows the kms:Encrypt action")


def test_a_key_shared_to_another_account(kms: Any, key: dict[str, Any], account: str, client_for: Callable[..., Any]) -> None:
    other = "222233334444"
    theirs = client_for("kms", other)
    request = {"KeyId": key["Arn"], "KeySpec": "AES_256"}
    assert refusal(theirs.generate_data_key, **request).code == "AccessDeniedException"
    kms.put_key_policy(KeyId=key["KeyId"], Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": other}, "Action": "kms:GenerateDataKey", "Resource": "*"}]}))
    made = theirs.generate_data_key(**request)
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    assert refusal(theirs.decrypt, CiphertextBlob=made["CiphertextBlob"]).code == "AccessDeniedException"
    assert refusal(theirs.generate_data_key, KeyId=key["KeyId"], KeySpec="AES_256").code == "NotFoundException"


def test_grants(kms: Any, key: dict[str, Any], user: tuple[str, str, Any]) -> None:
    _, arn, mine = user
    for named in ({"GranteePrincipal": f"{arn}-not"}, {"GranteePrincipal": arn, "RetiringPrincipal": f"{arn}-not"}):
        assert refusal(kms.create_grant, KeyId=key["KeyId"], Operations=["Decrypt"], **named).code == "InvalidArnException"
    made = kms.create_grant(
        KeyId=key["KeyId"], GranteePrincipal=arn, Operations=["GenerateDataKey", "Decrypt", "RetireGrant"],
        Constraints={"EncryptionContextEquals": {"id": "1"}}, Name="test")
    data = mine.generate_data_key(KeyId=key["Arn"], KeySpec="AES_128", EncryptionContext={"id": "1"},
                                  GrantTokens=[made["GrantToken"]])
    assert len(data["Plaintext"]) == 16
    assert refusal(mine.generate_data_key, KeyId=key["Arn"], KeySpec="AES_128").code == "AccessDeniedException"
    [listed] = kms.list_grants(KeyId=key["KeyId"])["Grants"]
    assert listed["GrantId"] == made["GrantId"] and listed["Operations"] == ["GenerateDataKey", "Decrypt", "RetireGrant"]
    mine.retire_grant(GrantToken=made["GrantToken"])
    assert kms.list_grants(KeyId=key["KeyId"])["Grants"] == []
    assert refusal(mine.decrypt, CiphertextBlob=data["CiphertextBlob"], EncryptionContext={"id": "1"}).code == (
        "AccessDeniedException")


def test_signatures_hold_outside(kms: Any, tmp_path: Any) -> None:
    for spec, algorithm, options in [
        ("ECC_NIST_P256", "ECDSA_SHA_256", []),
        ("RSA_2048", "RSASSA_PSS_SHA_256", ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]),
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", []),
    ]:
        made = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]
        message = b"a message"
        signature = kms.sign(KeyId=made["KeyId"], Message=message, SigningAlgorithm=algorithm)["Signature"]
        digest = hashlib.sha256(message).digest()
        assert kms.verify(KeyId=made["KeyId"], Message=digest, MessageType="DIGEST", Signature=signature,
                          SigningAlgorithm=algorithm)["SignatureValid"]
        public = kms.get_public_key(KeyId=made["KeyId"])["PublicKey"]
        pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(public) + b"-----END PUBLIC KEY-----\n"
        (tmp_path / "key.pem").write_bytes(pem)
        (tmp_path / "signature").write_bytes(signature)
        (tmp_path / "message").write_bytes(message)
        subprocess.run(
            ["openssl", "dgst", "-sha256", "-verify", tmp_path / "key.pem", *options, "-signature", tmp_path / "signature",
             tmp_path / "message"], check=True, capture_output=True)
        assert refusal(kms.verify, KeyId=made["KeyId"], Message=b"other", Signature=signature,
                       SigningAlgorithm=algorithm).code == "KMSInvalidSignatureException"


def test_macs(kms: Any) -> None:
    made = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
    request = {"KeyId": made["KeyId"], "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    mac = kms.generate_mac(**request)["Mac"]
    assert kms.verify_mac(**request, Mac=mac)["MacValid"]
    assert refusal(kms.verify_mac, **request, Mac=mac[::-1]).code == "KMSInvalidMacException"


def test_imported_material(kms: Any, tmp_path: Any) -> None:
    made = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    assert made["KeyState"] == "PendingImport"
    parameters = kms.get_parameters_for_import(
        KeyId=made["KeyId"], WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    (tmp_path / "key.der").write_bytes(parameters["PublicKey"])
    wrapped = subprocess.run(
        ["openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey", tmp_path / "key.der", "-keyform", "DER", "-pkeyopt",
         "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256"],
        input=bytes(range(32)), check=True, capture_output=True).stdout
    kms.import_key_material(
        KeyId=made["KeyId"], ImportToken=parameters["ImportToken"], EncryptedKeyMaterial=wrapped,
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    sealed = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    kms.delete_imported_key_material(KeyId=made["KeyId"])
    assert code_and_message(kms.decrypt, CiphertextBlob=sealed) == ("KMSInvalidStateException", f"{made['Arn']} is pending import.")


def test_states(kms: Any, key: dict[str, Any]) -> None:
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key["KeyId"])
    assert code_and_message(kms.decrypt, CiphertextBlob=sealed) == ("DisabledException", f"{key['Arn']} is disabled.")
    kms.enable_key(KeyId=key["KeyId"])
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=key["KeyId"])
    assert status["KeyRotationEnabled"] and status["RotationPeriodInDays"] == 180
    assert [one["RotationType"] for one in kms.list_key_rotations(KeyId=key["KeyId"])["Rotations"]] == ["ON_DEMAND"]
    assert refusal(kms.schedule_key_deletion, KeyId=key["KeyId"], PendingWindowInDays=6).code == "ValidationException"
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert code_and_message(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == (
        "KMSInvalidStateException", f"{key['Arn']} is pending deletion.")
    kms.cancel_key_deletion(KeyId=key["KeyId"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"


def test_aliases(kms: Any, key: dict[str, Any], account: str, unique: Callable[[str], str]) -> None:
    name = "alias/" + unique("alias")
    kms.create_alias(AliasName=name, TargetKeyId=key["Arn"])
    code, message = code_and_message(kms.create_alias, AliasName=name, TargetKeyId=key["KeyId"])
    assert (code, message) == (
        "AlreadyExistsException", f"An alias with the name arn:aws:kms:us-east-1:{account}:{name} already exists")
    sealed = kms.encrypt(KeyId=name, Plaintext=b"x")
    assert sealed["KeyId"] == key["Arn"]
    assert [one["AliasName"] for one in kms.list_aliases(KeyId=key["KeyId"])["Aliases"]] == [name]
    kms.delete_alias(AliasName=name)
    assert refusal(kms.encrypt, KeyId=name, Plaintext=b"x").code == "NotFoundException"
    assert refusal(kms.create_alias, AliasName="alias/aws/mine", TargetKeyId=key["KeyId"]).code == "NotAuthorizedException"
    assert kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyManager"] == "AWS"
    assert refusal(kms.encrypt, KeyId="alias/aws/s3", Plaintext=b"x").code == "AccessDeniedException"


def test_multi_region(kms: Any, client_for: Callable[..., Any]) -> None:
    made = kms.create_key(MultiRegion=True)["KeyMetadata"]
    kms.replicate_key(KeyId=made["KeyId"], ReplicaRegion="eu-west-1")
    sealed = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert client_for("kms", region="eu-west-1").decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    code, message = code_and_message(client_for("kms", region="eu-central-1").decrypt, CiphertextBlob=sealed)
    assert code == "AccessDeniedException"
    assert message == ("The ciphertext refers to a customer master key that does not exist, does not exist in this region, or "
                       "you are not allowed to access.")


def test_no_secret_in_the_log(kms: Any, server: Any, key: dict[str, Any]) -> None:
    secret = b"never-to-be-logged-4711"
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=secret)["CiphertextBlob"]
    plain = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")["Plaintext"]
    kms.decrypt(CiphertextBlob=sealed)
    root = (server.data.parent / (server.data.name + ".root-key")).read_bytes().strip()
    kept = [path for path in [server.log, *server.data.rglob("*")] if path.is_file()]
    for path in kept:
        text = path.read_bytes()
        for hidden in [secret, base64.b64encode(secret), plain, base64.b64encode(plain), root, base64.b64decode(root)]:
            assert hidden not in text, path
