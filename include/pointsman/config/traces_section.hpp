#pragma once

#include "pointsman/config/settings.hpp"
#include "pointsman/config/value.hpp"

namespace pointsman::config {

// {collector, ca_file, headers, sample, service_name}
void read_traces(const Value& value, Traces& traces);

}  // namespace pointsman::config
