#include "controller/core/template_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <variant>

#include "controller/core/text_rows.hpp"

namespace spillway {

namespace {

/// Raised with every change of `describe`: a text of another version is not read.
constexpr std::string_view version{"template 1"};
/// No list of a template is longer; a text that says so is none of ours.
constexpr std::size_t items_max{10'000};

/// `5:hello,`: a netstring (D. J. Bernstein, 1997), one after the other.
class Writer {
 public:
  template <class T>
  using Ref = const T&;

  explicit Writer(std::string& out) : out_{out} {}

  void put(const std::string& text) { out_ += fmt::format("{}:{},", text.size(), text); }
  void put(bool flag) { put(std::string{flag ? "1" : "0"}); }
  void put(int number) { put(fmt::format("{}", number)); }
  void put(double number) { put(fmt::format("{}", number)); }
  void put(Duration duration) { put(fmt::format("{}", duration.count())); }
  void secret(const std::string& value) { put(!value.empty()); }

  template <class Enum>
  void word(Enum value, int /*words*/) {
    put(static_cast<int>(value));
  }
  template <class T>
  void list(const std::vector<T>& items) {
    put(static_cast<int>(items.size()));
    for (const T& item : items) each(item);
  }
  template <class T>
  void map(const std::map<std::string, T>& items) {
    put(static_cast<int>(items.size()));
    for (const auto& [key, item] : items) {
      put(key);
      each(item);
    }
  }
  void secrets(const std::map<std::string, std::string>& items) {
    put(static_cast<int>(items.size()));
    for (const auto& [key, value] : items) {
      put(key);
      secret(value);
    }
  }
  template <class T>
  void optional(const std::optional<T>& item) {
    put(item.has_value());
    if (item) each(*item);
  }
  std::size_t kind(const Volume& volume) {
    put(static_cast<int>(volume.kind.index()));
    return volume.kind.index();
  }

 private:
  void each(const std::string& item) { put(item); }
  void each(int item) { put(item); }
  template <class T>
  void each(const T& item) {
    describe(*this, item);
  }

  std::string& out_;
};

/// Reads what Writer wrote; after the first mistake everything is empty.
class Reader {
 public:
  template <class T>
  using Ref = T&;

  explicit Reader(std::string_view text) : rest_{text} {}

  bool is_whole() const { return !is_broken_ && rest_.empty(); }

  void put(std::string& text) { text = next(); }
  void put(bool& flag) { flag = next() == "1"; }
  void put(int& number) { number = read<int>(); }
  void put(double& number) { number = read<double>(); }
  void put(Duration& duration) { duration = Duration{read<std::int64_t>()}; }
  void secret(std::string& value) { value = next() == "1" ? secret_left_out : ""; }

  template <class Enum>
  void word(Enum& value, int words) {
    const int number{read<int>()};
    if (number < 0 || number >= words) return fail();
    value = static_cast<Enum>(number);
  }
  template <class T>
  void list(std::vector<T>& items) {
    for (std::size_t left{count()}; left > 0 && !is_broken_; --left) each(items.emplace_back());
  }
  template <class T>
  void map(std::map<std::string, T>& items) {
    for (std::size_t left{count()}; left > 0 && !is_broken_; --left) {
      std::string key{next()};
      each(items[std::move(key)]);
    }
  }
  void secrets(std::map<std::string, std::string>& items) {
    for (std::size_t left{count()}; left > 0 && !is_broken_; --left) {
      std::string key{next()};
      secret(items[std::move(key)]);
    }
  }
  template <class T>
  void optional(std::optional<T>& item) {
    if (next() == "1") each(item.emplace());
  }
  std::size_t kind(Volume& volume) {
    const int index{read<int>()};
    if (index == 1) {
      volume.kind = SecretVolume{};
    } else if (index == 2) {
      volume.kind = AzureFileVolume{};
    } else if (index != 0) {
      fail();
    }
    return volume.kind.index();
  }

 private:
  void fail() {
    is_broken_ = true;
    rest_ = {};
  }

  std::string next() {
    const std::size_t colon{std::min(rest_.find(':'), rest_.size())};
    const auto size{number_of<std::size_t>(rest_.substr(0, colon))};
    rest_.remove_prefix(std::min(colon + 1, rest_.size()));
    const bool is_sound{size && *size < rest_.size() && rest_[*size] == ','};
    if (!is_sound) {
      fail();
      return {};
    }
    std::string text{rest_.substr(0, *size)};
    rest_.remove_prefix(*size + 1);
    return text;
  }

  template <class Number>
  Number read() {
    const auto number{number_of<Number>(next())};
    if (!number) fail();
    return number.value_or(Number{});
  }

  std::size_t count() {
    const auto number{read<std::size_t>()};
    if (number <= items_max) return number;
    fail();
    return 0;
  }

  void each(std::string& item) { put(item); }
  void each(int& item) { put(item); }
  template <class T>
  void each(T& item) {
    describe(*this, item);
  }

  std::string_view rest_;
  bool is_broken_{false};
};

template <class Archive, class T>
using Ref = typename Archive::template Ref<T>;

// Every struct is taken apart with all its members, so that one with a new member does not compile
// until it is here.

template <class Archive>
void describe(Archive& a, Ref<Archive, Mount> mount) {
  auto& [volume, path, is_read_only] = mount;
  a.put(volume);
  a.put(path);
  a.put(is_read_only);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, ContainerProbe> probe) {
  auto& [command, path, port, is_https, headers, initial_delay, period, timeout, failures,
         successes] = probe;
  a.list(command);
  a.put(path);
  a.put(port);
  a.put(is_https);
  a.map(headers);
  a.put(initial_delay);
  a.put(period);
  a.put(timeout);
  a.put(failures);
  a.put(successes);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, ContainerParts> parts) {
  auto& [image, command, env, secure_env, mounts] = parts;
  a.put(image);
  a.list(command);
  a.map(env);
  a.secrets(secure_env);
  a.list(mounts);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, InitContainer> container) {
  auto& [name, parts] = container;
  a.put(name);
  describe(a, parts);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Sidecar> sidecar) {
  auto& [name, parts, vcpu, memory_gb, ports, liveness, readiness] = sidecar;
  a.put(name);
  describe(a, parts);
  a.put(vcpu);
  a.put(memory_gb);
  a.list(ports);
  a.optional(liveness);
  a.optional(readiness);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, Volume> volume) {
  const std::size_t kind{a.kind(volume)};
  if (kind == 1) {
    auto& [files] = std::get<SecretVolume>(volume.kind);
    a.secrets(files);
  } else if (kind == 2) {
    auto& [account, share, key, is_read_only] = std::get<AzureFileVolume>(volume.kind);
    a.put(account);
    a.put(share);
    a.secret(key);
    a.put(is_read_only);
  }
}

template <class Archive>
void describe(Archive& a, Ref<Archive, ReplicaTemplate> replica) {
  auto& [image, command, env, secure_env, port, registry_server, registry_username,
         registry_password, subnet_id, registry_identity, more_ports, vcpu_limit, memory_limit_gb,
         mounts, liveness, readiness, sidecars, init_containers, volumes, restart, address,
         dns_label, dns_reuse, sku, cce_policy, identities, has_system_identity, log_workspace_id,
         log_workspace_key, tags, gpus] = replica;
  a.put(image);
  a.list(command);
  a.map(env);
  a.secrets(secure_env);
  a.put(port);
  a.put(registry_server);
  a.put(registry_username);
  a.secret(registry_password);
  a.put(subnet_id);
  a.put(registry_identity);
  a.list(more_ports);
  a.put(vcpu_limit);
  a.put(memory_limit_gb);
  a.list(mounts);
  a.optional(liveness);
  a.optional(readiness);
  a.list(sidecars);
  a.list(init_containers);
  a.map(volumes);
  a.word(restart, static_cast<int>(restart_policy_words.size()));
  a.word(address, static_cast<int>(address_words.size()));
  a.put(dns_label);
  a.word(dns_reuse, static_cast<int>(dns_reuse_words.size()));
  a.word(sku, static_cast<int>(sku_words.size()));
  a.put(cce_policy);
  a.list(identities);
  a.put(has_system_identity);
  a.put(log_workspace_id);
  a.secret(log_workspace_key);
  a.map(tags);
  a.put(gpus);
}

template <class Archive>
void describe(Archive& a, Ref<Archive, TemplateMemory> memory) {
  auto& [trusted_hash, rejected_hash, trusted] = memory;
  a.put(trusted_hash);
  a.put(rejected_hash);
  describe(a, trusted);
}

/// Fills secrets in, and notes those that it does not find.
class Filling {
 public:
  void one(std::string& value, bool is_same, const std::string& source, std::string_view what) {
    if (value != secret_left_out) return;
    if (!is_same || source.empty()) {
      missing.push_back(fmt::format("{}", what));
      return;
    }
    value = source;
  }

  void all(std::map<std::string, std::string>& values,
           const std::map<std::string, std::string>& sources, std::string_view where) {
    for (auto& [name, value] : values) {
      const auto source{sources.find(name)};
      const bool is_there{source != sources.end()};
      one(value, is_there, is_there ? source->second : std::string{},
          fmt::format("{} {}", where, name));
    }
  }

  /// Of containers beside the main one, by their names.
  template <class Container>
  void containers(std::vector<Container>& values, const std::vector<Container>& sources) {
    for (Container& value : values) {
      const auto source{std::ranges::find(sources, value.name, &Container::name)};
      const bool is_there{source != sources.end()};
      all(value.parts.secure_env, is_there ? source->parts.secure_env : empty,
          "secure_env of " + value.name);
    }
  }

  const std::map<std::string, std::string> empty{};
  std::vector<std::string> missing{};
};

void fill_volume(Filling& filling, const std::string& name, Volume& volume, const Volume& from) {
  if (auto* const files{std::get_if<SecretVolume>(&volume.kind)}) {
    const auto* const source{std::get_if<SecretVolume>(&from.kind)};
    filling.all(files->files, source != nullptr ? source->files : filling.empty,
                "volume " + name + " file");
  } else if (auto* const share{std::get_if<AzureFileVolume>(&volume.kind)}) {
    const auto* const source{std::get_if<AzureFileVolume>(&from.kind)};
    const bool is_same{source != nullptr && source->account == share->account};
    filling.one(share->key, is_same, is_same ? source->key : std::string{}, "key of " + name);
  }
}

}  // namespace

std::string to_text(const TemplateMemory& memory) {
  std::string text{};
  Writer writer{text};
  writer.put(std::string{version});
  describe(writer, memory);
  return text;
}

std::optional<TemplateMemory> template_memory_from(std::string_view text) {
  Reader reader{text};
  std::string written_by{};
  reader.put(written_by);
  if (written_by != version) return std::nullopt;
  TemplateMemory memory{};
  describe(reader, memory);
  if (!reader.is_whole()) return std::nullopt;
  return memory;
}

std::vector<std::string> fill_secrets(ReplicaTemplate& replica, const ReplicaTemplate& from) {
  Filling filling{};
  filling.all(replica.secure_env, from.secure_env, "secure_env");
  const bool is_same_registry{replica.registry_server == from.registry_server &&
                              replica.registry_username == from.registry_username};
  filling.one(replica.registry_password, is_same_registry, from.registry_password,
              "password of " + replica.registry_server);
  filling.one(replica.log_workspace_key, replica.log_workspace_id == from.log_workspace_id,
              from.log_workspace_key, "key of the log workspace");
  filling.containers(replica.sidecars, from.sidecars);
  filling.containers(replica.init_containers, from.init_containers);
  for (auto& [name, volume] : replica.volumes) {
    const auto source{from.volumes.find(name)};
    fill_volume(filling, name, volume, source == from.volumes.end() ? Volume{} : source->second);
  }
  return filling.missing;
}

}  // namespace spillway
