// Templates of a balancer's file, as people write them.

#include <string>

#include "controller/traffic/template_file/template.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_file_template {

SPILLWAY_FUZZ_TARGET(file_template, data, size) {
  const std::string_view text{fuzz::text(data, size)};
  const auto parsed = template_file::Template::parse(text);
  if (!parsed) return 0;
  const template_file::View view{
      .workload = "web",
      .replicas = {{.group = "web-1", .ip = "10.0.0.4", .port = 80, .weight = 10},
                   {.group = "web-2", .ip = "fd00::7", .port = 80, .is_admitted = false}}};
  (void)parsed->render(view);
  const std::string empty{parsed->render({})};
  // Nothing is made up: without replicas there is no more than the text.
  SPILLWAY_ASSERT(empty.size() <= text.size());
  return 0;
}

}  // namespace spillway::fuzz_file_template
