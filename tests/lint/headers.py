"""Every header compiles alone.

Where a compiled `x.cpp` includes `x.hpp` first, a plain build has proved it already (shape.py sees
to the order). Only the other headers are compiled here, each as a file of its own.

A unity build proves it of the first source of a library only. To compile all of them alone here
takes nine minutes on two processors, more than the unity build takes: that is left to plain builds,
which is how people edit.
"""

import os
import sys

from compile import CLANG, commands, common_arguments, in_parallel, needs, run
from project import Report, includes, sources


def proved_by_the_build(root, build):
    """Headers that are the very first include of a source that the build compiles."""
    built = commands(build)
    if any(source.startswith(os.path.realpath(build) + os.sep) for source in built):
        built = [os.path.join(root, source) for source in sources(root, ".cpp")]
    proved = set()
    for source in built:
        with open(source, encoding="utf-8") as file:
            proved.add(next((target for _, _, target in includes(file.read())), None))
    return proved


def main(root, build):
    needs(CLANG)
    report = Report()
    headers = sources(root, ".hpp")
    proved = proved_by_the_build(root, build)
    for header in headers:
        if header in proved:
            report.check(header, [])
    flags = common_arguments(build)

    def compile_alone(header):
        text = f'#include "{header}"\n'
        return run([CLANG, *flags, "-I" + root, "-fsyntax-only", "-x", "c++", "-"], build, text)

    alone = [header for header in headers if header not in proved]
    for header, (status, words) in in_parallel(compile_alone, alone):
        report.check(header, words.splitlines()[:15] if status else [])
    report.finish()


if __name__ == "__main__":
    main(*sys.argv[1:3])
