"""Who may include whom: the dependency rules of the project, as one table.

A file belongs to the longest matching prefix on the left; each of its project includes must match
a prefix on the right. Own folder is always allowed. Third-party headers that cost a layer its
property (sockets in a policy, YAML outside the settings) are the second table.
"""

import os
import sys

from project import CODE, Report, includes, read, sources

# The interface headers: what `loop` may see of the adapters, and adapters implement.
INTERFACES = (
    "controller/cluster/cluster.hpp",
    "controller/provider/burst_provider.hpp",
    "controller/provider/standby_pools.hpp",
    "controller/provider/terminals.hpp",
    "controller/provider/vm_pool.hpp",
    "controller/provider/vm_pool_limits.hpp",
    "controller/state/store.hpp",
    "controller/traffic/reconcile.hpp",  # a pure function that all balancers share
    "controller/traffic/traffic.hpp",
    "metrics/metric_source.hpp",
)

ADAPTER = ("controller/core/", "controller/io/")

# What the config file says about each adapter: settings without the adapter.
ADAPTER_SETTINGS = (
    "controller/cluster/docker_swarm/settings.hpp",
    "controller/cluster/marathon/settings.hpp",
    "controller/cluster/none/settings.hpp",
    "controller/cluster/static_vms/settings.hpp",
    "controller/provider/aci/aci_settings.hpp",
    "controller/provider/aci/template_rules.hpp",  # pure: what `check` says before anything is sent
    "controller/provider/vm_pool_limits.hpp",
    "controller/traffic/haproxy/settings.hpp",
    "controller/traffic/http_sd/settings.hpp",
    "controller/traffic/template_file/template.hpp",  # pure: `check` parses templates
    "controller/virtual_node/settings.hpp",
    "metrics/file/file_settings.hpp",
    "metrics/haproxy/haproxy_settings.hpp",
    "metrics/haproxy/stats_query.hpp",  # its language, which `check` reads: pure
    "metrics/prometheus/promql_fault.hpp",  # likewise
    "metrics/prometheus/prometheus_settings.hpp",
    "metrics/signal_settings.hpp",
)

ALLOWED = {
    "controller/core/": (),
    "policies/": ("controller/core/",),
    "controller/io/": ("controller/core/",),
    "metrics/": ADAPTER,
    "controller/provider/": ADAPTER,
    # The API client that the Kubernetes adapters of several families share.
    "controller/kubernetes/": ADAPTER,
    "controller/cluster/": ADAPTER,
    "controller/cluster/kubernetes/": ADAPTER + ("controller/cluster/", "controller/kubernetes/"),
    "controller/traffic/": ADAPTER,
    "controller/traffic/endpoint_slice/": ADAPTER + ("controller/traffic/",
                                                     "controller/kubernetes/"),
    "controller/virtual_node/": ADAPTER + ("controller/kubernetes/",
                                           "controller/provider/burst_provider.hpp",
                                           "controller/provider/terminals.hpp"),
    "controller/state/": ADAPTER,
    "controller/settings/": ADAPTER + ("policies/",) + ADAPTER_SETTINGS,
    "controller/loop/": ADAPTER + ("policies/",) + INTERFACES,
    "controller/backtest/": ("controller/core/", "policies/"),
    "controller/api/": ADAPTER + ("controller/loop/", "policies/") + INTERFACES,
    # `wiring` alone names concrete adapters; only `main` starts commands.
    "controller/wiring": ("controller/", "policies/", "metrics/"),
    "controller/cli/": ("controller/", "policies/", "metrics/"),
    "controller/main.cpp": ("controller/",),
    # The emulator shares no code with the provider: otherwise both would share one misreading.
    "tests/emulator/": ("controller/core/error.hpp", "controller/core/units.hpp"),
    "tests/support/": ("controller/", "policies/", "metrics/"),
    "tests/": ("controller/", "policies/", "metrics/", "tests/", "config/demo/"),
    "config/demo/": (),
}

# Allowed by the row above, and yet not: a folder that others must not reach into.
FORBIDDEN = {
    "controller/": ("controller/cli/",),
    "controller/cli/": (),
    "controller/main.cpp": (),
}

# A third-party header, and the only places that may include it.
THIRD_PARTY = {
    "yaml-cpp/": ("controller/settings/", "controller/kubernetes/yaml_json.cpp", "tests/"),
    "sqlite3.h": ("controller/state/", "tests/"),
    "lua": ("policies/script/",),
    "CLI/": ("controller/cli/", "controller/main.cpp", "tests/emulator/", "config/demo/"),
    "prometheus/": ("metrics/exported/", "tests/"),
    "spdlog/": ("controller/io/", "controller/loop/", "controller/wiring", "controller/cli/",
                "controller/main.cpp", "tests/"),
    "boost/beast": ("controller/io/", "tests/", "config/demo/"),
    "boost/asio/ssl": ("controller/io/", "tests/"),
    "openssl/": ("controller/io/", "tests/"),
}


def row_of(path, table):
    """The longest prefix in `table` that `path` starts with, or None."""
    return max((p for p in table if path.startswith(p)), key=len, default=None)


def folder_of(row):
    return row if row.endswith("/") else ""


def is_allowed(path, target):
    row = row_of(path, ALLOWED)
    if row is None:
        return False
    if row == "controller/wiring" and target.startswith("controller/wiring"):
        return True
    if target.startswith(FORBIDDEN.get(row_of(path, FORBIDDEN), ())):
        return False
    # The config names adapters by their settings, plain data that each declares beside itself.
    if row == "controller/settings/" and target.endswith("settings.hpp"):
        return True
    own = folder_of(row)
    return (bool(own) and target.startswith(own)) or target.startswith(ALLOWED[row])


def is_third_party_allowed(path, target):
    return all(path.startswith(places)
               for header, places in THIRD_PARTY.items() if target.startswith(header))


# The table is itself tested: what must pass, and what must not.
EXAMPLES = (
    ("controller/core/plan.hpp", "controller/core/group.hpp", True),
    ("controller/core/plan.hpp", "policies/policy.hpp", False),
    ("policies/combine/arbiter.cpp", "controller/core/decision.hpp", True),
    ("policies/combine/arbiter.cpp", "controller/io/clock.hpp", False),
    ("controller/provider/aci/list.cpp", "controller/io/retry.hpp", True),
    ("controller/provider/aci/list.cpp", "controller/traffic/traffic.hpp", False),
    ("controller/loop/tick.cpp", "metrics/metric_source.hpp", True),
    ("controller/loop/tick.cpp", "metrics/prometheus/source.hpp", False),
    ("controller/settings/families.hpp", "controller/provider/aci/aci_settings.hpp", True),
    ("controller/settings/families.hpp", "controller/provider/aci/aci_provider.hpp", False),
    ("controller/wiring.cpp", "metrics/prometheus/source.hpp", True),
    ("controller/wiring.cpp", "controller/cli/run.hpp", False),
    ("controller/cli/run.cpp", "controller/wiring.hpp", True),
    ("controller/main.cpp", "controller/cli/command.hpp", True),
    ("tests/emulator/main.cpp", "controller/provider/aci/list.hpp", False),
    ("tests/emulator/main.cpp", "controller/core/units.hpp", True),
    ("tests/emulator/main.cpp", "tests/emulator/group.hpp", True),
)


def main(root):
    report = Report()
    for path, target, wanted in EXAMPLES:
        report.check(f"rule: {path} -> {target}",
                     [] if is_allowed(path, target) == wanted
                     else [f"the table should say {'yes' if wanted else 'no'}"])
    for path in sources(root, *CODE):
        problems = []
        for line, kind, target in includes(read(root, path)):
            where = f"{path}:{line}"
            if kind == "system":
                if not is_third_party_allowed(path, target):
                    problems.append(f"{where}: <{target}> does not belong into this folder")
            elif not os.path.isfile(os.path.join(root, target)):
                problems.append(f'{where}: "{target}" is not a path from the project root')
            elif not is_allowed(path, target):
                row = row_of(path, ALLOWED)
                may = ", ".join(ALLOWED[row]) if row and ALLOWED[row] else "its own folder only"
                problems.append(f'{where}: must not include "{target}" (allowed: {may})')
        report.check(path, problems)
    report.finish()


if __name__ == "__main__":
    main(sys.argv[1])
