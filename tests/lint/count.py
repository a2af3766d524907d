"""Adds up what the tests did: the last lines of tests/run.

    count.py normal=LOG [sanitized=LOG] [tidy=FILE]

A LOG is meson's testlog.json. A test program counts by its cases: doctest's totals, or a line
`checks: 3 passed, 0 failed`; a program without totals counts as one. The sanitized run repeats the
cases of the normal one, so only its failures are added.
"""

import json
import os
import re
import sys

DOCTEST = re.compile(r"^\[doctest\] test cases:\s*\d+\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed"
                     r"\s*\|\s*(\d+) skipped", re.MULTILINE)
CHECKS = re.compile(r"^checks: (\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


SKIPPED = re.compile(r"^SKIPPED: (.*)$", re.MULTILINE)


def words_of(test):
    return COLOUR.sub("", (test.get("stdout") or "") + "\n" + (test.get("stderr") or ""))


def cases(test):
    """`(passed, failed, skipped)` of one test program."""
    words = words_of(test)
    totals = [tuple(int(n or 0) for n in m.groups())
              for pattern in (DOCTEST, CHECKS) for m in pattern.finditer(words)]
    passed, failed, skipped = (sum(column) for column in zip(*totals)) if totals else (0, 0, 0)
    if test["result"] == "SKIP":  # a skipped case returned early, so doctest took it for passed
        reasons = max(len(SKIPPED.findall(words)), 1)
        return max(passed - reasons, 0), failed, skipped + reasons
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        return (passed if totals else 1), failed, skipped
    return passed, max(failed, 1), skipped


def tests_in(log):
    with open(log, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def reasons(test):
    found = SKIPPED.findall(words_of(test))
    return found or [line for line in words_of(test).splitlines() if line.strip()][-1:]


def add(label, log, total, is_repetition):
    by_suite = {}
    for test in tests_in(log):
        passed, failed, skipped = cases(test)
        suite = by_suite.setdefault(test["name"].split(" / ")[0].removeprefix("spillway:"), [0] * 4)
        for i, n in enumerate((passed, failed, skipped)):
            suite[i] += n
        suite[3] += test["duration"]
        if test["result"] == "SKIP":
            print(f"  skipped {test['name']}: {'; '.join(reasons(test))}")
        elif failed or test["result"] not in ("OK", "EXPECTEDFAIL"):
            print(f"  FAILED {test['name']} ({test['result']})")
    for suite, (passed, failed, skipped, seconds) in sorted(by_suite.items()):
        print(f"  {label:10} {suite:12} {passed:5} passed {failed:3} failed {skipped:3} skipped "
              f"{seconds:7.1f} s")
        total[1] += failed
        if not is_repetition:
            total[0] += passed
            total[2] += skipped


def add_tidy(log, total):
    with open(log, encoding="utf-8") as file:
        totals = CHECKS.search(file.read())
    passed, failed = (int(totals.group(1)), int(totals.group(2))) if totals else (0, 1)
    print(f"  {'clang-tidy':10} {'sources':12} {passed:5} passed {failed:3} failed")
    total[0] += passed
    total[1] += failed


def main(arguments):
    total = [0, 0, 0]
    for argument in arguments:
        label, _, path = argument.partition("=")
        if label == "broken":  # a step of tests/run that failed before it had tests to count
            print(f"  FAILED {path}")
            total[1] += 1
        elif not os.path.exists(path):
            continue
        elif label == "tidy":
            add_tidy(path, total)
        else:
            add(label, path, total, label == "sanitized")
    print(f"tests: {total[0]} passed, {total[1]} failed, {total[2]} skipped")


if __name__ == "__main__":
    main(sys.argv[1:])
