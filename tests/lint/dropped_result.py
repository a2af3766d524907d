"""A result that nobody looks at does not compile: neither a plain one nor an awaited one.

g++ 12 misses the awaited one; the clang build of tests/run is what finds it. This test proves that
it would, with the project's own flags.
"""

import sys

from compile import CLANG, common_arguments, needs, run
from project import Report

PROGRAM = """
#include "controller/core/error.hpp"
#include <boost/asio/awaitable.hpp>
using spillway::Result;
boost::asio::awaitable<Result<int>> count_groups();
Result<int> parse_count();
boost::asio::awaitable<void> caller() {{
  {statement}
  co_return;
}}
"""

CASES = (
    ("a result that is used compiles", "if (auto n = co_await count_groups()) (void)*n;", True),
    ("a dropped co_await result does not compile", "co_await count_groups();", False),
    ("a dropped plain result does not compile", "parse_count();", False),
)


def main(root, build):
    needs(CLANG)
    report = Report()
    flags = common_arguments(build)
    for name, statement, wanted in CASES:
        status, words = run([CLANG, *flags, "-I" + root, "-Werror", "-fsyntax-only",
                             "-x", "c++", "-"], build, PROGRAM.format(statement=statement))
        problems = []
        if wanted and status != 0:
            problems = words.splitlines()[:10]
        elif not wanted and status == 0:
            problems = ["it compiled"]
        elif not wanted and "nodiscard" not in words:
            problems = ["refused for another reason:", *words.splitlines()[:10]]
        report.check(name, problems)
    report.finish()


if __name__ == "__main__":
    main(*sys.argv[1:3])
