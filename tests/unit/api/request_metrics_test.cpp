#include "pointsman/api/request_metrics.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

namespace pointsman::api {
namespace {

using namespace std::chrono_literals;

// What a scraper reads: the value of each sample by its name and labels.
class Scraped {
 public:
  explicit Scraped(const std::string& text) {
    EXPECT_TRUE(text.ends_with('\n'));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("# ")) {
        announce(line.substr(2));
      } else {
        take_sample(line);
      }
    }
  }

  // 0: there is none.
  double value(const std::string& sample) const {
    const auto found = samples_.find(sample);
    return found == samples_.end() ? 0 : found->second;
  }
  bool has(const std::string& sample) const { return samples_.contains(sample); }

 private:
  void announce(const std::string& comment) {
    std::istringstream words(comment);
    std::string keyword;
    std::string name;
    std::string type;
    words >> keyword >> name >> type;
    if (keyword == "HELP") {
      EXPECT_TRUE(described_.insert(name).second) << name << " is described twice";
    } else {
      EXPECT_EQ(keyword, "TYPE") << comment;
      EXPECT_TRUE(described_.contains(name)) << "the help of " << name << " is missing";
      EXPECT_TRUE(type == "counter" || type == "histogram" || type == "gauge") << comment;
      EXPECT_EQ(type == "counter", name.ends_with("_total")) << comment;
      metric_ = name;
    }
  }

  void take_sample(const std::string& line) {
    const auto space = line.rfind(' ');
    ASSERT_NE(space, std::string::npos) << line;
    EXPECT_FALSE(metric_.empty()) << "before any metric: " << line;
    EXPECT_TRUE(line.starts_with(metric_)) << "among the samples of " << metric_ << ": " << line;
    std::size_t end = 0;
    const auto number = line.substr(space + 1);
    const double value = std::stod(number, &end);
    EXPECT_EQ(end, number.size()) << line;
    EXPECT_TRUE(samples_.emplace(line.substr(0, space), value).second) << "twice: " << line;
  }

  std::map<std::string, double> samples_;
  std::set<std::string> described_;
  std::string metric_;
};

class RequestMetricsTest : public testing::Test {
 protected:
  Scraped scraped() const {
    const std::array<const RequestMetrics*, 2> workers{&first_, &second_};
    return Scraped(metrics_text(workers));
  }
  static const Route* route(std::string_view path) { return match("POST", path).route; }

  RequestMetrics first_;
  RequestMetrics second_;
  const Route* chat_ = route("/v1/chat/completions");
  const Route* alive_ = route("/healthz");
};

TEST_F(RequestMetricsTest, AddsUpWhatTheWorkersCounted) {
  first_.count(chat_, 200, 2ms, 10, 1000);
  first_.count(chat_, 201, 3ms, 20, 2000);
  second_.count(chat_, 299, 3s, 30, 3000);
  second_.count(chat_, 503, 1us, 40, 4000);
  second_.count(alive_, 200, 1us, 0, 18);
  const auto metrics = scraped();
  const std::string chat = R"({route="/v1/chat/completions"})";
  EXPECT_EQ(metrics.value(R"(pointsman_requests_total{route="/v1/chat/completions",status="2xx"})"), 3);
  EXPECT_EQ(metrics.value(R"(pointsman_requests_total{route="/v1/chat/completions",status="5xx"})"), 1);
  EXPECT_EQ(metrics.value(R"(pointsman_requests_total{route="/healthz",status="2xx"})"), 1);
  EXPECT_EQ(metrics.value("pointsman_request_body_bytes_total" + chat), 100);
  EXPECT_EQ(metrics.value("pointsman_answer_body_bytes_total" + chat), 10'000);
  EXPECT_EQ(metrics.value(R"(pointsman_answer_body_bytes_total{route="/healthz"})"), 18);
  EXPECT_EQ(metrics.value("pointsman_request_duration_seconds_count" + chat), 4);
  EXPECT_DOUBLE_EQ(metrics.value("pointsman_request_duration_seconds_sum" + chat), 3.005001);
}

TEST_F(RequestMetricsTest, TellsTheClassesOfStatusesApart) {
  const std::vector<std::pair<int, std::string>> cases{{0, "none"},  {200, "2xx"}, {299, "2xx"}, {304, "3xx"},
                                                       {400, "4xx"}, {499, "4xx"}, {500, "5xx"}, {599, "5xx"}};
  std::map<std::string, int> expected;
  for (const auto& [status, name] : cases) {
    first_.count(chat_, status, 1ms, 0, 0);
    ++expected[name];
  }
  const auto metrics = scraped();
  for (const auto& name : {"none", "1xx", "2xx", "3xx", "4xx", "5xx"}) {
    const auto sample = std::string(R"(pointsman_requests_total{route="/v1/chat/completions",status=")") + name + "\"}";
    EXPECT_EQ(metrics.value(sample), expected[name]) << name;
    EXPECT_EQ(metrics.has(sample), expected[name] > 0) << "what never happened is left out: " << name;
  }
}

TEST_F(RequestMetricsTest, CountsWhatLedToNoRoute) {
  first_.count(nullptr, 404, 1ms, 5, 100);
  second_.count(nullptr, 404, 1ms, 6, 100);
  const auto metrics = scraped();
  EXPECT_EQ(metrics.value(R"(pointsman_requests_total{route="none",status="4xx"})"), 2);
  EXPECT_EQ(metrics.value(R"(pointsman_request_body_bytes_total{route="none"})"), 11);
  EXPECT_EQ(metrics.value(R"(pointsman_request_duration_seconds_count{route="none"})"), 2);
}

TEST_F(RequestMetricsTest, SpreadsDurationsOverBucketsThatIncludeTheSmaller) {
  first_.count(chat_, 200, 900us, 0, 0);
  second_.count(chat_, 200, 2ms, 0, 0);
  second_.count(chat_, 200, 1h, 0, 0);
  const auto metrics = scraped();
  const std::vector<std::pair<std::string, double>> cases{{"0.0005", 0}, {"0.001", 1}, {"0.0025", 2},
                                                          {"1", 2},      {"600", 2},   {"+Inf", 3}};
  for (const auto& [bound, count] : cases) {
    const auto sample =
        R"(pointsman_request_duration_seconds_bucket{route="/v1/chat/completions",le=")" + bound + "\"}";
    EXPECT_TRUE(metrics.has(sample)) << sample;
    EXPECT_EQ(metrics.value(sample), count) << sample;
  }
}

TEST_F(RequestMetricsTest, TellsHowFastAClientsLeavingWasPassedOn) {
  first_.client_leave().observe(50us);
  second_.client_leave().observe(3ms);
  const auto metrics = scraped();
  EXPECT_EQ(metrics.value(R"(pointsman_client_leave_seconds_bucket{le="0.0001"})"), 1);
  EXPECT_EQ(metrics.value(R"(pointsman_client_leave_seconds_bucket{le="0.005"})"), 2);
  EXPECT_EQ(metrics.value("pointsman_client_leave_seconds_count"), 2);
  EXPECT_DOUBLE_EQ(metrics.value("pointsman_client_leave_seconds_sum"), 0.00305);
}

TEST_F(RequestMetricsTest, ShowsEveryRouteFromTheStart) {
  const auto metrics = scraped();
  for (const auto& each : all_routes()) {
    const auto labels = "{route=\"" + std::string(each.label) + "\"}";
    EXPECT_TRUE(metrics.has("pointsman_request_body_bytes_total" + labels)) << labels;
    EXPECT_TRUE(metrics.has("pointsman_answer_body_bytes_total" + labels)) << labels;
    EXPECT_TRUE(metrics.has("pointsman_request_duration_seconds_count" + labels)) << labels;
  }
}

}  // namespace
}  // namespace pointsman::api
