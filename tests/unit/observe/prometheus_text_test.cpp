#include "pointsman/observe/prometheus_text.hpp"

#include <gtest/gtest.h>

namespace pointsman::observe {
namespace {

using namespace std::chrono_literals;

TEST(PrometheusText, WritesCountersWithEscapedLabels) {
  PrometheusText text;
  text.metric("requests_total", "counter", "All of them.");
  text.sample({{"route", "/v1/models"}, {"name", "a\"b\\c\nd"}}, 7);
  text.sample({}, 8);
  EXPECT_EQ(text.take(),
            "# HELP requests_total All of them.\n"
            "# TYPE requests_total counter\n"
            "requests_total{route=\"/v1/models\",name=\"a\\\"b\\\\c\\nd\"} 7\n"
            "requests_total 8\n");
}

TEST(PrometheusText, AddsHistogramsUpIntoCumulativeBuckets) {
  Histogram first;
  Histogram second;
  first.observe(100us);  // a bound belongs to the bucket that it ends
  first.observe(101us);
  second.observe(3s);
  second.observe(3600s);
  PrometheusText text;
  text.metric("duration_seconds", "histogram", "How long.");
  const std::array<const Histogram*, 2> parts{&first, &second};
  text.histogram({{"route", "x"}}, parts);
  const std::string written = text.take();
  for (const auto* line :
       {"duration_seconds_bucket{route=\"x\",le=\"0.0001\"} 1\n",
        "duration_seconds_bucket{route=\"x\",le=\"0.00025\"} 2\n", "duration_seconds_bucket{route=\"x\",le=\"1\"} 2\n",
        "duration_seconds_bucket{route=\"x\",le=\"5\"} 3\n", "duration_seconds_bucket{route=\"x\",le=\"600\"} 3\n",
        "duration_seconds_bucket{route=\"x\",le=\"+Inf\"} 4\n", "duration_seconds_sum{route=\"x\"} 3603.000201\n",
        "duration_seconds_count{route=\"x\"} 4\n"}) {
    EXPECT_NE(written.find(line), std::string::npos) << line << written;
  }
}

TEST(PrometheusText, WritesOpenMetricsWithFamiliesUnitsAndAnEnd) {
  Histogram histogram;
  PrometheusText text(MetricsFormat::openmetrics);
  text.metric("requests_total", "counter", "All of them.");
  text.sample({{"route", "a\nb"}}, std::uint64_t{7});
  text.metric("build_info", "info", "Which one.");
  text.sample({{"version", "1"}}, std::uint64_t{1});
  text.metric("duration_seconds", "histogram", "How long.");
  text.histogram({}, std::array<const Histogram*, 1>{&histogram});
  const std::string written = text.take();
  EXPECT_TRUE(
      written.starts_with("# TYPE requests counter\n"
                          "# HELP requests All of them.\n"
                          "requests_total{route=\"a\\nb\"} 7\n"
                          "# TYPE build info\n"
                          "# HELP build Which one.\n"
                          "build_info{version=\"1\"} 1\n"
                          "# TYPE duration_seconds histogram\n"
                          "# UNIT duration_seconds seconds\n"
                          "# HELP duration_seconds How long.\n"))
      << written;
  EXPECT_NE(written.find("duration_seconds_bucket{le=\"1.0\"} 0\n"), std::string::npos) << written;
  EXPECT_TRUE(written.ends_with("# EOF\n")) << written;
}

}  // namespace
}  // namespace pointsman::observe
