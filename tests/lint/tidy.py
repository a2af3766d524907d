"""Runs clang-tidy over the programs' sources (not over what lies in tests: the sanitizers run it, and
its turn would take a third longer), those that changed since they last passed.

A source counts as unchanged while it, the headers that the compiler saw (`ninja -t deps`) and
.clang-tidy are older than its stamp in the build directory.
"""

import hashlib
import json
import os
import subprocess
import sys

from compile import in_parallel, needs, run
from project import Report

TIDY = "clang-tidy-14"


def dependencies(build):
    """`{object file: paths it was made from}`, as the compiler reported them."""
    text = subprocess.run(["ninja", "-C", build, "-t", "deps"], text=True, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    found, current = {}, []
    for line in text.splitlines():
        if line.startswith("    "):
            current.append(os.path.normpath(os.path.join(build, line.strip())))
        elif ":" in line:
            current = found.setdefault(line.split(":")[0], [])
    return found


def main(root, build):
    needs(TIDY)
    report = Report()
    stamps = os.path.join(build, "tidy")
    os.makedirs(stamps, exist_ok=True)
    made_from = dependencies(build)
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    settings = os.path.join(root, ".clang-tidy")
    stale = {}
    for entry in entries:
        source = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
        name = os.path.relpath(source, root)
        if name.startswith(("..", "tests/")) or source in stale:
            continue
        stamp = os.path.join(stamps, hashlib.sha1(name.encode()).hexdigest())
        inputs = [source, settings, *made_from.get(entry.get("output"), [])]
        newest = max(os.path.getmtime(path) for path in inputs if os.path.exists(path))
        if os.path.exists(stamp) and os.path.getmtime(stamp) >= newest:
            report.check(name, [])
        else:
            stale[source] = (name, stamp)

    def tidy(source):
        return run([TIDY, "--quiet", "-p", build, source], root)

    print(f"clang-tidy: {len(stale)} of {len(stale) + report.passed} sources to look at", flush=True)
    for count, (source, (status, words)) in enumerate(in_parallel(tidy, stale), 1):
        name, stamp = stale[source]
        kept = [line for line in words.splitlines() if " warnings generated" not in line]
        report.check(name, kept[:60] if status else [])
        if status == 0:
            with open(stamp, "w", encoding="utf-8"):
                pass
        print(f"[{count}/{len(stale)}] {name}", flush=True)
    report.finish()


if __name__ == "__main__":
    main(os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2]))
