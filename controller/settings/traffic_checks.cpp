#include "controller/settings/traffic_checks.hpp"

#include <fmt/format.h>

#include "controller/settings/config_error.hpp"
#include "controller/traffic/template_file/template.hpp"

namespace spillway::settings {

std::optional<SingleTarget> single_target(const TrafficConfig& config) {
  if (const auto* haproxy{std::get_if<haproxy::Settings>(&config.settings)}) {
    if (haproxy->backend.find("{{workload}}") != std::string::npos) return std::nullopt;
    return SingleTarget{"backend", "the backend", haproxy->backend};
  }
  if (const auto* file{std::get_if<template_file::Settings>(&config.settings)}) {
    if (template_file::serves_many(*file)) return std::nullopt;
    return SingleTarget{"file", "the file", file->file};
  }
  if (const auto* dns{std::get_if<dns::Settings>(&config.settings)}) {
    if (dns::serves_many(*dns)) return std::nullopt;
    return SingleTarget{"name", "the name", dns->name};
  }
  if (const auto* etcd{std::get_if<etcd::Settings>(&config.settings)}) {
    if (etcd::serves_many(*etcd)) return std::nullopt;
    return SingleTarget{"prefix", "the prefix", etcd->prefix};
  }
  return std::nullopt;
}

std::optional<FileFault> file_fault(const TrafficConfig& config, const Environment& environment) {
  const auto* file{std::get_if<template_file::Settings>(&config.settings)};
  if (file == nullptr || file->template_path.empty()) return std::nullopt;
  const auto text{environment.read_file(file->template_path, template_file::template_bytes_max)};
  if (!text) {
    return FileFault{"template", fmt::format("{} cannot be read: {}", quoted(file->template_path),
                                             text.error().context)};
  }
  const auto parsed{template_file::Template::parse(*text)};
  if (parsed) return std::nullopt;
  return FileFault{"template",
                   fmt::format("{}, {}", quoted(file->template_path), parsed.error().context)};
}

}  // namespace spillway::settings
