"""What the lint scripts that run a compiler share: flags from the build directory, parallel runs."""

import concurrent.futures
import json
import os
import shlex
import shutil
import subprocess
import sys

CLANG = "clang++-14"


def needs(tool):
    """Ends the script as skipped (77, in meson's words) if `tool` is not installed."""
    if shutil.which(tool) is None:
        print(f"skipped: {tool} is not installed (tests/packages lists it)")
        sys.exit(77)


def commands(build):
    """`{source path: compiler arguments}` of the build, without output, input and the launcher.

    Flags that only one compiler knows are dropped, so that either one can run them.
    """
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    return {os.path.normpath(os.path.join(e["directory"], e["file"])): arguments(e["command"])
            for e in entries}


def arguments(command):
    kept = []
    words = iter(shlex.split(command))
    for word in words:
        if word in ("-o", "-MF", "-MQ", "-MT", "-include"):
            next(words)
        elif word == "-isystem":
            kept.append(word + next(words))
        elif word.startswith(("-I", "-D", "-std=", "-W", "-isystem")):
            kept.append(word)
    return kept


def common_arguments(build):
    """Flags for a file that is no source of the build: what all sources share, and every include
    path. The compiler may be another one, so warnings it does not know are no errors."""
    every = list(commands(build).values())
    shared = [a for a in every[0] if all(a in other for other in every)]
    paths = sorted({a for other in every for a in other if a.startswith(("-I", "-isystem"))})
    return list(dict.fromkeys(shared + paths)) + ["-Wno-unknown-warning-option"]


def run(command, directory, text=None):
    """`(exit status, everything it said)`."""
    done = subprocess.run(command, cwd=directory, input=text, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def in_parallel(function, items):
    """`function` over `items` on all processors; yields `(item, result)` as they come."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = {pool.submit(function, item): item for item in items}
        for done in concurrent.futures.as_completed(waiting):
            yield waiting[done], done.result()
