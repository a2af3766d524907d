"""Every file of ours that a document names is there: a pointer to nothing costs its reader an afternoon.

Looked at is what stands in backticks, has a slash and an ending of ours or begins with one of our
folders; it is taken from the root, or from the document's own folder.
"""

import os
import re
import sys

from project import TREES, Report, read, sources

FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([a-z0-9_./-]+)`")
OURS = re.compile(r"^(?:%s)/|/[a-z0-9_]+\.(?:cpp|hpp|py|mjs|ya?ml|csv|md)$" % "|".join(TREES))


def problems_in(root, path, text):
    problems = []
    for match in QUOTED.finditer(FENCE.sub(lambda fence: "\n" * fence.group(0).count("\n"), text)):
        name = match.group(1)
        if not OURS.search(name) or name.startswith(("/", "http", "..")):
            continue
        if any(os.path.exists(os.path.join(root, base, name)) for base in ("", os.path.dirname(path))):
            continue
        line = text.count("\n", 0, match.start()) + 1
        problems.append(f"{path}:{line}: `{name}` is not there; name what took its place")
    return problems


EXAMPLES = (
    ("see `controller/core/units.hpp`", True),
    ("see `controller/core/unitz.hpp`", False),
    ("see `tests/lint`", True),
    ("```\ncontroller/nowhere.cpp\n```", True),
    ("`/api/v1/status`, `a/b`, `x.hpp`", True),
)


def main(root):
    report = Report()
    for text, wanted in EXAMPLES:
        report.check(f"rule: {text!r}",
                     [] if (not problems_in(root, "README.md", text)) == wanted
                     else [f"should be {'accepted' if wanted else 'rejected'}"])
    for path in ["README.md", *sources(root, ".md")]:
        report.check(path, problems_in(root, path, read(root, path)))
    report.finish()


if __name__ == "__main__":
    main(sys.argv[1])
