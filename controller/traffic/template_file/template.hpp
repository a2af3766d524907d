// A template of the user's and the text it makes: the part of Mustache (mustache.5) that a list of
// servers needs. Values go in as they are, without escaping. No partials, lambdas or other
// delimiters, so "{{" cannot be written itself. Pure.
//
//   {{name}}              a value
//   {{#name}} ... {{/name}}   for each replica of a list; or once, if the flag is true
//   {{^name}} ... {{/name}}   if the list is empty, or the flag is false
//   {{! words }}          a comment, which ends at the first }}
//
// Tags of the last three kinds that stand alone on a line take the line with them.
//
//   everywhere             workload
//   outside of a replica   the lists replicas, admitted_replicas, draining_replicas
//   for each replica       group, ip, port, address (IP:PORT, [IPV6]:PORT), weight, state;
//                          the flags admitted, draining, first, last (of its list)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::template_file {

/// A replica in the words of the template.
struct ReplicaView {
  std::string group{};
  std::string ip{};
  int port{0};
  int weight{0};  ///< in the file's own scale
  bool is_admitted{true};
};

struct View {
  std::string workload{};
  std::vector<ReplicaView> replicas{};  ///< in the order of the file
};

constexpr std::size_t template_bytes_max{256UL * 1024};

class Template {
 public:
  /// Error: `malformed` (unknown or misplaced names, sections that do not match; too_large beyond
  /// `template_bytes_max` and 4096 tags), saying at which line and column.
  static Result<Template> parse(std::string_view text);

  std::string render(const View& view) const;

 private:
  struct Part {
    enum class Kind { text, value, section, inverted };

    Kind kind{Kind::text};
    std::string text{};  ///< as it is, or the name
    std::vector<Part> parts{};
  };
  struct Scope;
  friend class Parser;

  static void append(std::string& out, const std::vector<Part>& parts, const Scope& scope);
  static void append_section(std::string& out, const Part& part, const Scope& scope);

  std::vector<Part> parts_{};
};

}  // namespace spillway::template_file
