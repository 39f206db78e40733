#pragma once

#include <array>
#include <string>
#include <string_view>

#include "pointsman/payload/request_fields.hpp"

namespace pointsman::payload {

// A body whose model has another name, as three pieces to be written one after the other: what stands before the value,
// the value, what stands behind. Every byte but the value's is the client's.
struct Spliced {
  std::string value;  // in the body's notation
  std::string_view prefix;
  std::string_view suffix;

  std::size_t size() const { return prefix.size() + value.size() + suffix.size(); }
  std::array<std::string_view, 3> pieces() const { return {prefix, value, suffix}; }
};

// How a body writes the name of a model: as a JSON string, quotes included, or as it is.
enum class Notation { json, plain };

// `fields` must come from a scan of `body` and have a model. Where the notation is plain, `model` has no line's end: a
// form could then get another part.
Spliced splice(std::string_view body, const RequestFields& fields, std::string_view model,
               Notation notation = Notation::json);

}  // namespace pointsman::payload
