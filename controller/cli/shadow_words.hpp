// How `status` and `explain` put what a shadow would have done beside what the acting policies did.
#pragma once

#include <boost/json.hpp>
#include <string>

namespace spillway::cli {

/// `shadow: desired 12 (15), burst 6 (9); since T: $1.20 ($1.55), late 0.40 % (0.10 %)`, with what
/// the acting policies have in parentheses. `decision` is as the API gives it, with its `shadow`.
/// A bill that lacks the price of burst is "at least" its sum, or "price unknown" if that is all.
std::string shadow_words(const boost::json::object& decision);

}  // namespace spillway::cli
