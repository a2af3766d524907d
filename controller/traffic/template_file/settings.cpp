#include "controller/traffic/template_file/settings.hpp"

#include <algorithm>
#include <cstdint>

namespace spillway::template_file {

namespace {

constexpr std::string_view workload_word{"{{workload}}"};
constexpr std::string_view file_word{"{{file}}"};
constexpr std::string_view new_file_word{"{{new_file}}"};

bool is_absolute(std::string_view path) {
  return path.starts_with('/') && !path.ends_with('/');
}

bool is_argument(std::string_view text) {
  return text.find('\0') == std::string_view::npos;
}

std::string replaced(std::string text, std::string_view word, std::string_view value) {
  for (std::size_t at{text.find(word)}; at != std::string::npos; at = text.find(word, at)) {
    text.replace(at, word.size(), value);
    at += value.size();
  }
  return text;
}

}  // namespace

void describe(Fields& fields, Settings& settings) {
  fields.text("template", settings.template_path,
              {.presence = Presence::required,
               .max_length = 1024,
               .expected = "an absolute path",
               .is_valid = is_absolute},
              "The template (Mustache: {{#replicas}} server {{address}}; {{/replicas}}). Read "
              "again when it changes. config/templates has some to begin with.");
  fields.text("file", settings.file,
              {.presence = Presence::required,
               .max_length = 1024,
               .expected = "an absolute path, where {{workload}} stands for the workload's name",
               .is_valid = is_absolute},
              "The file that is written from it. {{workload}} stands for the workload's name; "
              "without it the section serves one workload only.");
  fields.texts("validate", settings.validate,
               {.max_length = 1024, .expected = "a word of the command", .is_valid = is_argument},
               "Command that says whether the file is good, such as [nginx, -t]: exit code 0. With "
               "{{new_file}} among its arguments it looks at the new file before that is put in "
               "place; without, after that and before the reload, and the old file comes back "
               "when it fails. No shell.");
  fields.texts("reload", settings.reload,
               {.max_length = 1024, .expected = "a word of the command", .is_valid = is_argument},
               "Command that makes the balancer read the file, such as [nginx, -s, reload]. Left "
               "out: it watches the file itself. The old file comes back when it fails.");
  fields.count("base_weight", settings.base_weight, {.min = 1, .max = 100'000},
               "Weight that a base server has in the file: {{weight}} of a burst replica of the "
               "same size. Larger where replicas of other sizes have to be told apart.");
  fields.duration("timeout", settings.timeout,
                  {.min = std::chrono::milliseconds{50}, .max = std::chrono::minutes{1}},
                  "Time for each command; it is killed after that.");
  fields.require(settings.file.empty() || settings.file != settings.template_path,
                 "file and template are the same file");
}

std::string file_of(const Settings& settings, std::string_view workload) {
  return replaced(settings.file, workload_word, workload);
}

bool serves_many(const Settings& settings) {
  return settings.file.find(workload_word) != std::string::npos;
}

bool validates_apart(const Settings& settings) {
  return std::any_of(settings.validate.begin(), settings.validate.end(), [](const auto& word) {
    return word.find(new_file_word) != std::string::npos;
  });
}

std::vector<std::string> filled_in(std::vector<std::string> command, std::string_view file,
                                   std::string_view new_file, std::string_view workload) {
  for (std::string& word : command) {
    word = replaced(std::move(word), new_file_word, new_file);
    word = replaced(std::move(word), file_word, file);
    word = replaced(std::move(word), workload_word, workload);
  }
  return command;
}

int weight_in_file(const Settings& settings, int weight) {
  const std::int64_t scaled{(std::int64_t{weight} * settings.base_weight + 50) / 100};
  return static_cast<int>(std::clamp<std::int64_t>(scaled, 1, 1'000'000'000));
}

}  // namespace spillway::template_file
