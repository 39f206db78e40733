#pragma once

#include <string_view>

#include "pointsman/observe/prometheus_text.hpp"

namespace pointsman::api {

// In which format a scraper wants its metrics, by its Accept field (RFC 9110 §12.5.1): OpenMetrics where it names that
// and does not like plain text better.
observe::MetricsFormat format_for(std::string_view accept);

std::string_view content_type_of(observe::MetricsFormat format);

}  // namespace pointsman::api
