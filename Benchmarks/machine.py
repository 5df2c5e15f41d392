"""Where a measurement was made, and its page in results/."""

from __future__ import annotations

import datetime
import platform
from pathlib import Path


def describe() -> str:
    memory = int(next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")).split()[1])
    processors = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in processors if line.startswith("model name")), platform.machine())
    count = sum(line.startswith("processor") for line in processors)
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return f"{model}, {count} processors, {memory / 2**20:.0f} GiB; {system}, Linux {platform.release()}"


def save(name: str, lines: list[str]) -> Path:
    """Writes results/DATE-name.md."""
    page = Path(__file__).with_name("results") / f"{datetime.date.today():%Y-%m-%d}-{name}.md"
    page.parent.mkdir(exist_ok=True)
    now = datetime.datetime.now(datetime.timezone.utc)
    page.write_text("\n".join([f"# {name.capitalize()}, {now:%Y-%m-%d %H:%M} UTC", "", f"- Machine: {describe()}", *lines, ""]))
    return page
