#include "controller/state/sqlite/schema.hpp"

#include <fmt/format.h>

#include <array>

namespace spillway::state {
namespace {

/// "SPWY": tells our files from other programs' databases.
constexpr std::int64_t our_application_id{0x53505759};

// Instants and durations are milliseconds, money is nano-dollars, enums are their words.
constexpr const char* first_step{R"sql(
CREATE TABLE group_record (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  workload TEXT NOT NULL,
  subscription TEXT NOT NULL,
  region TEXT NOT NULL,
  zone TEXT NOT NULL,
  priority TEXT NOT NULL,
  vcpu REAL NOT NULL,
  memory_gb REAL NOT NULL,
  replicas INTEGER NOT NULL,
  price INTEGER NOT NULL,
  template_hash TEXT NOT NULL,
  phase TEXT NOT NULL,
  since INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  is_unanswered INTEGER NOT NULL,
  leaving_because TEXT,
  ip TEXT NOT NULL,
  port INTEGER NOT NULL,
  serving_since INTEGER,
  billed_from INTEGER,
  billed_until INTEGER,
  note TEXT NOT NULL,
  closed_at INTEGER
) STRICT;
CREATE INDEX group_open ON group_record (sequence) WHERE closed_at IS NULL;
CREATE INDEX group_closed ON group_record (closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  workload TEXT NOT NULL,
  settings_hash TEXT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (workload, at)
) STRICT;
CREATE INDEX journal_at ON journal (at);
CREATE INDEX journal_settings ON journal (settings_hash);

CREATE TABLE late_outcome (
  id INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL REFERENCES journal (id) ON DELETE CASCADE,
  action TEXT NOT NULL,
  group_name TEXT NOT NULL,
  result TEXT NOT NULL
) STRICT;
CREATE INDEX late_outcome_entry ON late_outcome (entry, id);

CREATE TABLE start_sample (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subscription TEXT NOT NULL,
  region TEXT NOT NULL,
  zone TEXT NOT NULL,
  priority TEXT NOT NULL,
  took INTEGER NOT NULL
) STRICT;
CREATE INDEX start_sample_place ON start_sample (subscription, region, zone, priority, id);

CREATE TABLE settings (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL UNIQUE,
  document TEXT NOT NULL
) STRICT;
)sql"};

constexpr const char* second_step{R"sql(
CREATE TABLE kept_text (
  key TEXT PRIMARY KEY,
  text TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
)sql"};

// A group of an older run was not moved or adopted, as far as is known: its entry is that of its
// creation.
constexpr const char* third_step{R"sql(
ALTER TABLE group_record ADD COLUMN intended_at INTEGER;
ALTER TABLE group_record ADD COLUMN withdrawn_at INTEGER;
UPDATE group_record SET intended_at = created_at;
)sql"};

// Whether a virtual node's pod or a standby pool was still charged for stood in the last words of
// its note alone, while `billed_until` moved with every look. The words are read here, once, and
// nowhere else: what they do not call ended has no end any more, and is charged for up to the same
// instant as before. Of a pool's records only the last one can be without an end.
constexpr const char* fourth_step{R"sql(
UPDATE group_record SET since = billed_until, billed_until = NULL
WHERE phase = 'gone' AND billed_until IS NOT NULL AND (
  (workload GLOB 'node/*' AND note NOT GLOB '*, gone') OR
  (note NOT GLOB '*, removed' AND sequence IN (
    SELECT max(sequence) FROM group_record WHERE name GLOB 'standby *' GROUP BY workload)));
)sql"};

constexpr std::array steps{first_step, second_step, third_step, fourth_step};
constexpr std::int64_t our_version{std::ssize(steps)};

/// The version of a database of ours; zero for a new one. An error for any other.
Result<std::int64_t> known_version(Database& database) {
  const auto version{database.number("PRAGMA user_version")};
  if (!version) return version.error();
  const auto application{database.number("PRAGMA application_id")};
  if (!application) return application.error();
  const auto tables{database.number("SELECT count(*) FROM sqlite_schema")};
  if (!tables) return tables.error();
  const bool is_new{*version == 0 && *application == 0 && *tables == 0};
  if (!is_new && *application != our_application_id) {
    return Error{Errc::malformed,
                 "the state database was made by another program; set state.directory to a "
                 "directory of Spillway's own"};
  }
  if (*version > our_version) {
    return Error{Errc::malformed,
                 fmt::format("the state database was written by a newer Spillway (its version is "
                             "{}, this program knows {}); start that one, or set state.directory "
                             "to another place",
                             *version, our_version)};
  }
  return *version;
}

}  // namespace

Result<void> migrate(Database& database) {
  auto transaction{Transaction::begin(database)};
  if (!transaction) return transaction.error();
  const auto version{known_version(database)};
  if (!version) return version.error();
  if (*version == our_version) return {};
  for (auto step{static_cast<std::size_t>(*version)}; step < steps.size(); ++step) {
    if (auto done{database.execute(steps[step])}; !done) return done;
  }
  const std::string marks{fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};",
                                      our_application_id, our_version)};
  if (auto marked{database.execute(marks.c_str())}; !marked) return marked;
  return transaction->commit();
}

Result<void> check_version(Database& database) {
  const auto version{known_version(database)};
  if (!version) return version.error();
  if (*version < our_version) {
    return Error{Errc::malformed,
                 fmt::format("the state database has version {}, this program reads {}; start "
                             "`spillway run` once to bring it up to date",
                             *version, our_version)};
  }
  return {};
}

}  // namespace spillway::state
