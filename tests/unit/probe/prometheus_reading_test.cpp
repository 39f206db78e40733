#include "pointsman/probe/prometheus_reading.hpp"

#include <gtest/gtest.h>

#include "probing.hpp"

namespace pointsman::probe {
namespace {

constexpr std::string_view page = R"(# HELP load The load.
# TYPE load gauge
load 3
load_total 7.5
vllm:running{model_name="a"} 2.0
vllm:running{model_name="b } 9 \" {",engine="1"} 4 1795000000
share{engine="0"} 0.25
share{engine="1"} 7.5e-1
spaced 	 12
broken{label="x 5
broken2 twelve
broken3 5x
nothing
infinite +Inf
negative -1
nan NaN
mixed NaN
mixed 1
huge 1e300
dos 6)"
                                  "\r\n";

TEST(PrometheusReading, FindsSamplesByTheirWholeNames) {
  const PrometheusReading reading(page);
  EXPECT_EQ(reading.sum("load"), 3);
  EXPECT_EQ(reading.sum("load_total"), 7.5);
  EXPECT_EQ(reading.sum("spaced"), 12);
  EXPECT_EQ(reading.sum("dos"), 6);
  EXPECT_TRUE(reading.has("load"));
  for (const auto* absent : {"loa", "HELP", "# HELP load", "vllm:run", "label", "other"}) {
    EXPECT_FALSE(reading.has(absent)) << absent;
  }
}

TEST(PrometheusReading, TakesAllLabelsTogether) {
  const PrometheusReading reading(page);
  EXPECT_EQ(reading.sum("vllm:running"), 6);
  EXPECT_EQ(reading.count("vllm:running"), 6u);
  EXPECT_EQ(reading.largest("share"), 0.75);
  EXPECT_EQ(reading.largest("negative"), -1);
}

TEST(PrometheusReading, TakesNoNonsenseForAValue) {
  const PrometheusReading reading(page);
  for (const auto* name : {"broken", "broken2", "broken3", "nothing", "infinite", "nan"}) {
    EXPECT_FALSE(reading.sum(name)) << name;
    EXPECT_FALSE(reading.largest(name)) << name;
    EXPECT_FALSE(reading.count(name)) << name;
  }
  EXPECT_EQ(reading.sum("mixed"), 1);
  EXPECT_FALSE(reading.count("negative"));
  EXPECT_FALSE(reading.count("huge"));
}

TEST(PrometheusReading, OfAnAnswer) {
  const auto refused = answered(get("/metrics"), 404, "load 1");
  EXPECT_FALSE(PrometheusReading(refused).has("load"));
  const auto silent = failed(get("/metrics"), Failure::broken);
  EXPECT_FALSE(PrometheusReading(silent).has("load"));
  const auto empty = answered(get("/metrics"), 200, "");
  EXPECT_FALSE(PrometheusReading(empty).has("load"));
  const auto seen = answered(get("/metrics"), 200, "load 1");
  EXPECT_EQ(PrometheusReading(seen).count("load"), 1u);
}

TEST(AsShare, IsFromNoneToAll) {
  EXPECT_EQ(as_share(0.0), 0.0);
  EXPECT_EQ(as_share(1.0), 1.0);
  EXPECT_FALSE(as_share(std::nullopt));
  EXPECT_FALSE(as_share(1.5));
  EXPECT_FALSE(as_share(-0.5));
}

}  // namespace
}  // namespace pointsman::probe
