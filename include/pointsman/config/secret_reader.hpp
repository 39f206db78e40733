#pragma once

#include "pointsman/base/secret.hpp"
#include "pointsman/config/value.hpp"

// Secrets from the file. No message quotes them, nor the path of a file that they are in (people mix the two up).
namespace pointsman::config {

// A key that stands in the file, or comes from a variable: visible ASCII, as it is sent in a header.
void secret(const Value& value, Secret& target);

// The path of a file that holds nothing but a key; the line break at its end does not belong to the key.
void secret_file(const Value& value, Secret& target);

// The same for the whole value of a header: it may have spaces between its words.
void secret_field(const Value& value, Secret& target);
void secret_field_file(const Value& value, Secret& target);

}  // namespace pointsman::config
