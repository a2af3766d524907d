"""Every header compiles alone.

Where a compiled `x.cpp` includes `x.hpp` first, the build has proved it already (shape.py sees to
the order). Only the other headers are compiled here, each as a file of its own.
"""

import sys

from compile import CLANG, commands, common_arguments, in_parallel, needs, run
from project import Report, includes, sources


def proved_by_the_build(build):
    """Headers that are the very first include of a source that the build compiles."""
    proved = set()
    for source in commands(build):
        with open(source, encoding="utf-8") as file:
            proved.add(next((target for _, _, target in includes(file.read())), None))
    return proved


def main(root, build):
    needs(CLANG)
    report = Report()
    headers = sources(root, ".hpp")
    proved = proved_by_the_build(build)
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
