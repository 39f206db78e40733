#include "pointsman/api/metrics_format.hpp"

#include <gtest/gtest.h>

namespace pointsman::api {
namespace {

using observe::MetricsFormat;

TEST(MetricsFormat, IsTheOneThatTheScraperLikesBetter) {
  struct Case {
    std::string_view accept;
    bool is_openmetrics;
  };
  for (const auto& [accept, is_openmetrics] : {
           Case{"", false},
           Case{"*/*", false},
           Case{"text/plain", false},
           Case{"application/json", false},
           Case{"application/openmetrics-text", true},
           Case{"Application/OpenMetrics-Text; version=1.0.0", true},
           Case{"application/openmetrics-text;q=0", false},
           Case{"application/openmetrics-text;q=0.3,text/plain;q=0.5", false},
           Case{"text/plain;q=0.5 , application/openmetrics-text; q=0.5", true},
           Case{"application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
                "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                true},
           Case{"application/openmetrics-textual", false},
           Case{",;,;q=,", false},
       }) {
    EXPECT_EQ(format_for(accept) == MetricsFormat::openmetrics, is_openmetrics) << accept;
  }
}

TEST(MetricsFormat, IsSaidInTheContentType) {
  EXPECT_EQ(content_type_of(MetricsFormat::prometheus), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(content_type_of(MetricsFormat::openmetrics), "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

}  // namespace
}  // namespace pointsman::api
