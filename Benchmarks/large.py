"""Tarn alone where sizes grow: a large object, many keys, a long mixed load. Run by Benchmarks/large."""

from __future__ import annotations

import argparse
import datetime
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import large_keys
import large_mixed
import large_upload
from rows import Untrue
from servers import Tarn

MEASUREMENTS: dict[str, Callable[[Tarn, argparse.Namespace], list[str]]] = {
    "upload": large_upload.run, "keys": large_keys.run, "mixed": large_mixed.run}


def main() -> int:
    parser = argparse.ArgumentParser(prog="Benchmarks/large")
    parser.add_argument("name", choices=MEASUREMENTS)
    parser.add_argument("--gigabytes", type=int, default=5, help="upload: GiB of the object")
    parser.add_argument("--keys", type=int, default=1_000_000, help="keys: how many")
    parser.add_argument("--minutes", type=int, default=10, help="mixed: how long")
    parser.add_argument("--rate", type=int, default=200, help="mixed: requests a second")
    parser.add_argument("--work", metavar="DIR", help="where the server keeps its data")
    parser.add_argument("--save", action="store_true", help="add the figures to Benchmarks/results/DATE-large.md")
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="tarn-large-", dir=options.work))
    server = Tarn(work / "tarn")
    try:
        server.start()
        lines = MEASUREMENTS[options.name](server, options)
    except (Untrue, RuntimeError) as failure:
        if server.log.exists():
            print(f"--- end of the log\n{server.log.read_text(errors='replace')[-2000:]}", file=sys.stderr)
        print(f"no result: {failure}", file=sys.stderr)
        return 1
    finally:
        server.stop()
        shutil.rmtree(work, ignore_errors=True)
    print("\n".join(lines))
    if options.save:
        page = Path(__file__).with_name("results") / f"{datetime.date.today():%Y-%m-%d}-large.md"
        head = "" if page.exists() else "# Tarn alone, where sizes grow\n\n"
        with page.open("a") as file:
            now = datetime.datetime.now(datetime.timezone.utc)
            file.write(f"{head}## {options.name}, {now:%Y-%m-%d %H:%M} UTC\n\n{os.cpu_count()} processors; "
                       f"{server.version()}\n\n" + "\n".join(f"- {line}" for line in lines) + "\n\n")
        print(f"saved: {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
