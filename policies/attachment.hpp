// What the settings of a policy name and do not hold: a script, the rules of a time zone. The
// policies are pure, so the one who loads the config reads the bytes and hands them over.
#pragma once

#include <string>

namespace spillway {

struct Attachment {
  enum class Kind {
    script,     ///< a file, relative to the config file
    time_zone,  ///< a name such as Europe/Berlin, of the system's time zone database
  };

  Kind kind{Kind::script};
  std::string name{};
  std::string key{};  ///< the setting that names it: `file`, `windows[1].time_zone`

  bool operator==(const Attachment&) const = default;
};

/// Why the bytes of an attachment cannot be used.
struct AttachmentProblem {
  std::string message{};
  int line{0};  ///< in the attachment, from 1; 0: as a whole
};

}  // namespace spillway
