#include "controller/traffic/template_file/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace spillway::template_file {

namespace {

constexpr std::size_t tags_max{4096};
constexpr std::array<std::string_view, 3> list_names{"replicas", "admitted_replicas",
                                                     "draining_replicas"};
constexpr std::array<std::string_view, 4> flag_names{"admitted", "draining", "first", "last"};
constexpr std::array<std::string_view, 6> replica_values{"group",   "ip",     "port",
                                                         "address", "weight", "state"};

template <std::size_t size>
bool is_one_of(std::string_view name, const std::array<std::string_view, size>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin{text.find_first_not_of(" \t")};
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Error error_at(std::string_view text, std::size_t at, const std::string& what) {
  const std::string_view before{text.substr(0, at)};
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_begin{before.rfind('\n') + 1};  // npos + 1 is 0
  return {Errc::malformed, fmt::format("line {}, column {}: {}", line, at - line_begin + 1, what)};
}

struct Tag {
  std::size_t begin{0};  ///< of what it takes away, its line if it stands alone
  std::size_t end{0};
  std::size_t at{0};  ///< of the braces
  char sigil{' '};    ///< # ^ / ! or a space for a value
  std::string_view name{};
};

/// The whole line, if nothing but this tag is on it.
void take_line(std::string_view text, Tag& tag) {
  const std::size_t newline_before{text.substr(0, tag.begin).rfind('\n')};
  const std::size_t line_begin{newline_before == std::string_view::npos ? 0 : newline_before + 1};
  const std::size_t newline_after{text.find('\n', tag.end)};
  const std::size_t line_end{newline_after == std::string_view::npos ? text.size()
                                                                     : newline_after + 1};
  const std::string_view left{text.substr(line_begin, tag.begin - line_begin)};
  const std::string_view right{text.substr(tag.end, line_end - tag.end)};
  const bool is_alone{left.find_first_not_of(" \t") == std::string_view::npos &&
                      right.find_first_not_of(" \t\r\n") == std::string_view::npos};
  if (!is_alone) return;
  tag.begin = line_begin;
  tag.end = line_end;
}

std::string address_of(const ReplicaView& replica) {
  const bool is_ipv6{replica.ip.find(':') != std::string::npos};
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", replica.ip, is_ipv6 ? "]" : "", replica.port);
}

std::string value_of(std::string_view name, const ReplicaView& replica) {
  if (name == "group") return replica.group;
  if (name == "ip") return replica.ip;
  if (name == "port") return std::to_string(replica.port);
  if (name == "address") return address_of(replica);
  if (name == "weight") return std::to_string(replica.weight);
  return replica.is_admitted ? "admitted" : "draining";
}

}  // namespace

/// From the text to parts, by a stack of the sections that are open.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_{text} { open_.emplace_back(); }

  Result<Template> parse() {
    std::size_t done{0};
    for (std::size_t tags{0};; ++tags) {
      const std::size_t at{text_.find("{{", done)};
      if (at == std::string_view::npos) break;
      if (tags == tags_max) {
        return Error{Errc::too_large, fmt::format("more than {} tags", tags_max)};
      }
      auto tag = read(at);
      if (!tag) return tag.error();
      add_text(text_.substr(done, std::max(done, tag->begin) - done));
      done = tag->end;
      if (auto mistake{add(*tag)}) return std::move(*mistake);
    }
    add_text(text_.substr(done));
    if (open_.size() > 1) {
      return error_at(text_, open_.back().at,
                      fmt::format("the section {0} is not closed: {{{{/{0}}}}} is missing",
                                  open_.back().part.text));
    }
    Template made{};
    made.parts_ = std::move(open_.front().part.parts);
    return made;
  }

 private:
  using Part = Template::Part;

  struct Open {
    Part part{};
    std::size_t at{0};
    bool is_replica{false};  ///< inside, the names of one replica are known
  };

  Result<Tag> read(std::size_t at) const {
    const std::size_t close{text_.find("}}", at + 2)};
    if (close == std::string_view::npos) return error_at(text_, at, "this {{ has no }}");
    Tag tag{.begin = at, .end = close + 2, .at = at};
    std::string_view inside{trimmed(text_.substr(at + 2, close - at - 2))};
    if (!inside.empty() && std::string_view{"#^/!"}.find(inside.front()) != inside.npos) {
      tag.sigil = inside.front();
      inside.remove_prefix(1);
      take_line(text_, tag);
    }
    tag.name = trimmed(inside);
    return tag;
  }

  void add_text(std::string_view text) {
    if (text.empty()) return;
    Part part{};
    part.text = text;
    open_.back().part.parts.push_back(std::move(part));
  }

  std::optional<Error> add(const Tag& tag) {
    if (tag.sigil == '!') return std::nullopt;
    if (tag.sigil == '/') return close(tag);
    if (tag.sigil == ' ') return add_value(tag);
    return open(tag);
  }

  std::optional<Error> add_value(const Tag& tag) {
    const bool is_replica{open_.back().is_replica};
    if (tag.name != "workload" && !(is_replica && is_one_of(tag.name, replica_values))) {
      return unknown(tag, is_replica ? fmt::format("workload, {}", fmt::join(replica_values, ", "))
                                     : "workload, and those of a replica inside of {{#replicas}}");
    }
    Part part{};
    part.kind = Part::Kind::value;
    part.text = tag.name;
    open_.back().part.parts.push_back(std::move(part));
    return std::nullopt;
  }

  std::optional<Error> open(const Tag& tag) {
    const bool is_replica{open_.back().is_replica};
    const bool is_known{is_replica ? is_one_of(tag.name, flag_names)
                                   : is_one_of(tag.name, list_names)};
    if (!is_known) {
      return unknown(tag, is_replica ? fmt::format("the flags {}", fmt::join(flag_names, ", "))
                                     : fmt::format("the lists {}", fmt::join(list_names, ", ")));
    }
    Open section{};
    section.part.kind = tag.sigil == '#' ? Part::Kind::section : Part::Kind::inverted;
    section.part.text = tag.name;
    section.at = tag.at;
    section.is_replica = is_replica || tag.sigil == '#';
    // An inverted list has no replica: names of one are unknown inside, lists are not.
    open_.push_back(std::move(section));
    if (open_.size() > depth_max) return error_at(text_, tag.at, "sections too deep");
    return std::nullopt;
  }

  std::optional<Error> close(const Tag& tag) {
    if (open_.size() == 1) {
      return error_at(text_, tag.at,
                      fmt::format("{{{{/{}}}}} closes a section that is not open", tag.name));
    }
    if (open_.back().part.text != tag.name) {
      return error_at(text_, tag.at,
                      fmt::format("{{{{/{}}}}} where {{{{/{}}}}} has to come first", tag.name,
                                  open_.back().part.text));
    }
    Part part{std::move(open_.back().part)};
    open_.pop_back();
    open_.back().part.parts.push_back(std::move(part));
    return std::nullopt;
  }

  std::optional<Error> unknown(const Tag& tag, const std::string& known) const {
    return error_at(
        text_, tag.at,
        fmt::format("\"{}\" is not known here; expected {}", tag.name.substr(0, 60), known));
  }

  static constexpr std::size_t depth_max{16};

  std::string_view text_;
  std::vector<Open> open_{};
};

/// Where names are looked up.
struct Template::Scope {
  const View& view;
  const ReplicaView* replica{nullptr};
  bool is_first{false};
  bool is_last{false};

  bool flag(std::string_view name) const {
    if (name == "first") return is_first;
    if (name == "last") return is_last;
    return replica->is_admitted == (name == "admitted");
  }

  std::vector<const ReplicaView*> list(std::string_view name) const {
    std::vector<const ReplicaView*> found{};
    for (const ReplicaView& each : view.replicas) {
      if (name == "replicas" || each.is_admitted == (name == "admitted_replicas")) {
        found.push_back(&each);
      }
    }
    return found;
  }
};

Result<Template> Template::parse(std::string_view text) {
  if (text.size() > template_bytes_max) {
    return Error{Errc::too_large, fmt::format("more than {} bytes", template_bytes_max)};
  }
  return Parser{text}.parse();
}

std::string Template::render(const View& view) const {
  std::string out{};
  append(out, parts_, Scope{.view = view});
  return out;
}

void Template::append(std::string& out, const std::vector<Part>& parts, const Scope& scope) {
  for (const Part& part : parts) {
    if (part.kind == Part::Kind::text) {
      out += part.text;
    } else if (part.kind == Part::Kind::value) {
      out += part.text == "workload" ? scope.view.workload : value_of(part.text, *scope.replica);
    } else {
      append_section(out, part, scope);
    }
  }
}

void Template::append_section(std::string& out, const Part& part, const Scope& scope) {
  const bool is_inverted{part.kind == Part::Kind::inverted};
  if (scope.replica != nullptr) {
    if (scope.flag(part.text) != is_inverted) append(out, part.parts, scope);
    return;
  }
  const std::vector<const ReplicaView*> replicas{scope.list(part.text)};
  if (is_inverted) {
    if (replicas.empty()) append(out, part.parts, scope);
    return;
  }
  for (std::size_t i{0}; i < replicas.size(); ++i) {
    append(out, part.parts,
           Scope{.view = scope.view,
                 .replica = replicas[i],
                 .is_first = i == 0,
                 .is_last = i + 1 == replicas.size()});
  }
}

}  // namespace spillway::template_file
