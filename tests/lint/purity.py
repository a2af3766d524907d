"""controller/core and policies are pure: no clock, IO, random source, logger, thread or global.

A decision can be recomputed bit for bit from its journal entry only while this holds.
"""

import re
import sys

from project import CODE, Report, includes, read, sources, without_noise

PURE = ("controller/core/", "policies/")

# Headers that bring an effect with them.
HEADERS = re.compile(
    r"^(spdlog/|boost/asio|boost/beast|sys/|netinet/|arpa/|openssl/|sqlite3|yaml-cpp/|prometheus/"
    r"|(thread|mutex|shared_mutex|condition_variable|future|atomic|random|fstream|iostream"
    r"|filesystem|ctime|time\.h|unistd\.h|fcntl\.h|pthread\.h|csignal|stop_token|semaphore)$)")

# Words that read the world or change it. `std::` and member access are checked by the pattern.
EFFECTS = (
    (re.compile(r"\b(?:system|steady|high_resolution|utc|file)_clock\s*::\s*now\b"), "a clock"),
    (re.compile(r"(?<![\w.>:])(?:std::|::)?(?:time|clock|gettimeofday|clock_gettime|localtime|gmtime)"
                r"\s*\("), "a clock"),
    (re.compile(r"\b(?:current_zone|get_tzdb)\s*\("), "the machine's time zone"),
    (re.compile(r"(?<![\w.>])(?:std::)?(?:rand|srand|random)\s*\(|\brandom_device\b|\bmt19937"),
     "a random source"),
    (re.compile(r"\b(?:std::)?(?:cout|cerr|clog|cin)\b|(?<![\w.>])(?:std::)?(?:printf|fprintf|puts"
                r"|fputs|fopen|fwrite|getenv|setenv|system)\s*\("), "input or output"),
    (re.compile(r"\bfmt::print\s*\("), "input or output"),
    (re.compile(r"\b(?:thread_local|std::(?:mutex|thread|jthread|atomic))\b"), "a thread"),
    (re.compile(r"^\s*static\s+(?!const\b|constexpr\b|constinit const\b|_?assert|inline constexpr\b)"
                r"[\w:<>,\s*&]+[=;{]\s*[^()]*;", re.MULTILINE), "mutable static state"),
)

# The one effect the pure ring may have: saying which invariant broke, on its way out.
EXCEPTIONS = {"controller/core/error.cpp": ("input or output",)}


def problems_in(path, text):
    problems = []
    for line, _, target in includes(text):
        if HEADERS.match(target):
            problems.append(f"{path}:{line}: <{target}> brings an effect into the pure ring")
    code = without_noise(text)
    for pattern, what in EFFECTS:
        if what in EXCEPTIONS.get(path, ()):
            continue
        for match in pattern.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            problems.append(f"{path}:{line}: `{match.group(0).strip()}` is {what}; "
                            "pass the value in (time arrives as Snapshot::taken_at)")
    return problems


EXAMPLES = (
    ("auto now = std::chrono::system_clock::now();", False),
    ("// std::chrono::system_clock::now() is not read here", True),
    ("int x = std::rand();", False),
    ("std::time(nullptr);", False),
    ("price.for_time(90s);", True),
    ("Money for_time(Duration time) const;", True),
    ("std::cerr << 1;", False),
    ("#include <thread>", False),
    ("static int calls = 0;", False),
    ("static constexpr int limit = 0;", True),
    ("static Reading fresh(double value, TimePoint at);", True),
    ('auto words = "time (s)";', True),
)


def main(root):
    report = Report()
    for text, wanted in EXAMPLES:
        report.check(f"rule: {text}",
                     [] if (not problems_in("x.cpp", text)) == wanted
                     else [f"should be {'accepted' if wanted else 'rejected'}"])
    for path in sources(root, *CODE):
        if path.startswith(PURE):
            report.check(path, problems_in(path, read(root, path)))
    report.finish()


if __name__ == "__main__":
    main(sys.argv[1])
