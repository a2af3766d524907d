// Lists in pages: `value`, and an absolute `nextLink` with an opaque `$skipToken` while there is
// more.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <vector>

#include "tests/emulator/router.hpp"

namespace spillway::emulator {

struct Page {
  struct Row {
    std::string key;                           ///< rows are in the order of their keys
    std::function<boost::json::value()> show;  ///< called only for rows of the page asked for
  };
};

/// The page that `call` asks for; 400 if its token is not one of ours.
Response paged(const Call& call, const std::vector<Page::Row>& rows);

}  // namespace spillway::emulator
