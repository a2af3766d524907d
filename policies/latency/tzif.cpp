// TZif (RFC 8536) and the POSIX rule in its footer, as a table of transitions.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "policies/latency/time_zone.hpp"

namespace spillway {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using Seconds = std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr int last_year{2100};
/// Instants that the zone files use for "always", and nobody plans for.
constexpr std::int64_t earliest{-5'000'000'000};
constexpr std::int64_t latest{10'000'000'000};
/// More than any real zone has, so that a forged count costs nothing.
constexpr std::size_t most_transitions{4096};

// --- the file -----------------------------------------------------------------------------------

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_{bytes} {}

  std::string_view take(std::size_t count) {
    is_short_ = is_short_ || count > rest_.size();
    if (is_short_) return {};
    const std::string_view taken{rest_.substr(0, count)};
    rest_.remove_prefix(count);
    return taken;
  }

  /// Big endian, two's complement.
  std::int64_t integer(std::size_t width) {
    std::uint64_t value{0};
    const std::string_view digits{take(width)};
    if (digits.empty()) return 0;
    const bool is_negative{(static_cast<unsigned char>(digits.front()) & 0x80U) != 0};
    if (is_negative) value = ~std::uint64_t{0};
    for (const char digit : digits) value = value << 8U | static_cast<unsigned char>(digit);
    return static_cast<std::int64_t>(value);
  }

  bool is_short() const { return is_short_; }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool is_short_{false};
};

struct Header {
  char version{};
  std::size_t isut{}, isstd{}, leap{}, time{}, type{}, character{};

  std::size_t body_size(std::size_t width) const {
    return time * width + time + type * 6 + character + leap * (width + 4) + isstd + isut;
  }
};

std::optional<Header> read_header(Bytes& bytes) {
  if (bytes.take(4) != "TZif") return std::nullopt;
  const std::string_view version{bytes.take(16)};
  if (version.empty()) return std::nullopt;
  Header header{.version = version.front()};
  for (std::size_t* const each :
       {&header.isut, &header.isstd, &header.leap, &header.time, &header.type, &header.character}) {
    const std::int64_t count{bytes.integer(4)};
    if (count < 0 || count > 1'000'000) return std::nullopt;
    *each = static_cast<std::size_t>(count);
  }
  if (bytes.is_short()) return std::nullopt;
  return header;
}

ParsedZone problem(std::string words) {
  return {.zone = std::nullopt, .problem = std::move(words)};
}

// --- the footer ---------------------------------------------------------------------------------

class Rule {
 public:
  explicit Rule(std::string_view text) : rest_{text} {}

  bool skip(char c) {
    const bool is_next{!rest_.empty() && rest_.front() == c};
    if (is_next) rest_.remove_prefix(1);
    return is_next;
  }

  bool is_done() const { return rest_.empty(); }
  char next() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool skip_name() {
    if (skip('<')) {
      const std::size_t end{rest_.find('>')};
      if (end == rest_.npos) return false;
      rest_.remove_prefix(end + 1);
      return true;
    }
    const std::size_t before{rest_.size()};
    while (!rest_.empty() && ((next() >= 'a' && next() <= 'z') || (next() >= 'A' && next() <= 'Z')))
      rest_.remove_prefix(1);
    return before - rest_.size() >= 3;
  }

  std::optional<int> number(int largest) {
    int value{0};
    std::size_t digits{0};
    while (next() >= '0' && next() <= '9' && digits < 4) {
      value = 10 * value + (next() - '0');
      rest_.remove_prefix(1);
      ++digits;
    }
    if (digits == 0 || value > largest) return std::nullopt;
    return value;
  }

  /// `[+-]hh[:mm[:ss]]`.
  std::optional<Seconds> clock_time() {
    const bool is_negative{skip('-')};
    if (!is_negative) skip('+');
    const auto h{number(167)};
    if (!h) return std::nullopt;
    Seconds value{hours{*h}};
    for (const Seconds unit : {Seconds{60}, Seconds{1}}) {
      if (!skip(':')) break;
      const auto part{number(59)};
      if (!part) return std::nullopt;
      value += *part * unit;
    }
    return is_negative ? -value : value;
  }

 private:
  std::string_view rest_;
};

/// `Mm.w.d/time`, `Jn/time` or `n/time`: a moment of every year, in local time.
struct YearlyMoment {
  char kind{'M'};  ///< M, J (no leap day) or 0 (zero-based, with it)
  int month{1}, week{1}, weekday{0};
  int day{0};
  Seconds time{hours{2}};

  Seconds in(int year) const {
    const std::chrono::year y{year};
    sys_days date{y / std::chrono::January / 1};
    if (kind == 'M') {
      const std::chrono::year_month ym{y / std::chrono::month{static_cast<unsigned>(month)}};
      const std::chrono::weekday wanted{static_cast<unsigned>(weekday)};
      date = week == 5 ? sys_days{ym / wanted[std::chrono::last]}
                       : sys_days{ym / wanted[static_cast<unsigned>(week)]};
    } else {
      const bool is_after_leap_day{kind == 'J' && y.is_leap() && day >= 60};
      date += days{kind == 'J' ? day - 1 + (is_after_leap_day ? 1 : 0) : day};
    }
    return date.time_since_epoch() + time;
  }
};

std::optional<YearlyMoment> read_moment(Rule& rule) {
  YearlyMoment moment{};
  if (rule.skip('M')) {
    const auto month{rule.number(12)};
    const auto week{rule.skip('.') ? rule.number(5) : std::nullopt};
    const auto weekday{rule.skip('.') ? rule.number(6) : std::nullopt};
    if (!month || !week || !weekday || *month < 1 || *week < 1) return std::nullopt;
    moment.month = *month;
    moment.week = *week;
    moment.weekday = *weekday;
  } else {
    moment.kind = rule.skip('J') ? 'J' : '0';
    const auto day{rule.number(365)};
    if (!day || (moment.kind == 'J' && *day < 1)) return std::nullopt;
    moment.day = *day;
  }
  if (rule.skip('/')) {
    const auto time{rule.clock_time()};
    if (!time) return std::nullopt;
    moment.time = *time;
  }
  return moment;
}

int year_of(sys_seconds instant) {
  return static_cast<int>(std::chrono::year_month_day{std::chrono::floor<days>(instant)}.year());
}

}  // namespace

bool append_posix_rule(std::vector<TimeZone::Transition>& transitions, std::string_view rule_text,
                       sys_seconds after, int until_year) {
  Rule rule{rule_text};
  if (!rule.skip_name()) return false;
  const auto west{rule.clock_time()};
  if (!west) return false;
  const Seconds standard{-*west};
  if (rule.is_done()) {  // one offset for ever
    const bool is_news{transitions.empty() || transitions.back().offset != standard};
    if (is_news && transitions.empty()) transitions.push_back({after, standard});
    return true;
  }
  if (!rule.skip_name()) return false;
  Seconds summer{standard + hours{1}};
  if (rule.next() != ',') {
    const auto summer_west{rule.clock_time()};
    if (!summer_west) return false;
    summer = -*summer_west;
  }
  if (!rule.skip(',')) return false;
  const auto begin{read_moment(rule)};
  if (!begin || !rule.skip(',')) return false;
  const auto end{read_moment(rule)};
  if (!end || !rule.is_done()) return false;
  std::vector<TimeZone::Transition> added{};
  for (int year{year_of(after) - 1}; year <= until_year; ++year) {
    added.push_back({sys_seconds{begin->in(year)-standard}, summer});
    added.push_back({sys_seconds{end->in(year)-summer}, standard});
  }
  std::ranges::sort(added, {}, &TimeZone::Transition::at);
  std::ranges::copy_if(added, std::back_inserter(transitions),
                       [&](const TimeZone::Transition& each) { return each.at > after; });
  return true;
}

ParsedZone parse_tzif(std::string_view file) {
  Bytes bytes{file};
  auto header{read_header(bytes)};
  if (!header) return problem("is no TZif file");
  std::size_t width{4};
  if (header->version >= '2') {  // the same again, with 64 bits
    bytes.take(header->body_size(4));
    header = read_header(bytes);
    if (!header) return problem("is cut short");
    width = 8;
  }
  if (header->time > most_transitions || header->type == 0 || header->type > 256) {
    return problem("has no sensible number of transitions");
  }
  std::vector<std::int64_t> instants(header->time);
  for (std::int64_t& each : instants) each = bytes.integer(width);
  const std::string_view indices{bytes.take(header->time)};
  std::vector<Seconds> offsets(header->type);
  for (Seconds& each : offsets) {
    each = Seconds{bytes.integer(4)};
    bytes.take(2);  // daylight saving time, and the name
  }
  bytes.take(header->character + header->leap * (width + 4) + header->isstd + header->isut);
  if (bytes.is_short()) return problem("is cut short");
  const auto is_plausible{[](Seconds offset) { return std::chrono::abs(offset) <= hours{26}; }};
  if (!std::ranges::all_of(offsets, is_plausible)) return problem("has an offset beyond 26 hours");
  if (!std::ranges::is_sorted(instants)) return problem("has transitions out of order");

  std::vector<TimeZone::Transition> transitions{};
  for (std::size_t i{0}; i < instants.size(); ++i) {
    const auto type{static_cast<unsigned char>(indices[i])};
    if (type >= offsets.size()) return problem("has a transition to an offset that is not there");
    if (instants[i] >= latest) break;
    const sys_seconds at{Seconds{std::max(earliest, instants[i])}};
    transitions.push_back({at, offsets[type]});
  }
  std::string_view footer{bytes.rest()};
  if (width == 8 && footer.size() >= 2 && footer.front() == '\n') {
    footer.remove_prefix(1);
    footer = footer.substr(0, footer.find('\n'));
    const sys_seconds after{transitions.empty() ? sys_seconds{Seconds{earliest}}
                                                : transitions.back().at};
    if (!footer.empty() && !append_posix_rule(transitions, footer, after, last_year)) {
      return problem("ends with a rule that cannot be read");
    }
  }
  return {.zone = TimeZone{offsets.front(), std::move(transitions)}, .problem = {}};
}

}  // namespace spillway
