"""The signature of an SNS notification, checked with the certificate that it names."""

from __future__ import annotations

import base64
import urllib.request
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding


def signed_text(envelope: dict[str, Any]) -> bytes:
    names = (["Message", "MessageId"] + (["Subject"] if "Subject" in envelope else []) + ["Timestamp", "TopicArn", "Type"]
             if envelope["Type"] == "Notification"
             else ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"])
    return "".join(f"{name}\n{envelope[name]}\n" for name in names).encode()


def verify(envelope: dict[str, Any]) -> None:
    page = urllib.request.urlopen(envelope["SigningCertURL"]).read()
    key = x509.load_pem_x509_certificate(page).public_key()
    algorithm = {"1": hashes.SHA1, "2": hashes.SHA256}[envelope["SignatureVersion"]]()
    key.verify(base64.b64decode(envelope["Signature"]), signed_text(envelope), padding.PKCS1v15(), algorithm)
