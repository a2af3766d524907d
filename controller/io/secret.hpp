// A string that must not be seen: prints `***`, is wiped when destroyed, compares in constant time.
// It does not hide the value from a debugger or a core dump.
#pragma once

#include <fmt/format.h>

#include <iosfwd>
#include <string>
#include <string_view>

namespace spillway::io {

class Secret {
 public:
  Secret() = default;
  /// Takes the text over and wipes what the argument leaves behind.
  explicit Secret(std::string text);
  Secret(const Secret& other) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  /// The text itself, for the one line that sends it. Valid as long as this object is.
  std::string_view reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

  /// Takes the same time wherever the two differ; only the length can be measured.
  friend bool operator==(const Secret& a, const Secret& b);
  friend std::ostream& operator<<(std::ostream& out, const Secret& secret);

 private:
  std::string text_{};
};

}  // namespace spillway::io

template <>
struct fmt::formatter<spillway::io::Secret> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const spillway::io::Secret& secret, Context& context) const {
    return fmt::formatter<std::string_view>::format(secret.empty() ? "" : "***", context);
  }
};
