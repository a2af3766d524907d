"""The shape of the tree: fixed top level, short files, documented headers, sorted option file."""

import os
import re
import sys

from project import CODE, Report, includes, read, sources

TOP_LEVEL = {"meson.build", "meson_options.txt", "README.md", "LICENSE",
             "controller", "policies", "metrics", "config", "tests"}
CONTROLLER = {"api", "backtest", "cli", "cluster", "core", "io", "kubernetes", "loop", "provider", "settings",
              "state", "traffic", "virtual_node", "main.cpp", "meson.build"}
LONGEST_FILE = 500  # lines; aim for 150, ask yourself at 300
VAGUE = re.compile(r"^(utils?|misc|common|helpers?|manager)(_|\.|$)")


def top_level(root):
    """Build directories, editors' droppings and dot files are nobody's business here."""
    return [f"{name}: the top level is fixed; find it a home in {', '.join(sorted(TOP_LEVEL))}"
            for name in sorted(os.listdir(root))
            if name not in TOP_LEVEL and not name.startswith((".", "build", "compile_commands"))]


def controller_level(root):
    folder = os.path.join(root, "controller")
    return [f"controller/{name}: not a folder of the layout" for name in sorted(os.listdir(folder))
            if name not in CONTROLLER and not name.startswith("wiring")]


def header_problems(path, text):
    problems = []
    if "#pragma once" not in text:
        problems.append(f"{path}: needs #pragma once")
    if not text.startswith("//"):
        problems.append(f"{path}:1: opens with 2-5 lines that say what it is and what it does not do")
    return problems


def own_header_first(root, path, text):
    """`x.cpp` includes `x.hpp` first: thus the build proves that the header compiles alone."""
    own = path.removesuffix(".cpp") + ".hpp"
    if not path.endswith(".cpp") or not os.path.isfile(os.path.join(root, own)):
        return []
    first = next((target for _, _, target in includes(text)), None)
    return [] if first == own else [f'{path}: the first include must be its own header, "{own}"']


def sorted_options(root):
    names = re.findall(r"^option\('([^']+)'", read(root, "meson_options.txt"), re.MULTILINE)
    return [] if names == sorted(names) else ["meson_options.txt: keep the options alphabetical"]


def main(root):
    report = Report()
    report.check("top level", top_level(root))
    report.check("controller", controller_level(root))
    report.check("meson_options.txt", sorted_options(root))
    for path in sources(root, *CODE, ".py", "meson.build"):
        text = read(root, path)
        problems = []
        lines = text.count("\n")
        if lines > LONGEST_FILE:
            problems.append(f"{path}: {lines} lines; split it (limit {LONGEST_FILE})")
        if VAGUE.match(os.path.basename(path)):
            problems.append(f"{path}: name the file after its one idea")
        if path.endswith(".hpp"):
            problems += header_problems(path, text)
        problems += own_header_first(root, path, text)
        report.check(path, problems)
    report.finish()


if __name__ == "__main__":
    main(sys.argv[1])
