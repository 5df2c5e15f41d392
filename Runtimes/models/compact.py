"""Compacts the AWS API models that botocore ships into the form Tarn reads.

In:  botocore/data/<service>/<apiVersion>/service-2.json.gz, the latest API version of every service.
Out: <out>/<service>.json, the same model without documentation, examples and what only clients use;
     <out>/index.json, what the front door needs to find a service before it opens a model.

Run by scripts/setup with the virtual environment's Python:  compact.py --out .setup/models
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore

Json = dict[str, Any]

#: Traits of a model, an operation, a shape or a member that only clients or readers use.
#: They are dropped by position, never by a search through the tree: a member may well be named "documentation".
UNUSED_OPERATION_TRAITS = frozenset(
    {
        "documentation",
        "deprecated",
        "deprecatedMessage",
        "deprecatedSince",
        "staticContextParams",
        "operationContextParams",
        "endpointdiscovery",
        "endpointoperation",
        "requestcompression",
        "readonly",
        "idempotent",
    }
)
UNUSED_SHAPE_TRAITS = frozenset(
    {"documentation", "deprecated", "deprecatedMessage", "deprecatedSince", "synthetic", "contextParam", "retryable"}
)
MODEL_SECTIONS = ("metadata", "operations", "shapes")


@dataclass(frozen=True)
class Compacted:
    """One service: its model and its line in the index."""

    directory: str
    model: Json
    entry: Json


def without(traits: Json, unused: frozenset[str]) -> Json:
    return {name: value for name, value in traits.items() if name not in unused}


def compact_operation(operation: Json) -> Json:
    kept = without(operation, UNUSED_OPERATION_TRAITS)
    for side in ("input", "output"):
        if side in kept:
            kept[side] = without(kept[side], UNUSED_SHAPE_TRAITS)
    if "errors" in kept:
        kept["errors"] = [{"shape": error["shape"]} for error in kept["errors"]]
    return kept


def compact_shape(shape: Json) -> Json:
    kept = without(shape, UNUSED_SHAPE_TRAITS)
    if "members" in kept:
        kept["members"] = {name: without(member, UNUSED_SHAPE_TRAITS) for name, member in kept["members"].items()}
    for part in ("member", "key", "value"):
        if part in kept:
            kept[part] = without(kept[part], UNUSED_SHAPE_TRAITS)
    return kept


def index_entry(metadata: Json) -> Json:
    """What routing needs: names on the wire, protocols in AWS's order of preference, header prefixes."""
    entry: Json = {
        "signingName": metadata.get("signingName", metadata["endpointPrefix"]),
        "endpointPrefix": metadata["endpointPrefix"],
        "protocols": metadata.get("protocols", [metadata["protocol"]]),
        "serviceId": metadata["serviceId"],
        "apiVersion": metadata["apiVersion"],
    }
    for optional in ("targetPrefix", "globalEndpoint", "jsonVersion", "xmlNamespace", "awsQueryCompatible"):
        if optional in metadata:
            entry[optional] = metadata[optional]
    return entry


def latest_model(service: Path) -> Path | None:
    """The newest API version of a service that has a model; version folders are dates, so they sort as text."""
    found = sorted(service.glob("*/service-2.json.gz"), key=lambda path: path.parent.name)
    return found[-1] if found else None


def compact(source: Path) -> Compacted:
    with gzip.open(source, "rb") as stream:
        whole: Json = json.load(stream)
    model: Json = {section: whole[section] for section in MODEL_SECTIONS}
    model["operations"] = {name: compact_operation(operation) for name, operation in whole["operations"].items()}
    model["shapes"] = {name: compact_shape(shape) for name, shape in whole["shapes"].items()}
    return Compacted(source.parent.parent.name, model, index_entry(whole["metadata"]))


def write(path: Path, value: Json) -> int:
    data = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    path.write_bytes(data)
    return len(data)


def main() -> int:
    arguments = argparse.ArgumentParser(description="Compacts botocore's API models for Tarn.")
    arguments.add_argument("--out", type=Path, required=True, help="the folder to (re)create")
    out: Path = arguments.parse_args().out

    started = time.monotonic()
    data = Path(botocore.__path__[0]) / "data"
    sources = [model for service in sorted(data.iterdir()) if service.is_dir() and (model := latest_model(service))]
    if not sources:
        print(f"no API models under {data}", file=sys.stderr)
        return 1

    # Written beside the old folder and swapped in, so that a broken run leaves no half set of models.
    fresh = out.with_name(out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    index: Json = {"version": botocore.__version__, "services": {}}
    total = 0
    for source in sources:
        compacted = compact(source)
        total += write(fresh / f"{compacted.directory}.json", compacted.model)
        index["services"][compacted.directory] = compacted.entry
    total += write(fresh / "index.json", index)
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)
    print(f"{len(sources)} models, {total / 1e6:.1f} MB, {time.monotonic() - started:.1f} s (botocore {botocore.__version__})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
