"""Requests as bytes, signed with Signature Version 4 in the Authorization header.

botocore signs some 3,000 requests a second; a load of tens of thousands needs this shorter way. Tarn verifies every
one of them, so a mistake here would show as refusals.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass, field

REGION = "us-east-1"


@dataclass
class Signer:
    """Signs for one host, service and moment. Requests are good for 15 minutes after it was made."""

    host: str
    service: str
    key: str = "test"
    secret: str = "test"
    moment: str = field(default_factory=lambda: time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))

    def __post_init__(self) -> None:
        self.scope = f"{self.moment[:8]}/{REGION}/{self.service}/aws4_request"
        signing = ("AWS4" + self.secret).encode()
        for part in self.scope.split("/"):
            signing = hmac.digest(signing, part.encode(), "sha256")
        self.signing = signing

    def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, query: str = "",
    ) -> bytes:
        """The whole message. `path` has only characters that need no escapes; `query` is escaped and sorted; header names
        are lower case. A digest among the headers is that of a body which is sent separately."""
        digest = (headers or {}).get("x-amz-content-sha256") or hashlib.sha256(body).hexdigest()
        fields = {"host": self.host, "x-amz-content-sha256": digest, "x-amz-date": self.moment, **(headers or {})}
        names = sorted(fields)
        signed = ";".join(names)
        canonical = "\n".join(
            [method, path, query, *(f"{name}:{fields[name]}" for name in names), "", signed, digest])
        text = "\n".join(
            ["AWS4-HMAC-SHA256", self.moment, self.scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.digest(self.signing, text.encode(), "sha256").hex()
        target = f"{path}?{query}" if query else path
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {fields[name]}" for name in names)]
        if body or method != "GET":
            lines.append(f"content-length: {len(body)}")
        lines.append(
            f"authorization: AWS4-HMAC-SHA256 Credential={self.key}/{self.scope}, SignedHeaders={signed}, "
            f"Signature={signature}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
