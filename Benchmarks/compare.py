"""Tarn against MiniStack: rounds of load, alternating; then a table, ratios, and on request a page in results/.

Run by Benchmarks/compare, which installs what is needed.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import rows
from servers import SERVERS, Server

STARTS = 5
IDLE_SECONDS = 3
RATES = [row.name for row in rows.ROWS]
OTHERS = ["start", "idle-memory", "peak-memory"]
UNITS = {**{name: "requests/s" for name in RATES}, "start": "s", "idle-memory": "MB", "peak-memory": "MB"}
Samples = dict[str, dict[str, list[float]]]


def main() -> int:
    options = parse()
    wanted = options.only.split(",") if options.only else RATES + OTHERS
    unknown = set(wanted) - set(RATES + OTHERS)
    if unknown:
        print(f"no such row: {', '.join(sorted(unknown))}; there are {' '.join(RATES + OTHERS)}", file=sys.stderr)
        return 2
    kinds = [kind for kind in SERVERS if options.server in (None, kind.name)]
    samples: Samples = {name: {kind.name: [] for kind in kinds} for name in RATES + OTHERS}
    figures: dict[str, dict[str, list[rows.Figure]]] = {name: {kind.name: [] for kind in kinds} for name in RATES}
    work = Path(tempfile.mkdtemp(prefix="tarn-benchmark-"))
    versions = {}
    try:
        if "start" in wanted:
            starts(kinds, work, samples)
        if set(wanted) - {"start"}:
            loads(kinds, work, wanted, options, samples, figures, versions)
    except (rows.Untrue, RuntimeError) as failure:
        for log in sorted(log for log in work.glob("*/log") if log.stat().st_size):
            print(f"--- end of {log.parent.name}'s log\n{log.read_text(errors='replace')[-2000:]}", file=sys.stderr)
        print(f"no result: {failure}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    versions = versions or {kind.name: kind(work).version() for kind in kinds}
    table = present([name for name in RATES + OTHERS if name in wanted], samples, figures, kinds)
    print()
    print(table)
    ratios = compute(wanted, samples) if len(kinds) == len(SERVERS) else {}
    for name, ratio in ratios.items():
        print(f"RATIO {name} {ratio:.2f}")
    if options.save:
        print(f"saved: {save(table, ratios, versions, options)}")
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Benchmarks/compare")
    parser.add_argument("--only", metavar="NAME,...", help=f"rows: {' '.join(RATES + OTHERS)}")
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, 10))
    parser.add_argument("--seconds", type=int, default=4, choices=range(1, 6), help="of load, per row, round and server")
    parser.add_argument("--server", choices=[kind.name for kind in SERVERS], help="only this one, without ratios")
    parser.add_argument("--save", action="store_true", help="write Benchmarks/results/DATE.md")
    return parser.parse_args()


def starts(kinds: list[type[Server]], work: Path, samples: Samples) -> None:
    """Process start to the first answered signed request, on an empty data directory, alternating."""
    for number in range(STARTS):
        for kind in alternating(kinds, number):
            server = kind(work / f"{kind.name}-start-{number}")
            try:
                server.start()
                samples["start"][kind.name].append(server.start_seconds)
            finally:
                server.stop()
    print(f"start: {STARTS} starts of each")


def loads(kinds: list[type[Server]], work: Path, wanted: list[str], options: argparse.Namespace, samples: Samples,
          figures: dict[str, dict[str, list[rows.Figure]]], versions: dict[str, str]) -> None:
    """All rows but `start`, on one process of each kind; a peak is only one if every load has run."""
    servers = [kind(work / kind.name) for kind in kinds]
    try:
        for server in servers:
            server.start()
            versions[server.name] = server.version()
        time.sleep(IDLE_SECONDS)
        for server in servers:
            samples["idle-memory"][server.name].append(server.memory("VmRSS"))
        load_rows = [row for row in rows.ROWS if row.name in wanted or "peak-memory" in wanted]
        if load_rows:
            for server in servers:
                rows.prepare(server)
        for number in range(options.rounds):
            for row in load_rows:
                for server in alternating(servers, number):
                    figure = rows.run(row, server, options.seconds, number, work)
                    figures[row.name][server.name].append(figure)
                    samples[row.name][server.name].append(figure.rate)
                    print(f"round {number + 1}: {row.name:13} {server.name:10} {figure.rate:9.0f} requests/s", flush=True)
        for server in servers:
            samples["peak-memory"][server.name].append(server.memory("VmHWM"))
    finally:
        for server in servers:
            server.stop()


def alternating(things: list, number: int) -> list:
    return things if number % 2 == 0 else things[::-1]


def compute(wanted: list[str], samples: Samples) -> dict[str, float]:
    """How many times better Tarn is: more of a rate, less of a time or of memory."""
    ratios = {}
    for name in RATES + OTHERS:
        if name in wanted:
            tarn, peer = (statistics.median(samples[name][kind.name]) for kind in SERVERS)
            ratios[name] = tarn / peer if name in RATES else peer / tarn
    return ratios


def present(names: list[str], samples: Samples, figures: dict[str, dict[str, list[rows.Figure]]],
            kinds: list[type[Server]]) -> str:
    """A Markdown table of medians, with the lowest and highest round."""
    lines = [
        "| Row | Unit | Server | Median | Rounds (lowest to highest) | p50 ms | p99 ms | CPU s per 10,000 requests |",
        "|---|---|---|---:|---:|---:|---:|---:|"]
    for name in names:
        for kind in kinds:
            values = samples[name][kind.name]
            places = 0 if name in RATES else 3 if name == "start" else 1
            spread = f"{min(values):,.{places}f} to {max(values):,.{places}f}" if len(values) > 1 else ""
            more = ["", "", ""]
            if name in RATES:
                runs = figures[name][kind.name]
                more = [f"{statistics.median(getattr(run, part) for run in runs):.2f}"
                        for part in ("p50_milliseconds", "p99_milliseconds", "cpu_per_10000")]
            lines.append("| " + " | ".join(
                [name, UNITS[name], kind.name, f"{statistics.median(values):,.{places}f}", spread, *more]) + " |")
    return "\n".join(lines)


def save(table: str, ratios: dict[str, float], versions: dict[str, str], options: argparse.Namespace) -> Path:
    page = Path(__file__).with_name("results") / f"{datetime.date.today():%Y-%m-%d}.md"
    page.parent.mkdir(exist_ok=True)
    memory = int(next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")).split()[1])
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    count = sum(line.startswith("processor") for line in Path("/proc/cpuinfo").read_text().splitlines())
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    lines = [
        f"# Benchmark of {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC", "",
        f"- Machine: {model}, {count} processors, {memory / 2**20:.0f} GiB; {system}, Linux {platform.release()}",
        f"- Tarn: {versions['tarn']}, release build, as it comes: every write is on disk before it is acknowledged",
        f"- MiniStack: {versions['ministack']} from PyPI, as it comes: state in memory",
        f"- Load: {options.rounds} rounds of {options.seconds} s per row and server, alternating; wrk with "
        f"{rows.CONNECTIONS} connections on the same machine; signed requests; a sample is read back after each run", "",
        table, "", "How many times better Tarn is (rates: more; time and memory: less):", "",
        "| Row | Ratio |", "|---|---:|", *(f"| {name} | {ratio:.2f} |" for name, ratio in ratios.items()), ""]
    page.write_text("\n".join(lines))
    return page


if __name__ == "__main__":
    sys.exit(main())
