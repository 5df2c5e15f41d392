"""Names the tests that a run of `swift test` has begun and not ended, by what it printed.

In:  the path of the log.
Out: a name on each line, in the order they began; the first of many.
"""

from __future__ import annotations

import re
import sys

# "◇ Test name() started.", "✔ Test name() passed after 0.1 seconds.", "✘ Test name() with 3 test cases failed after ...".
# What is printed by the tests themselves can stand before the mark.
LINE = re.compile(r"[^\w\s] Test (?!case |run )(.+?)(?: with \d+ test cases?)? (started\.|passed after|failed after|skipped)")

# More than these are not yet begun rather than hanging.
NAMES = 40


def main(path: str) -> int:
    open_tests: dict[str, int] = {}
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            for name, what in LINE.findall(line):
                open_tests[name] = open_tests.get(name, 0) + (1 if what == "started." else -1)
    names = [name for name, count in open_tests.items() if count > 0]
    for name in names[:NAMES]:
        print(name)
    if len(names) > NAMES:
        print(f"and {len(names) - NAMES} more")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
