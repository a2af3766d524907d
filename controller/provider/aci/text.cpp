#include "controller/provider/aci/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace spillway::aci {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Takes pieces off the front of a text; once something does not fit, nothing fits any more.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_{text} {}

  int number(std::size_t digits) {
    int value{0};
    if (rest_.size() < digits) return fail();
    const char* const end{rest_.data() + digits};
    const auto parsed = std::from_chars(rest_.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end || value < 0) return fail();
    rest_.remove_prefix(digits);
    return value;
  }

  bool skip(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(std::string_view any_of) {
    if (!skip(any_of)) fail();
  }

  char front() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool is_good() const { return is_good_; }
  bool is_at_end() const { return rest_.empty(); }

 private:
  int fail() {
    is_good_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool is_good_{true};
};

Duration decimals(Cursor& cursor) {
  int milliseconds{0};
  for (int scale{100}; cursor.front() >= '0' && cursor.front() <= '9'; scale /= 10) {
    milliseconds += cursor.number(1) * scale;
  }
  return Duration{milliseconds};
}

std::optional<Duration> offset_from_utc(Cursor& cursor) {
  if (cursor.skip("Zz")) return Duration::zero();
  const bool is_east{cursor.front() == '+'};
  cursor.expect("+-");
  const int hours{cursor.number(2)};
  cursor.expect(":");
  const int minutes{cursor.number(2)};
  if (!cursor.is_good() || hours > 23 || minutes > 59) return std::nullopt;
  const Duration offset{std::chrono::hours{hours} + std::chrono::minutes{minutes}};
  return is_east ? offset : -offset;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string result{text};
  for (char& c : result) c = lower(c);
  return result;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool contains_ignoring_case(std::string_view text, std::string_view word) {
  const auto found = std::search(text.begin(), text.end(), word.begin(), word.end(),
                                 [](char x, char y) { return lower(x) == y; });
  return word.empty() || found != text.end();
}

std::string region_name(std::string_view text) {
  std::string name{lower(text)};
  std::erase(name, ' ');
  return name;
}

std::optional<TimePoint> parse_time(std::string_view text) {
  Cursor cursor{text};
  const std::chrono::year year{cursor.number(4)};
  cursor.expect("-");
  const std::chrono::month month{static_cast<unsigned>(cursor.number(2))};
  cursor.expect("-");
  const std::chrono::day day{static_cast<unsigned>(cursor.number(2))};
  cursor.expect("Tt ");
  const int hour{cursor.number(2)};
  cursor.expect(":");
  const int minute{cursor.number(2)};
  cursor.expect(":");
  const int second{cursor.number(2)};
  const Duration fraction{cursor.skip(".") ? decimals(cursor) : Duration::zero()};
  const auto offset = offset_from_utc(cursor);
  const std::chrono::year_month_day date{year, month, day};
  if (!cursor.is_good() || !cursor.is_at_end() || !offset || !date.ok()) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return TimePoint{std::chrono::sys_days{date}} + std::chrono::hours{hour} +
         std::chrono::minutes{minute} + std::chrono::seconds{second} + fraction - *offset;
}

std::string guid(io::Random& random) {
  const std::string hex{io::random_hex(random, 32)};
  constexpr std::string_view variants{"89ab"};
  const char variant{variants[random.bits() % variants.size()]};
  return fmt::format("{}-{}-4{}-{}{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3),
                     variant, hex.substr(17, 3), hex.substr(20, 12));
}

}  // namespace spillway::aci
