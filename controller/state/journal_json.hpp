// A journal entry as one versioned JSON document, and back, bit for bit. Written for replay and for
// `explain`; the bytes are foreign when they come back, from a disk that others can write to.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/state/store.hpp"

namespace spillway::state {

/// The longest document that is read or written.
inline constexpr std::size_t journal_bytes_max{std::size_t{16} << 20U};

/// The document of `entry`, without its id, which only the store knows. Texts that are not UTF-8
/// get replacement characters; everything else comes back exactly (a NaN as the quiet NaN).
std::string encode_journal(const JournalEntry& entry);

/// The entry of `document`. Strict: a missing, mistyped or unknown field is an error that names its
/// path; fields unknown to us are passed over only in a document of a newer minor version.
/// Errors: malformed, too_large.
Result<JournalEntry> decode_journal(std::string_view document);

}  // namespace spillway::state
