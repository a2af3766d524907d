"""Every C++ file is as clang-format leaves it: `clang-format-14 -i FILE` repairs one."""

import subprocess
import sys

from compile import needs
from project import CODE, Report, sources


FORMATTER = "clang-format-14"


def main(root):
    needs(FORMATTER)
    report = Report()
    files = sources(root, *CODE)
    done = subprocess.run([FORMATTER, "--dry-run", *files], cwd=root, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    words = [line for line in done.stdout.splitlines() if "warning:" in line or "error:" in line]
    for path in files:
        found = [line for line in words if line.startswith(path + ":")]
        report.check(path, [f"{found[0]} (repair: {FORMATTER} -i {path})"] if found else [])
    report.check("clang-format ran", [] if done.returncode == 0 else [done.stdout[:2000]])
    report.finish()


if __name__ == "__main__":
    main(sys.argv[1])
