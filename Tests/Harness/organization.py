"""An organization of a test's own, and what a refusal of the service Organizations gives as its reason."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from refusals import refusal

DENY_TABLES = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}],
})


def code_and_reason(call: Callable[..., Any], /, **arguments: Any) -> tuple[str, str]:
    found = refusal(call, **arguments)
    return found.code, found.response.get("Reason", "")


def new_account() -> str:
    return str(random.randint(10**11, 10**12 - 1))


class Organization:
    """An organization of its own, seen by its management account."""

    def __init__(self, client_for: Callable[..., Any], eventually: Callable[..., Any], features: str = "ALL") -> None:
        self.made_clients: dict[tuple[str, str], Any] = {}
        self.new_client, self.eventually = client_for, eventually
        self.management = new_account()
        self.api = self.client_for("organizations", self.management)
        self.made = self.api.create_organization(FeatureSet=features)["Organization"]
        self.id = self.made["Id"]
        self.root = self.api.list_roots()["Roots"][0]["Id"]

    def client_for(self, service: str, credentials: Any) -> Any:
        """A client, made once: making one takes longer than most calls."""
        key = (service, credentials if isinstance(credentials, str) else credentials["AccessKeyId"])
        if key not in self.made_clients:
            self.made_clients[key] = self.new_client(service, credentials)
        return self.made_clients[key]

    def account(self, **settings: Any) -> str:
        name = f"member-{new_account()}"
        status = self.api.create_account(Email=f"{name}@example.com", AccountName=name, **settings)["CreateAccountStatus"]
        return self.settled(status["Id"])["AccountId"]

    def settled(self, request: str) -> dict[str, Any]:
        def status() -> Any:
            found = self.api.describe_create_account_status(CreateAccountRequestId=request)["CreateAccountStatus"]
            return found if found["State"] != "IN_PROGRESS" else None

        return self.eventually(status)

    def unit(self, name: str, parent: str | None = None) -> str:
        made = self.api.create_organizational_unit(ParentId=parent or self.root, Name=name)
        return made["OrganizationalUnit"]["Id"]

    def policy(self, content: str, kind: str = "SERVICE_CONTROL_POLICY") -> str:
        made = self.api.create_policy(
            Content=content, Description="", Name=f"policy-{new_account()}", Type=kind)["Policy"]
        return made["PolicySummary"]["Id"]

    def enable(self, kind: str = "SERVICE_CONTROL_POLICY") -> None:
        self.api.enable_policy_type(RootId=self.root, PolicyType=kind)

    def member(self, service: str, account: str) -> Any:
        return self.client_for(service, account)
