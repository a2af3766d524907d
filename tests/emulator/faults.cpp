#include "tests/emulator/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<FaultKind, std::string_view>, 18> names{{
    {FaultKind::error, "error"},
    {FaultKind::throttle, "throttle"},
    {FaultKind::lost_request, "lost_request"},
    {FaultKind::lost_answer, "lost_answer"},
    {FaultKind::delay, "delay"},
    {FaultKind::truncated_body, "truncated_body"},
    {FaultKind::garbage_body, "garbage_body"},
    {FaultKind::oversize_body, "oversize_body"},
    {FaultKind::slow_create, "slow_create"},
    {FaultKind::slow_delete, "slow_delete"},
    {FaultKind::stuck_create, "stuck_create"},
    {FaultKind::failed_start, "failed_start"},
    {FaultKind::stuck_delete, "stuck_delete"},
    {FaultKind::capacity_refused, "capacity_refused"},
    {FaultKind::quota_exhausted, "quota_exhausted"},
    {FaultKind::stale_list, "stale_list"},
    {FaultKind::clock_skew, "clock_skew"},
    {FaultKind::lost_next_link, "lost_next_link"},
}};

ArmError invalid(std::string message, std::string target) {
  return bad_request("InvalidFault", std::move(message), std::move(target));
}

bool needs_seconds(FaultKind kind) {
  return kind == FaultKind::slow_create || kind == FaultKind::slow_delete ||
         kind == FaultKind::delay || kind == FaultKind::stale_list || kind == FaultKind::clock_skew;
}

/// Reads members of one admin document; the first complaint wins.
struct Reader {
  const json::object& document;
  std::optional<ArmError> error{};

  const json::value* member(std::string_view key) const {
    const json::value* found{document.if_contains(key)};
    return found != nullptr && !found->is_null() ? found : nullptr;
  }
  void text(std::string_view key, std::string& into) {
    const json::value* found{member(key)};
    if (found == nullptr) return;
    if (found->is_string()) {
      into = found->get_string();
    } else {
      complain(key, "a string");
    }
  }
  std::optional<double> number(std::string_view key, double least, double most) {
    const json::value* found{member(key)};
    if (found == nullptr) return std::nullopt;
    const double value{found->is_number() ? found->to_number<double>() : least - 1};
    if (value >= least && value <= most) return value;
    complain(key, fmt::format("a number from {} to {}", least, most));
    return std::nullopt;
  }
  void complain(std::string_view key, std::string_view expected) {
    if (!error) {
      error = invalid(
          fmt::format("'{}' must be {}, not {}.", key, expected, json::serialize(document.at(key))),
          std::string{key});
    }
  }
};

std::optional<ArmError> unknown_key(const json::object& document) {
  static constexpr std::array known{"fault",   "method",        "path",        "group",
                                    "region",  "count",         "probability", "forSeconds",
                                    "status",  "code",          "message",     "retryAfter",
                                    "seconds", "recoversAfter", "bytes"};
  for (const auto& [key, value] : document) {
    if (std::find(known.begin(), known.end(), std::string_view{key}) == known.end()) {
      return invalid(fmt::format("'{}' is not a key of a fault; the keys are {}.",
                                 std::string_view{key}, fmt::join(known, ", ")),
                     std::string{key});
    }
  }
  return std::nullopt;
}

Outcome<FaultKind> read_kind(const json::object& document) {
  const json::value* kind{document.if_contains("fault")};
  std::string allowed;
  for (const auto& [value, name] : names) {
    if (kind != nullptr && kind->is_string() && kind->get_string() == name) return value;
    allowed += (allowed.empty() ? "" : ", ") + std::string{name};
  }
  return invalid("'fault' must be one of: " + allowed + ".", "fault");
}

bool matches(const std::string& pattern, const std::string& text) {
  return pattern.empty() || matches_glob(pattern, text);
}

bool applies(const Fault& fault, FaultKind kind, const FaultSubject& subject, TimePoint now) {
  return fault.kind == kind && (!fault.until || now < *fault.until) &&
         (!fault.count || *fault.count > 0) && matches(fault.method, subject.method) &&
         matches(fault.path, subject.path) && matches(fault.group, subject.group) &&
         matches(fault.region, subject.region);
}

}  // namespace

std::string_view fault_name(FaultKind kind) {
  return std::find_if(names.begin(), names.end(), [&](const auto& n) { return n.first == kind; })
      ->second;
}

Outcome<Fault> read_fault(const json::object& document, TimePoint now) {
  if (auto error{unknown_key(document)}) return *std::move(error);
  auto kind{read_kind(document)};
  if (!kind) return kind.error();
  Fault fault{.kind = *kind};
  Reader reader{document};
  reader.text("method", fault.method);
  reader.text("path", fault.path);
  reader.text("group", fault.group);
  reader.text("region", fault.region);
  reader.text("code", fault.code);
  reader.text("message", fault.message);
  fault.region = region_name(fault.region);
  // A condition lasts until it is removed; an event strikes once: unless the document says
  // otherwise.
  const bool condition{fault.kind == FaultKind::stale_list || fault.kind == FaultKind::clock_skew};
  if (condition) fault.count = std::nullopt;
  if (const json::value * count{document.if_contains("count")}; count != nullptr) {
    fault.count = std::nullopt;  // null: until it is removed
    if (const auto n{reader.number("count", 1, 1e9)}) fault.count = static_cast<int>(*n);
  }
  fault.probability = reader.number("probability", 0, 1).value_or(1.0);
  if (const auto lasts{reader.number("forSeconds", 0, 1e9)}) {
    fault.until = now + duration_of_seconds(*lasts);
  }
  if (const auto status{reader.number("status", 200, 599)}) {
    fault.status = static_cast<unsigned>(*status);
  }
  if (const auto wait{reader.number("retryAfter", 0, 86400)}) {
    fault.retry_after = static_cast<int>(*wait);
  }
  fault.seconds = reader.number("seconds", -1e6, 1e6);
  fault.recovers_after = reader.number("recoversAfter", 0, 1e6);
  if (const auto bytes{reader.number("bytes", 1, 256e6)}) {
    fault.bytes = static_cast<std::size_t>(*bytes);
  }
  if (reader.error) return *std::move(reader.error);
  if (needs_seconds(fault.kind) && !fault.seconds) {
    return invalid(fmt::format("'{}' needs 'seconds'.", fault_name(fault.kind)), "seconds");
  }
  if (needs_seconds(fault.kind) && fault.kind != FaultKind::clock_skew && *fault.seconds < 0) {
    return invalid("'seconds' must not be negative here.", "seconds");
  }
  return fault;
}

json::object show_fault(const Fault& fault) {
  json::object shown{{"id", fault.id}, {"fault", fault_name(fault.kind)}, {"struck", fault.struck}};
  if (!fault.method.empty()) shown["method"] = fault.method;
  if (!fault.path.empty()) shown["path"] = fault.path;
  if (!fault.group.empty()) shown["group"] = fault.group;
  if (!fault.region.empty()) shown["region"] = fault.region;
  shown["count"] = fault.count ? json::value(*fault.count) : json::value(nullptr);
  if (fault.probability < 1) shown["probability"] = fault.probability;
  if (fault.until) shown["until"] = to_string(*fault.until);
  return shown;
}

std::uint64_t Faults::add(Fault fault) {
  fault.id = next_id_++;
  const std::uint64_t id{fault.id};
  faults_[id] = std::move(fault);
  return id;
}

bool Faults::remove(std::uint64_t id) {
  return faults_.erase(id) > 0;
}

std::optional<Fault> Faults::take(FaultKind kind, const FaultSubject& subject, TimePoint now) {
  for (auto& [id, fault] : faults_) {
    if (!applies(fault, kind, subject, now)) continue;
    if (fault.probability < 1.0 &&
        std::uniform_real_distribution<double>{0, 1}(random_) >= fault.probability) {
      continue;
    }
    if (fault.count) --*fault.count;
    ++fault.struck;
    return fault;
  }
  return std::nullopt;
}

const Fault* Faults::active(FaultKind kind, const FaultSubject& subject, TimePoint now) const {
  for (const auto& [id, fault] : faults_) {
    if (applies(fault, kind, subject, now)) return &fault;
  }
  return nullptr;
}

json::array Faults::show() const {
  json::array shown;
  for (const auto& [id, fault] : faults_) shown.push_back(show_fault(fault));
  return shown;
}

}  // namespace spillway::emulator
