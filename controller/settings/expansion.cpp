#include "controller/settings/expansion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "controller/settings/config_error.hpp"

namespace spillway::settings {
namespace {

/// A key or a certificate chain; a larger file is the wrong one.
constexpr std::size_t secret_bytes_max{64U << 10U};

bool is_variable_name(std::string_view name) {
  const auto is_letter{
      [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }};
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

/// What stands for `NAME` or `NAME:-default`.
Parsed<std::string> value_of(std::string_view reference, const Environment& environment) {
  using Failed = Parsed<std::string>;
  const std::size_t separator{reference.find(":-")};
  const std::string_view name{reference.substr(0, separator)};
  if (!is_variable_name(name)) {
    return Failed::failed(fmt::format(
        "refers to {}, which is no variable name (write $${{ for a literal ${{)", quoted(name)));
  }
  if (auto value{environment.variable(name)}) return std::move(*value);
  if (separator != reference.npos) return std::string{reference.substr(separator + 2)};
  return Failed::failed(fmt::format(
      "refers to the environment variable {0}, which is not set (write ${{{0}:-default}}"
      " for a default, $${{ for a literal ${{)",
      name));
}

}  // namespace

bool refers_to_environment(std::string_view text) {
  return text.find("${") != text.npos;
}

Parsed<std::string> expand(std::string_view text, const Environment& environment) {
  using Failed = Parsed<std::string>;
  std::string result;
  while (!text.empty()) {
    const std::size_t dollar{text.find("${")};
    result += text.substr(0, dollar);
    if (dollar == text.npos) break;
    if (dollar > 0 && text[dollar - 1] == '$') {
      result += '{';  // `$${`: the first dollar is there already
      text.remove_prefix(dollar + 2);
      continue;
    }
    const std::size_t end{text.find('}', dollar)};
    if (end == text.npos) {
      return Failed::failed("has a ${ without its } (write $${ for a literal ${)");
    }
    auto value{value_of(text.substr(dollar + 2, end - dollar - 2), environment)};
    if (!value) return value;
    result += *value;
    text.remove_prefix(end + 1);
  }
  return result;
}

Parsed<std::string> read_secret(std::string_view text, std::string_view config_file,
                                const Environment& environment) {
  static constexpr std::string_view scheme{"file:"};
  auto expanded{expand(text, environment)};
  if (!expanded) return expanded;
  // `${NAME:-}` says that it may be empty; a variable or a file that is, says it by mistake.
  const bool may_be_empty{text.empty() || text.find(":-}") != text.npos};
  if ((*expanded).empty() && !may_be_empty) {
    return Parsed<std::string>::failed(
        "is empty: set the variable, or leave the key out (${NAME:-} allows it)");
  }
  if (!(*expanded).starts_with(scheme)) return expanded;
  const std::string path{relative_to_file(config_file, (*expanded).substr(scheme.size()))};
  auto content{environment.read_file(path, secret_bytes_max)};
  if (!content) {
    return Parsed<std::string>::failed(
        fmt::format("names the file {}, which cannot be read: {}", path, content.error().context));
  }
  if (content->ends_with('\n')) content->pop_back();
  if (content->ends_with('\r')) content->pop_back();
  if (content->empty()) {
    return Parsed<std::string>::failed(
        fmt::format("names the file {}, which is empty: write the secret there, or leave the key "
                    "out",
                    path));
  }
  return std::move(*content);
}

}  // namespace spillway::settings
