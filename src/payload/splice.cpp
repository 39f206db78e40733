#include "pointsman/payload/splice.hpp"

#include "pointsman/base/json_string.hpp"

namespace pointsman::payload {

Spliced splice(std::string_view body, const RequestFields& fields, std::string_view model, Notation notation) {
  return {notation == Notation::json ? json_string(model) : std::string(model), body.substr(0, fields.model_offset),
          body.substr(fields.model_offset + fields.model_size)};
}

}  // namespace pointsman::payload
