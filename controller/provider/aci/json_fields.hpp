// The strict JSON reading that all adapters share, under the names that this one uses.
#pragma once

#include "controller/io/json_fields.hpp"

namespace spillway::aci {

using io::FieldReader;
using io::parse_object;

}  // namespace spillway::aci
