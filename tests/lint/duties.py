"""Each of the eight duties of an orchestrator that the README lists names a scenario, in virtual time, that shows it.

That what is named exists is the business of pointers.py.
"""

import re
import sys

from project import Report, read

DUTIES = ("scheduling", "affinity, anti-affinity", "health", "failover", "scaling", "networking",
          "service discovery", "coordinated upgrades")
ROW = re.compile(r"^\| ([^|]+) \| .+ \| ([^|]+) \|$", re.MULTILINE)


def problems_in(text):
    named = dict(ROW.findall(text))
    problems = []
    for duty in DUTIES:
        if duty not in named:
            problems.append(f"README.md: no row tells how the duty {duty} is carried out; add one")
        elif "`tests/scenarios/" not in named[duty]:
            problems.append(f"README.md: name a test of tests/scenarios in the row of {duty}")
    return problems


def table(cell):
    return "".join(f"| {duty} | so | {cell} |\n" for duty in DUTIES)


EXAMPLES = (
    (table("`tests/scenarios/x_test.cpp`"), 0),
    (table("`tests/unit/x_test.cpp`"), len(DUTIES)),
    (table("`tests/scenarios/x_test.cpp`").replace("| scaling |", "| other |"), 1),
    ("", len(DUTIES)),
)


def main(root):
    report = Report()
    for text, wanted in EXAMPLES:
        found = len(problems_in(text))
        report.check(f"rule: {text[:40]!r}", [] if found == wanted else [f"{found} problems, not {wanted}"])
    report.check("README.md", problems_in(read(root, "README.md")))
    report.finish()


if __name__ == "__main__":
    main(sys.argv[1])
