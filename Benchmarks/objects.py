"""Object storage against named peers: rounds of load, alternating; then a table, ratios, and on request a page in results/.

Run by Benchmarks/objects, which installs what is needed.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import objects_rows
from objects_rows import ROWS, ObjectRow
from objects_servers import KINDS
from rows import Figure, Untrue
from servers import Server

Figures = dict[str, dict[str, list[Figure]]]
NAMES = [row.name for row in ROWS]


def main() -> int:
    options = parse()
    wanted = options.only.split(",") if options.only else NAMES
    unknown = set(wanted) - set(NAMES)
    if unknown:
        print(f"no such row: {', '.join(sorted(unknown))}; there are {' '.join(NAMES)}", file=sys.stderr)
        return 2
    rows = [row for row in ROWS if row.name in wanted or row.name in {other.against for other in ROWS if other.name in wanted}]
    names = {"tarn"} if options.alone else {"tarn", *(peer for row in rows for peer in row.peers)}
    work = Path(tempfile.mkdtemp(prefix="tarn-objects-", dir=options.work))
    servers = [kind(work / kind.name) for kind in KINDS if kind.name in names]
    figures: Figures = {row.name: {} for row in rows}
    try:
        for server in servers:
            server.start()
            objects_rows.prepare(server)
        versions = {server.name: server.version() for server in servers}
        for number in range(options.rounds):
            for row in rows:
                measure(row, servers, number, options.seconds, work, figures)
        memory = {server.name: server.memory("VmHWM") for server in servers}
    except (Untrue, RuntimeError) as failure:
        for log in sorted(log for log in work.glob("*/log") if log.stat().st_size):
            print(f"--- end of {log.parent.name}'s log\n{log.read_text(errors='replace')[-2000:]}", file=sys.stderr)
        print(f"no result: {failure}", file=sys.stderr)
        return 1
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(work, ignore_errors=True)
    text, ratios = present(rows, figures), compute(rows, figures)
    print("\n" + text)
    for name, ratio in ratios.items():
        print(f"RATIO {name} {ratio:.2f}")
    print("peak memory: " + ", ".join(f"{name} {value:.0f} MB" for name, value in memory.items()))
    if options.save:
        print(f"saved: {save(text, ratios, versions, memory, options)}")
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Benchmarks/objects")
    parser.add_argument("--only", metavar="NAME,...", help=f"rows: {' '.join(NAMES)}")
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, 10))
    parser.add_argument("--seconds", type=int, default=4, choices=range(1, 21), help="of load, per row, round and server")
    parser.add_argument("--alone", action="store_true", help="only Tarn, with ratios between its own rows alone")
    parser.add_argument("--work", metavar="DIR", help="where the servers keep their data (some gigabytes)")
    parser.add_argument("--save", action="store_true", help="write Benchmarks/results/DATE-objects.md")
    return parser.parse_args()


def measure(row: ObjectRow, servers: list[Server], number: int, seconds: float, work: Path, figures: Figures) -> None:
    """One round of a row: on Tarn and on its peers, in turn the other way round."""
    order = [server for server in servers if server.name == "tarn" or server.name in row.peers]
    for server in order if number % 2 == 0 else order[::-1]:
        os.sync()
        figure = row.measure(server, seconds, number, work)
        figures[row.name].setdefault(server.name, []).append(figure)
        print(f"round {number + 1}: {row.name:14} {server.name:10} {figure.rate:9.0f} {row.unit}", flush=True)


def median(figures: Figures, row: str, server: str) -> float:
    return statistics.median(figure.rate for figure in figures[row][server])


def compute(rows: list[ObjectRow], figures: Figures) -> dict[str, float]:
    ratios = {}
    for row in rows:
        own = median(figures, row.name, "tarn")
        for peer in row.peers:
            if peer in figures[row.name]:
                ratios[f"{row.name}/{peer}"] = own / median(figures, row.name, peer)
        if row.against:
            ratios[f"{row.name}/{row.against}"] = own / median(figures, row.against, "tarn")
    return ratios


def present(rows: list[ObjectRow], figures: Figures) -> str:
    lines = ["| Row | Unit | Server | Median | Rounds (lowest to highest) | p50 ms | p99 or longest ms | CPU s |",
             "|---|---|---|---:|---:|---:|---:|---:|"]
    for row in rows:
        for server, runs in figures[row.name].items():
            rates = [run.rate for run in runs]
            parts = [statistics.median(getattr(run, part) for run in runs)
                     for part in ("p50_milliseconds", "p99_milliseconds", "cpu_per_10000")]
            lines.append(f"| {row.name} | {row.unit} | {server} | {statistics.median(rates):,.0f} | {min(rates):,.0f} to "
                         f"{max(rates):,.0f} | {parts[0]:.2f} | {parts[1]:.2f} | {parts[2]:.2f} |")
    return "\n".join(lines)


def save(table: str, ratios: dict[str, float], versions: dict[str, str], memory: dict[str, float],
         options: argparse.Namespace) -> Path:
    page = Path(__file__).with_name("results") / f"{datetime.date.today():%Y-%m-%d}-objects.md"
    page.parent.mkdir(exist_ok=True)
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    page.write_text("\n".join([
        f"# Object storage, {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC", "",
        f"- Machine: {model}, {os.cpu_count()} processors; Linux {platform.release()}; busy with other work: {os.getloadavg()[1]:.1f} "
        "runnable threads on average",
        *(f"- {name}: {version}" for name, version in versions.items()),
        "- Tarn as it comes: every write is on disk before it is acknowledged, every object rests encrypted. SeaweedFS as it "
        "comes, with its authentication on. nginx serves a file by sendfile, without authentication.",
        f"- Load: {options.rounds} rounds of {options.seconds} s per row and server, alternating, on the same machine; signed "
        "requests; what was put is read back",
        "- CPU s: seconds of the server's CPU per 10,000 requests, for large objects per gigabyte", "",
        table, "", "How many times the peer's rate Tarn's is (or the other row's, for rows of Tarn alone):", "",
        "| Row/peer | Ratio |", "|---|---:|", *(f"| {name} | {ratio:.2f} |" for name, ratio in ratios.items()), "",
        "Peak memory under these loads: " + ", ".join(f"{name} {value:.0f} MB" for name, value in memory.items()) + ".", ""]))
    return page


if __name__ == "__main__":
    sys.exit(main())
