"""Every header and every source of the programs compiles alone.

A build that compiles each `x.cpp` by itself has proved it of that and, if it includes `x.hpp` first,
of the header too (shape.py sees to the order). A unity build, which compiles several together, has
proved neither: there the sources are compiled here, through ccache if it is installed.
"""

import os
import shutil
import sys
import tempfile

from compile import CLANG, commands, common_arguments, in_parallel, needs, run
from project import Report, includes, sources


def first_include(path):
    with open(path, encoding="utf-8") as file:
        return next((target for _, _, target in includes(file.read())), None)


def main(root, build):
    needs(CLANG)
    report = Report()
    headers = sources(root, ".hpp")
    flags = common_arguments(build)
    built = list(commands(build))
    is_unity = any(source.startswith(os.path.realpath(build) + os.sep) for source in built)
    if is_unity:
        built = [source for source in sources(root, ".cpp") if not source.startswith("tests/")]
        compiler = [CLANG] if shutil.which("ccache") is None else ["ccache", CLANG]

        with tempfile.TemporaryDirectory() as objects:
            def compile_source(source):
                target = os.path.join(objects, source.replace("/", "_") + ".o")
                command = [*compiler, *flags, "-I" + root, "-O0", "-c", "-o", target, source]
                return run(command, root)

            for source, (status, words) in in_parallel(compile_source, built):
                report.check(source, words.splitlines()[:15] if status else [])
    proved = {first_include(os.path.join(root, source)) for source in built}
    for header in headers:
        if header in proved:
            report.check(header, [])

    def compile_alone(header):
        text = f'#include "{header}"\n'
        return run([CLANG, *flags, "-I" + root, "-fsyntax-only", "-x", "c++", "-"], build, text)

    alone = [header for header in headers if header not in proved]
    for header, (status, words) in in_parallel(compile_alone, alone):
        report.check(header, words.splitlines()[:15] if status else [])
    report.finish()


if __name__ == "__main__":
    main(*sys.argv[1:3])
