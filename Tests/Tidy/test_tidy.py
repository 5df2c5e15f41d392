"""Holds the tree to the rules of the house. The baseline names what is known to break them; it only shrinks."""

import pathlib

import tidy

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASELINE = pathlib.Path(__file__).with_name("baseline.txt")


def baseline() -> set[str]:
    return {line for line in BASELINE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")}


def test_nothing_new_breaks_a_rule():
    assert sorted(tidy.findings(ROOT) - baseline()) == []


def test_the_baseline_names_nothing_that_was_mended():
    assert sorted(baseline() - tidy.findings(ROOT)) == []


def test_each_gate_bites():
    service = pathlib.PurePath("Sources/Services/S3/Objects.swift")
    assert list(tidy.long_files(service, "\n" * 401))
    assert list(tidy.machine_clock(service, "let now = Date()"))
    assert not list(tidy.machine_clock(pathlib.PurePath("Sources/Kernel/Clock.swift"), "Task.sleep"))
    assert list(tidy.forced(service, "let x = try! y()"))
    assert list(tidy.unproved(service, "final class A: @unchecked Sendable {"))
    assert not list(tidy.unproved(service, "final class A: @unchecked Sendable {  // guarded by its lock"))
    assert list(tidy.crossings(service, "import Lambda\n", {"S3", "Lambda"}))
    assert list(tidy.crossings(pathlib.PurePath("Sources/Kernel/A.swift"), "import S3\n", {"S3", "Lambda"}))
    assert not list(tidy.crossings(service, "import Kernel\n", {"S3", "Lambda"}))
