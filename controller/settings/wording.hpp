// What a setting accepts, in words: the end of the reader's errors and a column of the reference.
// One wording for both, so that they cannot disagree.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "controller/core/fields.hpp"

namespace spillway::settings {

std::string words_for_number(const NumberRange& range);  ///< `a number from 0 to 1`
std::string words_for_ratio(const NumberRange& range);   ///< `a share from 5% to 100%`
std::string words_for_rate(const NumberRange& range);    ///< `a rate such as 10/s`
std::string words_for_memory(const NumberRange& range);  ///< `memory such as 1.5 GB`
std::string words_for_count(const CountRange& range);    ///< `a whole number from 1 to 65535`
std::string words_for_duration(
    const DurationRange& range);                   ///< `a duration from 1s to 1m, such as 30s`
std::string words_for_money();                     ///< `an amount such as 20 USD`
std::string words_for_hourly_price();              ///< `a price such as 0.06 USD/h`
std::string words_for_text(const TextRule& rule);  ///< the rule's own words, or `a text`
std::string words_for_choice(std::span<const std::string_view> words);  ///< `one of observe, act`

/// `a, b, c`; after `most` words `... (n more)`.
std::string enumerate(std::span<const std::string_view> words, std::size_t most = 24);

}  // namespace spillway::settings
