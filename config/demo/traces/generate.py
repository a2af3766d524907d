#!/usr/bin/env python3
"""Writes the synthetic traces beside this file: small loads with one difficulty each.

They are for demonstrations and tests. How good a policy is shows on recorded loads.
The same output on every machine: the noise is a hash, rounded to three digits.
"""

import hashlib
import math
import os

DAY = 86400


def noise(name, index):
    """Uniform in [-1, 1)."""
    digest = hashlib.sha256(f"{name} {index}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**47 - 1


def daily(t):
    """0 at four in the morning, 1 at four in the afternoon."""
    return 0.5 - 0.5 * math.cos(2 * math.pi * (t / DAY - 4 / 24))


def diurnal(t):
    return 20 + 60 * daily(t)


def flash_crowd(t):
    since = t - 13 * 3600
    crowd = 0 if since < 0 else 140 * (1 - math.exp(-since / 60)) * math.exp(-since / 2400)
    return 30 + 15 * daily(t) + crowd


def on_off(t):
    return 90 if t % 2700 < 600 else 12


def steps(t):
    return (40, 40, 75, 75, 55, 90, 90, 45)[int(t // 21600) % 8]


def hourly_batch(t):
    return 35 + 20 * daily(t) + (60 if t % 3600 < 420 else 0)


TRACES = {  # name: (shape, length, step, noise as a share)
    "diurnal": (diurnal, 3 * DAY, 300, 0.05),
    "flash_crowd": (flash_crowd, DAY, 60, 0.04),
    "hourly_batch": (hourly_batch, 2 * DAY, 120, 0.05),
    "on_off": (on_off, DAY // 4, 30, 0.1),
    "steps": (steps, 2 * DAY, 300, 0.03),
}


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    for name, (shape, length, step, share) in TRACES.items():
        with open(os.path.join(folder, name + ".csv"), "w", encoding="utf-8") as file:
            file.write("t_s,value\n")
            for index in range(length // step):
                middle = (index + 0.5) * step
                value = shape(middle) * (1 + share * noise(name, index))
                file.write(f"{index * step},{value:.3f}\n")


if __name__ == "__main__":
    main()
