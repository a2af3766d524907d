"""What the lint scripts share: which files are ours, how to read one, how to report a check."""

import os
import re
import sys

TREES = ("controller", "policies", "metrics", "config", "tests")
CODE = (".cpp", ".hpp")


def sources(root, *suffixes):
    """Paths of our files, relative to `root`, sorted; of all kinds if no suffix is given."""
    found = []
    for tree in TREES:
        for folder, folders, names in os.walk(os.path.join(root, tree)):
            folders[:] = [f for f in folders if f not in ("__pycache__", "node_modules")]
            for name in names:
                if not suffixes or name.endswith(suffixes):
                    found.append(os.path.relpath(os.path.join(folder, name), root))
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def includes(text):
    """`(line, "ours" or "system", target)` of each include, in order."""
    for match in INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match.group(1) is not None:
            yield line, "ours", match.group(1)
        else:
            yield line, "system", match.group(2)


NOISE = re.compile(
    r'R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"'  # raw strings first: they may hold anything
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'"  # a character, not a digit separator
    r"|//[^\n]*|/\*.*?\*/",
    re.DOTALL,
)


def without_noise(text):
    """The code alone: comments and literals are blanked, line numbers stay."""
    return NOISE.sub(lambda m: " " + "\n" * m.group(0).count("\n"), text)


class Report:
    """Prints one line per finding, and at the end the totals that tests/lint/count.py adds up."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, problems):
        """One check: passes without problems. A problem is a sentence that says what to do."""
        if not problems:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAILED {name}")
        for problem in problems:
            print(f"  {problem}")

    def finish(self):
        print(f"checks: {self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)
