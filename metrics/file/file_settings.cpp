#include "metrics/file/file_settings.hpp"

namespace spillway {

void describe(Fields& fields, FileSettings& settings) {
  fields.text("path", settings.path, {.presence = Presence::required},
              "CSV file with a head line `t_s,value`: seconds since the start, and one or more "
              "columns of numbers. A query is the name of a column.");
  fields.flag("repeat", settings.repeat, "Begin again when the trace has ended.");
  fields.number("speed", settings.speed, {.min = 0.001, .max = 100'000.0},
                "Seconds of the trace that pass in one second.");
}

}  // namespace spillway
