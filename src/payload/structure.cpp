#include "structure.hpp"

namespace pointsman::payload {
namespace {

using ondemand::json_type;
using simdjson::error_code;

error_code check_container(ondemand::value& value, json_type type, int depth);

// Small enough to be inlined into the loops below, where nearly every value is a scalar.
inline error_code check_value(ondemand::value& value, int depth) {
  const auto type = value.type();
  if (type.error()) return type.error();
  switch (type.value_unsafe()) {
    // Left where they are: the iteration steps over them several times faster than they could be read.
    case json_type::number:
    case json_type::string: return simdjson::SUCCESS;
    case json_type::boolean: return value.get_bool().error() ? simdjson::TAPE_ERROR : simdjson::SUCCESS;
    case json_type::null: return value.is_null().error() ? simdjson::TAPE_ERROR : simdjson::SUCCESS;
    case json_type::array:
    case json_type::object: return check_container(value, type.value_unsafe(), depth);
  }
  return simdjson::TAPE_ERROR;
}

error_code check_container(ondemand::value& value, json_type type, int depth) {
  if (depth > max_depth) return simdjson::DEPTH_ERROR;
  if (type == json_type::array) {
    ondemand::array array;
    if (const error_code error = value.get_array().get(array)) return error;
    for (auto element : array) {
      if (element.error()) return element.error();
      if (const error_code error = check_value(element.value_unsafe(), depth + 1)) return error;
    }
  } else {
    ondemand::object object;
    if (const error_code error = value.get_object().get(object)) return error;
    for (auto field : object) {
      if (field.error()) return field.error();
      if (const error_code error = check_value(field.value_unsafe().value(), depth + 1)) return error;
    }
  }
  return simdjson::SUCCESS;
}

}  // namespace

error_code check_structure(ondemand::value& value, int depth) { return check_value(value, depth); }

}  // namespace pointsman::payload
