"""The rules of the house as a program (CONTRIBUTING.md, "Rules"). Each gate takes a path and its text and yields findings."""

import pathlib
import re
from collections.abc import Iterator

FILE_LINES_MAX = 400

CLOCK = re.compile(r"\bDate\(\)|\bDate\.now\b|\bContinuousClock\b|\bSuspendingClock\b|\bTask\.sleep\b|\bDispatchTime\b")
FORCED = re.compile(r"\btry!|\bas!|\bfatalError\(")
UNCHECKED = re.compile(r"@unchecked Sendable|nonisolated\(unsafe\)")
IMPORT = re.compile(r"^\s*(?:@\w+ )?import (?:struct |class |enum |func )?(\w+)", re.MULTILINE)


def long_files(path: pathlib.PurePath, text: str) -> Iterator[str]:
    lines = text.count("\n")
    if lines > FILE_LINES_MAX:
        yield f"{path}: more than {FILE_LINES_MAX} lines"


def machine_clock(path: pathlib.PurePath, text: str) -> Iterator[str]:
    if not path.name.startswith("Clock"):
        yield from (f"{path}: {found}: time comes from platform.clock" for found in CLOCK.findall(text))


def forced(path: pathlib.PurePath, text: str) -> Iterator[str]:
    yield from (f"{path}: {found}" for found in FORCED.findall(text))


def unproved(path: pathlib.PurePath, text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not line.lstrip().startswith("//") and UNCHECKED.search(line) and "//" not in line:
            yield f"{path}: {line.strip()}: no proof beside it"


def crossings(path: pathlib.PurePath, text: str, services: set[str]) -> Iterator[str]:
    """A service imports no other service, and nothing below the services imports one."""
    parts = path.parts
    own = parts[2] if parts[:2] == ("Sources", "Services") else None
    if parts[1] in ("Server", "tarn"):
        return
    for module in IMPORT.findall(text):
        if module in services and module != own:
            yield f"{path}: imports the service {module}"


def findings(root: pathlib.Path) -> set[str]:
    services = {folder.name for folder in (root / "Sources" / "Services").iterdir() if folder.is_dir()}
    found: set[str] = set()
    for file in sorted((root / "Sources").rglob("*.swift")):
        path, text = file.relative_to(root), file.read_text(encoding="utf-8")
        for gate in (long_files, machine_clock, forced, unproved):
            found.update(gate(path, text))
        found.update(crossings(path, text, services))
    return found
