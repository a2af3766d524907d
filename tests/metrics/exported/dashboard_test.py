"""The Grafana dashboard that ships: every query is PromQL to Prometheus' own tool, and asks only for
families that the table in metrics/exported/README.md has.

    dashboard_test.py ROOT PROMTOOL
"""

import json
import os
import re
import subprocess
import sys
import tempfile

FAMILY = re.compile(r"\bspillway_[a-z0-9_]+")
ROW = re.compile(r"^\| `(spillway_[a-z0-9_]+)` \| (\w+)", re.MULTILINE)


def queries(dashboard):
    """`(where, PromQL)` of every panel and annotation."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield f"panel \"{panel['title']}\"", target["expr"]
    for each in dashboard["annotations"]["list"]:
        yield f"annotation \"{each['name']}\"", each["expr"]


def plain(expression):
    """What Grafana would send for all workloads."""
    return expression.replace("$__rate_interval", "1m").replace("$workload", ".*")


def known_families(table):
    names = set()
    for name, kind in ROW.findall(table):
        names |= {name + end for end in ("_bucket", "_sum", "_count")} if kind == "histogram" else {name}
    return names


def main(root, promtool):
    with open(os.path.join(root, "config/deploy/grafana/spillway.json"), encoding="utf-8") as file:
        dashboard = json.load(file)
    with open(os.path.join(root, "metrics/exported/README.md"), encoding="utf-8") as file:
        known = known_families(file.read())
    problems = []
    asked = list(queries(dashboard))
    if len(asked) < 10 or len(known) < 20:
        problems.append(f"only {len(asked)} queries and {len(known)} families were found")
    for where, query in asked:
        problems += [f"{where}: no family {name}" for name in FAMILY.findall(query) if name not in known]
    ids = [panel["id"] for panel in dashboard["panels"]]
    if len(set(ids)) != len(ids):
        problems.append("two panels have one id")
    rules = [{"record": f"check:query{index}", "expr": plain(query)}
             for index, (_, query) in enumerate(asked)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)  # JSON is YAML
        file.flush()
        check = subprocess.run([promtool, "check", "rules", file.name], capture_output=True, text=True,
                               check=False)
        if check.returncode != 0:
            problems.append(check.stdout + check.stderr)
    for problem in problems:
        print("FAILED", problem)
    print(f"{len(asked)} queries, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
