"""Counts the tests in JUnit XML reports, as `swift test --xunit-output` and `pytest --junitxml` write them.

In:  paths of reports. A test case counts once, however many issues it has.
Out: "PASSED FAILED SKIPPED" on one line; exit code 1 when a report can't be read.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree


def main(paths: list[str]) -> int:
    passed = failed = skipped = 0
    for path in paths:
        try:
            cases = ElementTree.parse(path).iter("testcase")
        except (OSError, ElementTree.ParseError) as problem:
            print(f"{path}: {problem}", file=sys.stderr)
            return 1
        for case in cases:
            outcomes = {child.tag for child in case}
            if outcomes & {"failure", "error"}:
                failed += 1
            elif "skipped" in outcomes:
                skipped += 1
            else:
                passed += 1
    print(passed, failed, skipped)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
