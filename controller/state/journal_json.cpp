#include "controller/state/journal_json.hpp"

#include <fmt/format.h>

#include <optional>

#include "controller/state/exact_json.hpp"
#include "controller/state/journal_fields.hpp"

namespace spillway::state {
namespace {

/// Lets the reader treat the document's top level, which has a version beside the entry, as one
/// object.
struct Document {
  std::int64_t major{};
  std::int64_t minor{};
  JournalEntry entry{};
};

template <class Archive>
void describe(Archive& a, Ref<Archive, Document> document) {
  a.field("version", document.major);
  a.field("minor", document.minor);
  describe_document(a, document.entry);
}

/// The integer at `key` of the top level, ahead of reading it in earnest.
std::optional<std::int64_t> peek(const JsonNode& root, std::string_view key) {
  for (std::size_t i{0}; i < root.keys.size(); ++i) {
    if (root.keys[i] == key) return root.items[i].integer();
  }
  return std::nullopt;
}

Error malformed(std::string_view what) {
  return {Errc::malformed, fmt::format("journal document: {}", what)};
}

}  // namespace

std::string encode_journal(const JournalEntry& entry) {
  std::string document{};
  document.reserve(4096);
  JsonWriter writer{document};
  document.push_back('{');
  writer.field("version", journal_major);
  writer.field("minor", journal_minor);
  describe_document(writer, entry);
  document.push_back('}');
  return document;
}

Result<JournalEntry> decode_journal(std::string_view document) {
  auto root{parse_json(document, {.bytes = journal_bytes_max})};
  if (!root) return with_context("journal document", root.error());
  const auto major{peek(*root, "version")};
  const auto minor{peek(*root, "minor")};
  if (!major || !minor || *minor < 0) {
    return malformed("$: expected an object with the integers \"version\" and \"minor\"");
  }
  if (*major != journal_major) {
    return malformed(
        fmt::format("its version is {}, this program reads version {}", *major, journal_major));
  }
  JsonReader reader{*root, *minor > journal_minor};
  Document read{};
  reader.get(read);
  if (reader.error()) return malformed(fmt::format("${}: {}", reader.path(), *reader.error()));
  return std::move(read.entry);
}

}  // namespace spillway::state
