#include "controller/cli/line_time.hpp"

namespace spillway::cli {

Result<LineTime::Step> LineTime::see(TimePoint at) {
  const bool is_behind{last_ && at < *last_};
  const bool is_far_ahead{last_ && at - *last_ > farthest_ahead};
  const bool follows_doubted{doubted_ && at >= *doubted_};
  if (is_behind) {
    behind_ = follows_doubted ? behind_ + 1 : 1;
    if (behind_ <= refused_behind) {
      doubted_ = at;
      return Error{Errc::malformed,
                   "\"at\" goes back in time; expected lines in the order of time (the third in a "
                   "row begins anew there)"};
    }
  } else if (is_far_ahead && !follows_doubted) {
    doubted_ = at;
    behind_ = 0;
    return Error{Errc::malformed,
                 "\"at\" is more than a day after the line before; expected seconds (the next line "
                 "is believed if it is there as well)"};
  }
  last_ = at;
  doubted_.reset();
  behind_ = 0;
  return is_behind ? Step::anew : Step::forward;
}

}  // namespace spillway::cli
