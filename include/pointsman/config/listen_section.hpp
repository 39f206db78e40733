#pragma once

#include <vector>

#include "pointsman/config/settings.hpp"
#include "pointsman/config/value.hpp"

namespace pointsman::config {

// `listen:`: an address, or a list of addresses and of {address, tls}.
void read_listen(const Value& value, std::vector<Listener>& listen);

// `operations:`: an address or {address, tls}.
void read_listener(const Value& value, Listener& listener);

}  // namespace pointsman::config
