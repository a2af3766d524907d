#include "controller/io/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace spillway::io {

namespace urls = boost::urls;

namespace {

Error no_url(std::string_view text, std::string_view why) {
  // The text is shown without a query and without what could be a password.
  std::string_view shown{text.substr(0, text.find('?'))};
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; };
  const bool is_odd{shown.size() > 300 || std::any_of(shown.begin(), shown.end(), is_control)};
  if (is_odd || shown.find('@') != std::string_view::npos) shown = "(not shown)";
  return {Errc::malformed,
          fmt::format("URL '{}': {}; expected http://HOST[:PORT][/PATH], https://... or unix:/PATH",
                      shown, why)};
}

Result<Url> parse_unix_url(std::string_view text) {
  std::string_view rest{text.substr(std::string_view{"unix:"}.size())};
  if (rest.starts_with("//")) rest.remove_prefix(2);  // unix:///run/x.sock is common, too
  Url url{.scheme = "unix", .host = {}, .port = 0, .target = "/"};
  if (const auto colon = rest.find(":/"); colon != std::string_view::npos) {
    url.target = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
  }
  if (!rest.starts_with('/')) return no_url(text, "the path of the socket has to be absolute");
  // The kernel's limit for sockaddr_un, including the final zero.
  if (rest.size() >= 108) return no_url(text, "the path of the socket exceeds 107 characters");
  if (!urls::parse_origin_form({url.target.data(), url.target.size()})) {
    return no_url(text, "what follows the socket is not a path");
  }
  url.host = rest;
  return url;
}

/// Names and addresses only: the host goes into the Host field and into logs as it is.
bool is_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':';
  });
}

/// 0 if `digits` is no port: Boost.URL would take 99999 modulo 65536.
std::uint16_t port_of(std::string_view digits) {
  std::uint16_t port{0};
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size() ? port
                                                                                 : std::uint16_t{0};
}

std::string authority(const Url& url) {
  const bool is_ipv6{url.host.find(':') != std::string::npos};
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", url.host, is_ipv6 ? "]" : "", url.port);
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  if (text.starts_with("unix:")) return parse_unix_url(text);
  const auto parsed = urls::parse_uri({text.data(), text.size()});
  if (!parsed) return no_url(text, "not a URL");
  const urls::url_view& view{*parsed};

  Url url{};
  url.scheme = view.scheme();
  std::transform(url.scheme.begin(), url.scheme.end(), url.scheme.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (url.scheme != "http" && url.scheme != "https") return no_url(text, "unknown scheme");
  if (view.has_userinfo()) return no_url(text, "credentials do not belong into a URL");
  url.host = view.host_address();
  if (url.host.empty()) return no_url(text, "no host");
  if (!is_host(url.host)) return no_url(text, "the host has illegal characters");
  url.port = url.scheme == "https" ? 443 : 80;
  if (!view.port().empty()) {
    url.port = port_of({view.port().data(), view.port().size()});
    if (url.port == 0) return no_url(text, "the port has to be from 1 to 65535");
  }
  url.target = std::string{view.encoded_target()};
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

std::string to_string(const Url& url) {
  if (url.scheme != "unix") return origin(url) + url.target;
  return url.target == "/" ? origin(url) : origin(url) + ":" + url.target;
}

std::string origin(const Url& url) {
  if (url.scheme == "unix") return "unix:" + url.host;
  return fmt::format("{}://{}", url.scheme, authority(url));
}

std::string describe(const Url& url) {
  const std::string_view path{std::string_view{url.target}.substr(0, url.target.find('?'))};
  return fmt::format("{}{}{}", origin(url), url.scheme == "unix" ? ":" : "", path);
}

Url join(Url base, std::string_view target) {
  base.target.resize(std::min(base.target.find('?'), base.target.size()));
  while (base.target.ends_with('/')) base.target.pop_back();
  if (!target.starts_with('/')) base.target += '/';
  base.target += target;
  return base;
}

std::string percent_encode(std::string_view text) {
  return urls::encode({text.data(), text.size()}, urls::unreserved_chars);
}

Result<std::string> percent_decode(std::string_view text) {
  const auto checked = urls::make_pct_string_view({text.data(), text.size()});
  if (!checked) return Error{Errc::malformed, "'%' is not followed by two hexadecimal digits"};
  return checked->decode();
}

std::string encode_query(const QueryParams& params) {
  std::string text{};
  for (const auto& [name, value] : params) {
    if (!text.empty()) text += '&';
    text += percent_encode(name) + '=' + percent_encode(value);
  }
  return text;
}

Result<QueryParams> decode_query(std::string_view query) {
  QueryParams params{};
  while (!query.empty()) {
    const std::string_view part{query.substr(0, query.find('&'))};
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    const std::size_t equals{std::min(part.find('='), part.size())};
    std::string name{part.substr(0, equals)};
    std::string value{part.substr(std::min(part.size(), equals + 1))};
    for (std::string* half : {&name, &value}) {
      std::replace(half->begin(), half->end(), '+', ' ');
      auto decoded = percent_decode(*half);
      if (!decoded) return decoded.error();
      *half = std::move(*decoded);
    }
    params.emplace_back(std::move(name), std::move(value));
  }
  return params;
}

std::string with_query(std::string_view target, const QueryParams& params) {
  if (params.empty()) return std::string{target};
  const char separator{target.find('?') == std::string_view::npos ? '?' : '&'};
  return fmt::format("{}{}{}", target, separator, encode_query(params));
}

Result<Target> parse_target(std::string_view target) {
  if (!target.starts_with('/')) return Error{Errc::malformed, "the target has to begin with '/'"};
  const std::size_t question{std::min(target.find('?'), target.size())};
  auto path = percent_decode(target.substr(0, question));
  if (!path) return path.error();
  auto query = decode_query(target.substr(std::min(target.size(), question + 1)));
  if (!query) return query.error();
  return Target{.path = std::move(*path), .query = std::move(*query)};
}

}  // namespace spillway::io
