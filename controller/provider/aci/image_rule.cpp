#include "controller/provider/aci/image_rule.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spillway::aci {
namespace {

constexpr std::size_t tag_length_max{128};
constexpr std::size_t digest_digits_min{32};
constexpr std::size_t sha256_digits{64};

bool is_small_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

/// Letters in `text` beside small ones, digits and `others`.
bool has_beside(std::string_view text, std::string_view others) {
  return std::ranges::any_of(text, [&](char c) {
    return !is_small_or_digit(c) && others.find(c) == std::string_view::npos;
  });
}

/// The first step is a host if it looks like one: with a dot, a port, or capitals.
std::string_view without_host(std::string_view name) {
  const std::size_t slash{name.find('/')};
  if (slash == std::string_view::npos) return name;
  const std::string_view first{name.substr(0, slash)};
  const bool is_host{first == "localhost" || first.find_first_of(".:") != first.npos ||
                     std::ranges::any_of(first, is_capital)};
  return is_host ? name.substr(slash + 1) : name;
}

bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > tag_length_max) return false;
  if (text.front() == '.' || text.front() == '-') return false;
  return std::ranges::all_of(text, [](char c) {
    return is_small_or_digit(c) || is_capital(c) || c == '_' || c == '.' || c == '-';
  });
}

bool is_digest(std::string_view text) {
  const std::size_t colon{text.find(':')};
  if (colon == 0 || colon == std::string_view::npos) return false;
  const std::string_view digits{text.substr(colon + 1)};
  const bool is_hexadecimal{std::ranges::all_of(
      digits, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); })};
  if (!is_hexadecimal || digits.size() < digest_digits_min) return false;
  return text.substr(0, colon) != "sha256" || digits.size() == sha256_digits;
}

std::string repository_fault(std::string_view repository) {
  if (repository.find('$') != std::string_view::npos) {
    return fmt::format("\"{}\" is no name: a variable of the environment is written ${{NAME}}",
                       repository);
  }
  if (std::ranges::any_of(repository, is_capital)) {
    return fmt::format("\"{}\" has capitals: registries know names in lower case alone",
                       repository);
  }
  const bool has_empty_step{repository.empty() || repository.starts_with('/') ||
                            repository.ends_with('/') ||
                            repository.find("//") != std::string_view::npos};
  if (has_empty_step || has_beside(repository, "._-/")) {
    return fmt::format(
        "\"{}\" is no name of an image: expected lower case letters, digits, and . _ - / between "
        "them",
        repository);
  }
  return {};
}

}  // namespace

std::string image_fault(std::string_view image) {
  if (image.empty()) return {};
  if (image.find_first_of(" \t\r\n") != std::string_view::npos || image.starts_with("http://") ||
      image.starts_with("https://")) {
    return "should be REGISTRY/NAME:TAG without a scheme or blanks";
  }
  const std::size_t at{image.find('@')};
  const std::string_view name{image.substr(0, at)};
  if (at != std::string_view::npos && !is_digest(image.substr(at + 1))) {
    return fmt::format("\"{}\" is no digest; expected @sha256: and 64 hexadecimal digits",
                       image.substr(at));
  }
  const std::size_t colon{name.rfind(':')};
  const bool has_tag{colon != std::string_view::npos && name.find('/', colon) == name.npos};
  auto fault{repository_fault(without_host(has_tag ? name.substr(0, colon) : name))};
  if (!fault.empty() || !has_tag) return fault;
  const std::string_view tag{name.substr(colon + 1)};
  if (is_tag(tag)) return {};
  if (tag.empty()) return "ends with \":\" and no tag; write one after it, or leave the \":\" out";
  return fmt::format("\"{}\" is no tag; expected up to 128 letters, digits, and _ . - after them",
                     tag);
}

}  // namespace spillway::aci
