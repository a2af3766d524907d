#include "controller/traffic/haproxy/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "controller/io/http.hpp"
#include "controller/traffic/haproxy/table.hpp"
#include "controller/traffic/haproxy/wording.hpp"

namespace spillway::haproxy {

namespace {

/// Bits of `srv_admin_state`: HAProxy's SRV_ADMF_*. 0x04 only says that the config file began with
/// `disabled`, and stays after the server was made ready.
constexpr int maintenance_bits{0x01 | 0x02 | 0x20 | 0x40};
constexpr int drain_bits{0x08 | 0x10};
/// Bits of `srv_check_state`: HAProxy's CHK_ST_*.
constexpr int check_configured{0x02};
constexpr int check_enabled{0x04};

/// What HAProxy means by a refusal.
Error refusal(std::string_view answer) {
  const std::string words{io::excerpt(answer)};
  if (is_blank(answer)) return {Errc::malformed, "an empty answer"};
  if (says(answer, "Permission denied")) {
    return {Errc::denied,
            "HAProxy says `Permission denied`: its `stats socket` needs `level admin`"};
  }
  if (says(answer, "No such server")) return {Errc::not_found, words};
  if (says(answer, "still has connections")) return {Errc::transitioning, words};
  if (says(answer, "Can't find backend") || says(answer, "No such backend") ||
      says(answer, "No such proxy")) {
    return {Errc::bad_request, "HAProxy has no such backend: check the setting `backend`"};
  }
  if (says(answer, "Unknown command") || says(answer, "experimental mode")) {
    return {Errc::bad_request,
            "this HAProxy cannot add servers at run time: take 2.6 or later, or use `slots`"};
  }
  if (says(answer, "'ca-file'") || says(answer, "SSL certificate")) {
    return {Errc::bad_request,
            fmt::format("HAProxy says `{}`: it reads no such file at run time, so HAProxy's own "
                        "config has to name it as well, be it on a `server` line that is disabled",
                        words)};
  }
  return {Errc::bad_request, fmt::format("HAProxy says `{}`", words)};
}

std::optional<int> number(std::string_view text) {
  int value{0};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error bad_row(std::string_view table) {
  return {Errc::malformed, fmt::format("a row of `{}` is not what HAProxy writes", table)};
}

Result<Server> state_row(const Table& table, std::size_t row) {
  const auto port = number(table.cell(row, "srv_port"));
  const auto weight = number(table.cell(row, "srv_uweight"));
  const auto admin = number(table.cell(row, "srv_admin_state"));
  const auto check = number(table.cell(row, "srv_check_state"));
  const std::string_view name{table.cell(row, "srv_name")};
  if (name.empty() || !port || *port < 0 || *port > 65535 || !weight || *weight < 0 ||
      *weight > 256 || !admin || !check) {
    return bad_row("show servers state");
  }
  return Server{
      .name = std::string{name},
      .ip = std::string{table.cell(row, "srv_addr")},
      .port = *port,
      .weight = *weight,
      .is_in_maintenance = (*admin & maintenance_bits) != 0,
      .is_draining = (*admin & drain_bits) != 0,
      .needs_health_enabled = (*check & (check_configured | check_enabled)) == check_configured};
}

/// Requests in flight by server name.
Result<std::map<std::string, int, std::less<>>> in_flight_counts(std::string_view text) {
  const Result<Table> table = parse_csv(text, {"svname", "scur", "qcur"});
  if (!table) return with_context("show stat", table.error());
  std::map<std::string, int, std::less<>> counts{};
  for (std::size_t row{0}; row < table->size(); ++row) {
    const auto current = number(table->cell(row, "scur"));
    const auto queued = number(table->cell(row, "qcur"));
    constexpr int sane{1 << 30};  // keeps the sum an int
    if (!current || !queued || *current < 0 || *queued < 0 || *current >= sane || *queued >= sane) {
      return bad_row("show stat");
    }
    counts.emplace(table->cell(row, "svname"), *current + *queued);
  }
  return counts;
}

/// The first table of an answer, with its last line end.
Result<std::string_view> state_table(std::string_view answer) {
  if (answer.size() > answer_limit) return Error{Errc::too_large, "the list of servers"};
  if (!answer.starts_with("1\n")) return refusal(answer);
  const auto end = answer.find("\n\n");
  if (end == std::string_view::npos) {
    return Error{Errc::malformed, "show servers state: truncated"};
  }
  return answer.substr(2, end + 1 - 2);
}

}  // namespace

Result<std::optional<int>> parse_backend_number(std::string_view answer) {
  const auto text = state_table(answer);
  if (!text) return text.error();
  const Result<Table> states = parse_words(*text, {"be_id"});
  if (!states) return with_context("show servers state", states.error());
  if (states->size() == 0) return std::optional<int>{};
  const auto id = number(states->cell(0, "be_id"));
  if (!id || *id < 0) return bad_row("show servers state");
  return id;
}

Result<std::vector<Server>> parse_servers(std::string_view answer) {
  const auto text = state_table(answer);
  if (!text) return text.error();
  const Result<Table> states = parse_words(
      *text,
      {"srv_name", "srv_addr", "srv_port", "srv_uweight", "srv_admin_state", "srv_check_state"});
  if (!states) return with_context("show servers state", states.error());
  const auto counts = in_flight_counts(answer.substr(2 + text->size() + 1));
  if (!counts) return counts.error();
  std::vector<Server> servers{};
  for (std::size_t row{0}; row < states->size(); ++row) {
    Result<Server> server = state_row(*states, row);
    if (!server) return server.error();
    const auto count = counts->find(server->name);
    if (count == counts->end()) continue;
    server->in_flight = count->second;
    servers.push_back(std::move(*server));
  }
  if (servers.empty() && states->size() > 0) {
    return Error{Errc::malformed, "show stat: none of the backend's servers is in it"};
  }
  return servers;
}

Result<void> parse_added(std::string_view answer) {
  if (says(answer, "New server registered")) return {};
  if (says(answer, "Already exists a server with the same name")) return {};
  return refusal(answer);
}

Result<void> parse_changed(std::string_view answer) {
  // `set server addr` is the one that speaks on success.
  const bool is_address_report{says(answer, "by 'stats socket command'") &&
                               !says(answer, "Invalid")};
  if (is_blank(answer) || is_address_report) return {};
  return refusal(answer);
}

Result<void> parse_deleted(std::string_view answer) {
  if (says(answer, "Server deleted")) return {};
  if (says(answer, "No such server")) return {};
  return refusal(answer);
}

}  // namespace spillway::haproxy
