"""Runs clang-tidy over the programs' sources (not over what lies in tests: the sanitizers run it, and
its turn would take a third longer), those that changed since they last passed.

A source counts as unchanged while its command, its own text, that of the headers that the compiler
saw (`ninja -t deps`) and .clang-tidy are what they were when it passed. What passed is kept beside
the user's other caches, so that a second clone has it too, as it has ccache's objects.
"""

import hashlib
import json
import os
import subprocess
import sys
import time

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


def forget_old(stamps):
    """A stamp that no run has needed for a month is of a text that is gone."""
    for stamp in os.scandir(stamps):
        if stamp.stat().st_mtime < time.time() - 30 * 86_400:
            os.remove(stamp)


class Fingerprints:
    """What a file holds, read once per run however many sources include it."""

    def __init__(self):
        self.known = {}

    def of(self, path):
        if path not in self.known:
            with open(path, "rb") as file:
                self.known[path] = hashlib.sha256(file.read()).digest()
        return self.known[path]

    def of_all(self, command, paths):
        total = hashlib.sha256(command.encode())
        for path in sorted(set(paths)):
            if os.path.exists(path):
                total.update(self.of(path))
        return total.hexdigest()


def main(root, build):
    needs(TIDY)
    report = Report()
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    stamps = os.path.join(cache, "spillway", "clang-tidy")
    os.makedirs(stamps, exist_ok=True)
    forget_old(stamps)
    fingerprints = Fingerprints()
    made_from = dependencies(build)
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    settings = os.path.join(root, ".clang-tidy")
    stale = {}
    for entry in entries:
        source = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
        # A unity build compiles files of its own, below the build directory, that include ours.
        name = os.path.relpath(source, build if source.startswith(build + os.sep) else root)
        if name.startswith(("..", "tests/")) or source in stale:
            continue
        headers = made_from.get(entry.get("output"))
        inputs = [source, settings, *(headers or [])]
        stamp = os.path.join(stamps, fingerprints.of_all(f"{name} {entry['command']}", inputs))
        if headers and os.path.exists(stamp):
            os.utime(stamp)
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
