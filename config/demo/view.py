"""The live view and the closing summary of config/demo/run: reads what the parts publish, and acts on
nothing.

    view.py live --dir DIR --api URL --emulator URL [--seconds N]
    view.py summary --dir DIR --api URL --emulator URL

DIR holds web.jsonl and control.jsonl, the two load generators' lines; the summary reads them and
what `live` noted in DIR/seen.json.
"""

import argparse
import contextlib
import json
import os
import sqlite3
import sys
import time
import urllib.request

BARS = " ▁▂▃▄▅▆▇█"
WIDTH = 60


def fetch(url):
    """The JSON at `url`, or {} while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return {}


def load_lines(path):
    """The generator's lines so far; the last one may be half written."""
    lines = []
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                try:
                    lines.append(json.loads(line))
                except ValueError:
                    pass
    except FileNotFoundError:
        pass
    return lines


def milliseconds(value):
    return "      –" if value is None else f"{value:>7,.0f}".replace(",", " ")


def sparkline(values):
    """The last WIDTH values as one line of bars."""
    shown = values[-WIDTH:]
    highest = max(shown, default=0) or 1
    return "".join(BARS[min(8, round(8 * v / highest))] for v in shown)


class Picture:
    """One second of the demonstration, from all sources."""

    def __init__(self, arguments):
        web = load_lines(os.path.join(arguments.dir, "web.jsonl"))
        control = load_lines(os.path.join(arguments.dir, "control.jsonl"))
        self.seconds = [line for line in web if "t" in line]
        self.control = [line for line in control if "t" in line]
        self.is_over = bool(web and control and "summary" in web[-1] and "summary" in control[-1])
        status = fetch(arguments.api + "/api/v1/status")
        self.workload = next(iter(status.get("workloads", [])), None)  # None: nobody answers
        self.mode = status.get("mode", "")
        self.cloud = fetch(arguments.emulator + "/_emulator/state")

    def latest(self, lines):
        return lines[-1] if lines else {}

    def asked(self, key):
        """A member of Spillway's status; None while it does not answer, which is not zero."""
        return None if self.workload is None else self.workload.get(key)

    def phases(self):
        counts = {}
        for group in self.asked("groups") or []:
            phase = group.get("phase", "?")
            counts[phase] = counts.get(phase, 0) + 1
        return counts

    def base(self):
        return (self.asked("base") or {}).get("ready", "?")

    def serving(self):
        return "?" if self.workload is None else self.phases().get("serving", 0)

    def wanted(self):
        if self.workload is None:
            return "Spillway does not answer"
        return f"{self.asked('desired')} wanted: {self.asked('because')}"

    def cost(self):
        return self.cloud.get("costUsd", 0.0)


def block(picture, duration, history):
    """The refreshing block of a terminal, as lines."""
    web, control = picture.latest(picture.seconds), picture.latest(picture.control)
    t = web.get("t", 0)
    phases = ", ".join(f"{n} {phase}" for phase, n in sorted(picture.phases().items()))
    slo = history["slo_ms"]

    def latency(line):
        return (f"p95 {milliseconds(line.get('p95_ms'))} ms   late {100 * line.get('late_share', 0):5.1f} %"
                f"   errors {line.get('errors', 0):>3}/s")

    return [
        f"\033[1mSpillway demo\033[0m  {t // 60}:{t % 60:02d} of {duration // 60}:{duration % 60:02d}"
        f"   mode {picture.mode or 'starting'}   promise: answers within {slo} ms",
        "",
        f"load      {web.get('offered_rps', 0):6.0f} req/s   {sparkline(history['load'])}",
        f"Spillway  {latency(web)}",
        f"without   {latency(control)}   (same load, same base, no burst)",
        f"replicas  base {picture.base()} + burst {picture.serving():>2}   {sparkline(history['burst'])}",
        f"groups    {phases or 'none'}",
        f"decision  {picture.wanted()}",
        f"cost      ${picture.cost():.4f} by the emulator's meter at ACI's prices",
    ]


def one_line(picture):
    web, control = picture.latest(picture.seconds), picture.latest(picture.control)
    return (f"t={web.get('t', 0):3}s load={web.get('offered_rps', 0):5.0f}/s "
            f"p95={milliseconds(web.get('p95_ms')).strip()} ms "
            f"without={milliseconds(control.get('p95_ms')).strip()} ms "
            f"base={picture.base()} burst={picture.serving()} {picture.wanted()} "
            f"cost=${picture.cost():.4f}")


def live(arguments):
    history = {"load": [], "burst": [], "slo_ms": arguments.slo}
    is_terminal = sys.stdout.isatty()
    seen = {"most_burst": 0, "created": set()}
    drawn, last_line, began = 0, 0.0, time.monotonic()
    while True:
        picture = Picture(arguments)
        history["load"] = [line["offered_rps"] for line in picture.seconds]
        if picture.workload is not None:
            history["burst"].append(picture.serving())
            seen["most_burst"] = max(seen["most_burst"], picture.serving())
        seen["created"] |= {group["name"] for group in picture.cloud.get("groups", [])}
        with open(os.path.join(arguments.dir, "seen.json"), "w", encoding="utf-8") as file:
            json.dump({**seen, "created": len(seen["created"])}, file)
        if is_terminal:
            lines = block(picture, arguments.seconds, history)
            sys.stdout.write(f"\033[{drawn}F" * (drawn > 0) + "".join(f"\033[K{l}\n" for l in lines))
            sys.stdout.flush()
            drawn = len(lines)
        elif time.monotonic() - last_line >= 5:
            last_line = time.monotonic()
            print(one_line(picture), flush=True)
        if picture.is_over:
            return 0
        if time.monotonic() - began > arguments.seconds + 60:
            print("the load has not ended in time", file=sys.stderr)
            return 1
        time.sleep(1)


def row(name, figures):
    return (f"  {name:26}{milliseconds(figures.get('p50_ms'))}  {milliseconds(figures.get('p95_ms'))}  "
            f"{milliseconds(figures.get('p99_ms'))}   {100 * figures.get('late_share', 0):6.1f} %  "
            f"{figures.get('ok', 0):7}  {figures.get('errors', 0):7}")


def ledger(directory):
    """(groups, dollars) by Spillway's own records: whole seconds from the first pull to the end, at the
    price of the offer. (None, None) if there are no records."""
    path = os.path.join(directory, "state", "spillway.db")
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as records:
            return records.execute("""
                SELECT count(*), sum((coalesce(billed_until, closed_at, billed_from) - billed_from + 999) / 1000
                                     * price) / 3600e9 FROM group_record""").fetchone()
    except sqlite3.Error:
        return None, None


def summary(arguments):
    totals = {}
    for name in ("web", "control"):
        lines = load_lines(os.path.join(arguments.dir, name + ".jsonl"))
        totals[name] = next((line for line in lines if "summary" in line), {})
    with open(os.path.join(arguments.dir, "seen.json"), encoding="utf-8") as file:
        seen = json.load(file)
    state = fetch(arguments.emulator + "/_emulator/state")
    with_burst = "with burst (Spillway)" if arguments.burst == "yes" else "Spillway observing only"
    print(f"\nSame arrivals at the same time on two equal pools of 3 base replicas, "
          f"{totals['web'].get('sent', 0)} requests each; promise {arguments.slo} ms:\n")
    print(f"  {'':26}{'p50 ms':>7}  {'p95 ms':>7}  {'p99 ms':>7}   {'late':>8}  {'answers':>7}  {'errors':>7}")
    print(row(with_burst, totals["web"]))
    print(row("without burst", totals["control"]))
    print("  while the load was at least half its peak:")
    print(row("  " + with_burst, totals["web"].get("peak", {})))
    print(row("  without burst", totals["control"].get("peak", {})))
    left = len(state.get("groups", [])) if state else "?"
    recorded, spent = ledger(arguments.dir)
    created = max(seen["created"], recorded or 0)  # `live` looks once a second, and may miss some
    print(f"\n  burst: {seen['most_burst']} replicas at most, {created} groups created, {left} left; "
          f"cost ${spent or 0.0:.4f} in Spillway's ledger, ${state.get('costUsd', 0.0):.4f} on the cloud's meter")
    return 0 if left == 0 else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("live", "summary"))
    parser.add_argument("--dir", required=True)
    parser.add_argument("--api", required=True)
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--seconds", type=int, default=240)
    parser.add_argument("--slo", type=int, default=300)
    parser.add_argument("--burst", default="yes")
    arguments = parser.parse_args()
    return live(arguments) if arguments.what == "live" else summary(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
