"""Tables, queues, streams and events: Tarn against MiniStack and moto's server, rounds alternating; a table, ratios, and on
request a page in results/. The ratio is against the better of the two.

Run by Benchmarks/events, which installs what is needed.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import machine
import rows
from rows_events import ROWS, EventRow
from servers import Server
from servers_events import SERVERS

Figures = dict[str, dict[str, list[rows.Figure]]]


def main() -> int:
    options = parse()
    names = [row.name for row in ROWS]
    wanted = options.only.split(",") if options.only else names
    unknown = set(wanted) - set(names)
    if unknown:
        print(f"no such row: {', '.join(sorted(unknown))}; there are {' '.join(names)}", file=sys.stderr)
        return 2
    chosen = [row for row in ROWS if row.name in wanted]
    kinds = [kind for kind in SERVERS if options.server in (None, kind.name)]
    work = Path(tempfile.mkdtemp(prefix="tarn-benchmark-"))
    servers = [kind(work / kind.name) for kind in kinds]
    try:
        figures = measure(servers, chosen, options, work)
    except (rows.Untrue, RuntimeError) as failure:
        for log in sorted(log for log in work.glob("*/log") if log.stat().st_size):
            print(f"--- end of {log.parent.name}'s log\n{log.read_text(errors='replace')[-1000:]}", file=sys.stderr)
        print(f"no result: {failure}", file=sys.stderr)
        return 1
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(work, ignore_errors=True)
    table, ratios = present(chosen, figures), compute(chosen, figures)
    print(f"\n{table}")
    for name, ratio in ratios.items():
        print(f"RATIO {name} {ratio:.2f}")
    for row in chosen:
        rates = [run.rate for run in figures[row.name].get("tarn", [])]
        if row.floor and rates:
            verdict = "holds" if statistics.median(rates) >= row.floor else "MISSED"
            print(f"AIM {row.name} {statistics.median(rates):.1f} {row.unit} (at least {row.floor:g}: {verdict})")
    if options.save:
        versions = ", ".join(f"{server.name} {server.version()}" for server in servers)
        rates = [f"| {name} | {ratio:.2f} |" for name, ratio in ratios.items()]
        ratio_table = "\n".join(["| Row | Ratio |", "|---|---:|", *rates])
        print("saved: " + str(machine.save("events", [
            f"- {versions}; the peers as they come, with their state in memory; Tarn with every write on disk before it answers",
            f"- {options.rounds} rounds of {options.seconds} s per row and server, alternating; {rows.CONNECTIONS} connections, signed",
            "", table, "", "How many times the better peer's rate Tarn's is:", "", ratio_table])))
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Benchmarks/events")
    parser.add_argument("--only", metavar="NAME,...", help=f"rows: {' '.join(row.name for row in ROWS)}")
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, 10))
    parser.add_argument("--seconds", type=int, default=4, choices=range(1, 11), help="of load, per row, round and server")
    parser.add_argument("--server", choices=[kind.name for kind in SERVERS], help="only this one, without ratios")
    parser.add_argument("--save", action="store_true", help="write Benchmarks/results/DATE-events.md")
    return parser.parse_args()


def measure(servers: list[Server], chosen: list[EventRow], options: argparse.Namespace, work: Path) -> Figures:
    for server in servers:
        server.start()
        if any(row.name.startswith("dynamodb") for row in chosen):
            rows.prepare(server)
    broken: set[tuple[str, str]] = set()
    figures: Figures = {row.name: {server.name: [] for server in servers} for row in chosen}
    for row in chosen:
        for number in range(options.rounds):
            for server in servers if number % 2 == 0 else servers[::-1]:
                if server.name != "tarn" and (not row.peers or (row.name, server.name) in broken):
                    continue
                try:
                    figure = row.run(server, options.seconds, number, work)
                except rows.Untrue as failure:
                    if server.name == "tarn":
                        raise
                    # A peer that refuses under this load has no figure in the row.
                    broken.add((row.name, server.name))
                    figures[row.name][server.name] = []
                    print(f"round {number + 1}: {row.name:24} {server.name:10} left out: {str(failure)[:200]}", flush=True)
                    continue
                figures[row.name][server.name].append(figure)
                print(f"round {number + 1}: {row.name:24} {server.name:10} {figure.rate:9.1f} {row.unit}", flush=True)
    return figures


def compute(chosen: list[EventRow], figures: Figures) -> dict[str, float]:
    """Tarn's median over that of the better peer."""
    ratios = {}
    for row in chosen:
        medians = {name: statistics.median(run.rate for run in runs) for name, runs in figures[row.name].items() if runs}
        peers = [rate for name, rate in medians.items() if name != "tarn"]
        if peers and "tarn" in medians:
            ratios[row.name] = medians["tarn"] / max(peers)
    return ratios


def present(chosen: list[EventRow], figures: Figures) -> str:
    """A Markdown table of medians, with the lowest and highest round."""
    lines = [
        "| Row | Unit | Server | Median | Rounds (lowest to highest) | p50 ms | p99 ms | CPU s per 10,000 |",
        "|---|---|---|---:|---:|---:|---:|---:|"]
    for row in chosen:
        for server, runs in figures[row.name].items():
            if not runs:
                continue
            rates = [run.rate for run in runs]
            p50, p99, cpu = (
                statistics.median(getattr(run, part) for run in runs)
                for part in ("p50_milliseconds", "p99_milliseconds", "cpu_per_10000"))
            lines.append(
                f"| {row.name} | {row.unit} | {server} | {statistics.median(rates):,.1f} | {min(rates):,.1f} to {max(rates):,.1f} "
                f"| {p50:.2f} | {p99:.2f} | {cpu:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
