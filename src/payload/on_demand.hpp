#pragma once

// simdjson without its exceptions, so that an error that is overlooked does not compile.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

namespace pointsman::payload {

namespace ondemand = simdjson::ondemand;

}  // namespace pointsman::payload
