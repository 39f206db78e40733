#pragma once

#include <vector>

#include "pointsman/config/settings.hpp"
#include "pointsman/config/value.hpp"

namespace pointsman::config {

// `listen:`: an address, or a list of addresses and of {address}.
void read_listen(const Value& value, std::vector<Address>& listen);

// `operations:`: an address or {address}.
void read_listener(const Value& value, Address& address);

}  // namespace pointsman::config
