#include "controller/kubernetes/references.hpp"

#include <utility>

#include "controller/io/base64.hpp"
#include "controller/kubernetes/json_fields.hpp"

namespace spillway::kubernetes {

namespace json = boost::json;

namespace {

using Object = json::object;
using Kind = Reference::Kind;

class Collector {
 public:
  std::set<Reference> of(const Object* spec) {
    for (const std::string_view list : {"containers", "initContainers"}) {
      for (const Object* const container : fields_.objects(spec, list)) environment(container);
    }
    for (const Object* const volume : fields_.objects(spec, "volumes")) add_volume(volume);
    for (const Object* const pull : fields_.objects(spec, "imagePullSecrets")) {
      add(Kind::secret, fields_.text(pull, "name"));
    }
    return std::move(found_);
  }

 private:
  void add(Kind kind, std::string name) {
    if (!name.empty()) found_.insert({kind, std::move(name)});
  }

  void environment(const Object* container) {
    for (const Object* const variable : fields_.objects(container, "env")) {
      const Object* const source{fields_.object(variable, "valueFrom")};
      add(Kind::config_map, fields_.text(fields_.object(source, "configMapKeyRef"), "name"));
      add(Kind::secret, fields_.text(fields_.object(source, "secretKeyRef"), "name"));
    }
    for (const Object* const source : fields_.objects(container, "envFrom")) {
      add(Kind::config_map, fields_.text(fields_.object(source, "configMapRef"), "name"));
      add(Kind::secret, fields_.text(fields_.object(source, "secretRef"), "name"));
    }
  }

  void add_volume(const Object* volume) {
    add(Kind::secret, fields_.text(fields_.object(volume, "secret"), "secretName"));
    add(Kind::config_map, fields_.text(fields_.object(volume, "configMap"), "name"));
    add(Kind::secret, fields_.text(fields_.object(volume, "azureFile"), "secretName"));
    const Object* const csi{fields_.object(volume, "csi")};
    if (fields_.text(csi, "driver") == "file.csi.azure.com") {
      add(Kind::secret, fields_.text(fields_.object(csi, "volumeAttributes"), "secretName"));
    }
    const Object* const projected{fields_.object(volume, "projected")};
    for (const Object* const source : fields_.objects(projected, "sources")) {
      add(Kind::secret, fields_.text(fields_.object(source, "secret"), "name"));
      add(Kind::config_map, fields_.text(fields_.object(source, "configMap"), "name"));
    }
  }

  FieldReader fields_{};
  std::set<Reference> found_{};
};

/// Adds what `key` of `object` holds in base64.
void add_decoded(FieldReader& fields, const Object& object, std::string_view key,
                 std::map<std::string, std::string>& data) {
  for (auto& [name, encoded] : fields.text_map(&object, key)) {
    if (auto decoded{io::decode_base64(encoded)}) {
      data.insert_or_assign(name, std::move(*decoded));
    } else {
      fields.expected("base64", key);
    }
  }
}

}  // namespace

std::string to_string(const Reference& reference) {
  return (reference.kind == Kind::config_map ? "ConfigMap " : "Secret ") + reference.name;
}

Result<KeyedData> parse_config_map(const Object& object) {
  FieldReader fields{};
  KeyedData content{.data = fields.text_map(&object, "data")};
  add_decoded(fields, object, "binaryData", content.data);
  if (fields.mistake()) return with_context("ConfigMap", *fields.mistake());
  return content;
}

Result<KeyedData> parse_secret(const Object& object) {
  FieldReader fields{};
  KeyedData content{.type = fields.text(&object, "type")};
  add_decoded(fields, object, "data", content.data);
  if (fields.mistake()) return with_context("Secret", *fields.mistake());
  return content;
}

std::set<Reference> references_of(const Object& pod_template) {
  FieldReader fields{};
  return Collector{}.of(fields.object(&pod_template, "spec"));
}

}  // namespace spillway::kubernetes
