#include "controller/state/sqlite/group_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controller/state/billed_run.hpp"

namespace spillway::state {
namespace {

constexpr std::string_view columns{
    "name, workload, subscription, region, zone, priority, vcpu, memory_gb, replicas, price, "
    "template_hash, phase, since, created_at, is_unanswered, leaving_because, ip, port, "
    "serving_since, billed_from, billed_until, note, intended_at, withdrawn_at"};

constexpr std::string_view upsert{
    "INSERT INTO group_record ({}, closed_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET "
    "workload = excluded.workload, subscription = excluded.subscription, "
    "region = excluded.region, zone = excluded.zone, priority = excluded.priority, "
    "vcpu = excluded.vcpu, memory_gb = excluded.memory_gb, replicas = excluded.replicas, "
    "price = excluded.price, template_hash = excluded.template_hash, phase = excluded.phase, "
    "since = excluded.since, created_at = excluded.created_at, "
    "is_unanswered = excluded.is_unanswered, leaving_because = excluded.leaving_because, "
    "ip = excluded.ip, port = excluded.port, serving_since = excluded.serving_since, "
    "billed_from = excluded.billed_from, billed_until = excluded.billed_until, "
    "note = excluded.note, intended_at = excluded.intended_at, "
    "withdrawn_at = excluded.withdrawn_at, closed_at = excluded.closed_at"};

std::string select_where(std::string_view rest) {
  return fmt::format("SELECT {} FROM group_record WHERE {}", columns, rest);
}

/// When nothing can change about the group any more; nothing while it is open.
std::optional<TimePoint> closed_at(const GroupRecord& record) {
  if (record.state.phase != GroupPhase::gone) return std::nullopt;
  return std::max(record.billed_until.value_or(record.state.since), record.state.since);
}

GroupRecord read_group(Row& row) {
  GroupRecord record{};
  record.id.name = row.text();
  record.workload = row.text();
  record.place = {.subscription = row.text(), .region = row.text(), .zone = row.text()};
  const std::string priority{row.text()};
  if (priority == to_string(Priority::spot)) {
    record.place.priority = Priority::spot;
  } else if (priority != to_string(Priority::regular)) {
    row.fail("is neither regular nor spot");
  }
  record.size.vcpu = row.real();
  record.size.memory_gb = row.real();
  record.size.replicas.count = row.number();
  record.price.per_hour.nanos = row.integer();
  record.template_hash = row.text();
  const auto phase{group_phase_named(row.text())};
  if (!phase) row.fail("is no phase of a group");
  record.state.phase = phase.value_or(GroupPhase::stuck);
  record.state.since = row.instant();
  record.state.created_at = row.instant();
  record.state.is_unanswered = row.flag();
  if (const auto word{row.optional_text()}) {
    record.state.leaving_because = because_named(*word);
    if (!record.state.leaving_because) row.fail("is no reason");
  }
  record.ip = row.text();
  record.port = row.number();
  record.serving_since = row.optional_instant();
  record.billed_from = row.optional_instant();
  record.billed_until = row.optional_instant();
  record.note = row.text();
  record.intended_at = row.optional_instant();
  record.state.withdrawn_at = row.optional_instant();
  return record;
}

template <class... Values>
Result<std::vector<GroupRecord>> read_groups(Statement& statement, const Values&... values) {
  std::vector<GroupRecord> records{};
  const auto read{statement.rows([&](Row& row) { records.push_back(read_group(row)); }, values...)};
  if (!read) return read.error();
  return records;
}

}  // namespace

Result<GroupTable> GroupTable::open(Database& database) {
  auto write{database.prepare(fmt::format(upsert, columns))};
  if (!write) return write.error();
  auto find_one{database.prepare(select_where("name = ?"))};
  if (!find_one) return find_one.error();
  auto open{database.prepare(select_where("closed_at IS NULL ORDER BY sequence"))};
  if (!open) return open.error();
  auto prune{database.prepare(
      "DELETE FROM group_record WHERE sequence IN (SELECT sequence FROM group_record "
      "WHERE closed_at IS NOT NULL AND closed_at < ? ORDER BY closed_at LIMIT ?)")};
  if (!prune) return prune.error();
  return GroupTable{database, std::move(*write), std::move(*find_one), std::move(*open),
                    std::move(*prune)};
}

Result<void> GroupTable::write(const GroupRecord& record) {
  if (ledger_) {
    Change change{.after = billed_run(record)};
    const auto old{read_groups(find_one_, record.id.name)};
    if (!old) return old.error();
    if (!old->empty()) change.before = billed_run(old->front());
    if (change.before != change.after) changes_.push_back(std::move(change));
  }
  // Taken apart with all members: one more, and this does not compile until it has a column.
  const auto& [id, workload, place, size, price, template_hash, state, intended_at, ip, port,
               serving_since, billed_from, billed_until, note] = record;
  const auto& [subscription, region, zone, priority] = place;
  const auto& [vcpu, memory_gb, replicas] = size;
  const auto& [phase, since, created_at, is_unanswered, leaving_because, withdrawn_at] = state;
  const auto because{leaving_because ? std::optional{to_string(*leaving_because)} : std::nullopt};
  return upsert_.run(id.name, workload, subscription, region, zone, to_string(priority), vcpu,
                     memory_gb, replicas.count, price.per_hour.nanos, template_hash,
                     to_string(phase), since, created_at, is_unanswered, because, ip, port,
                     serving_since, billed_from, billed_until, note, intended_at, withdrawn_at,
                     closed_at(record));
}

void GroupTable::committed() {
  for (const Change& change : changes_) {
    if (change.before) ledger_->remove(*change.before);
    if (change.after) ledger_->add(*change.after);
  }
  changes_.clear();
}

Result<std::vector<GroupRecord>> GroupTable::open_groups() {
  return read_groups(open_);
}

Result<std::vector<GroupRecord>> GroupTable::find(const GroupQuery& query) {
  auto statement{database_->prepare(select_where(
      fmt::format("{} AND {} ORDER BY sequence DESC LIMIT ?3",
                  query.workload.empty() ? "?1 = ''" : "workload = ?1",
                  query.since ? "(closed_at IS NULL OR closed_at >= ?2)" : "?2 = 0")))};
  if (!statement) return statement.error();
  return read_groups(*statement, query.workload, query.since.value_or(TimePoint{}), query.limit);
}

Result<int> GroupTable::prune(TimePoint instant, int limit) {
  const auto done{prune_.run(instant, limit)};
  if (!done) return done.error();
  return database_->changes();
}

Result<void> GroupTable::load_ledger(TimePoint now) {
  const TimePoint month{period_starts(now).month};
  if (ledger_ && ledger_month_ <= month) {
    if (ledger_month_ < month) {
      ledger_->forget_before(now);
      ledger_month_ = month;
    }
    return {};
  }
  auto statement{database_->prepare(
      select_where("billed_from IS NOT NULL AND (closed_at IS NULL OR closed_at >= ?)"))};
  if (!statement) return statement.error();
  Ledger ledger{};
  const auto read{statement->rows(
      [&](Row& row) {
        const auto run{billed_run(read_group(row))};
        if (run && !row.error()) ledger.add(*run);
      },
      month)};
  if (!read) return read.error();
  ledger_ = std::move(ledger);
  ledger_month_ = month;
  return {};
}

Result<Spend> GroupTable::spend(const std::string& workload, TimePoint now) {
  if (const auto loaded{load_ledger(now)}; !loaded) return loaded.error();
  return ledger_->spend(workload, now);
}

Result<Spend> GroupTable::total_spend(TimePoint now) {
  if (const auto loaded{load_ledger(now)}; !loaded) return loaded.error();
  return ledger_->total(now);
}

}  // namespace spillway::state
