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
    observe::PrometheusText text;
    write_metrics(text, workers, names_);
    return Scraped(text.take());
  }
  static EndedRequest ended(const Route* route, int status, std::chrono::microseconds duration, std::uint64_t bytes_in,
                            std::uint64_t bytes_out) {
    return {.route = route, .status = status, .duration = duration, .bytes_in = bytes_in, .bytes_out = bytes_out};
  }
  static std::string requests(const std::string& route, const std::string& api, const std::string& status) {
    return "pointsman_requests_total{route=\"" + route + "\",api=\"" + api + R"(",model="",endpoint="",status=")" +
           status + "\"}";
  }
  static const Route* route(std::string_view path) { return match("POST", path).route; }

  registry::KnownNames names_;
  RequestMetrics first_;
  RequestMetrics second_;
  const Route* chat_ = route("/v1/chat/completions");
  const Route* alive_ = route("/healthz");
};

TEST_F(RequestMetricsTest, AddsUpWhatTheWorkersCounted) {
  first_.count(ended(chat_, 200, 2ms, 10, 1000));
  first_.count(ended(chat_, 201, 3ms, 20, 2000));
  second_.count(ended(chat_, 299, 3s, 30, 3000));
  second_.count(ended(chat_, 503, 1us, 40, 4000));
  second_.count(ended(alive_, 200, 1us, 0, 18));
  const auto metrics = scraped();
  const std::string chat = R"({route="/v1/chat/completions"})";
  EXPECT_EQ(metrics.value(requests("/v1/chat/completions", "chat_completions", "2xx")), 3);
  EXPECT_EQ(metrics.value(requests("/v1/chat/completions", "chat_completions", "5xx")), 1);
  EXPECT_EQ(metrics.value(requests("/healthz", "", "2xx")), 1);
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
    first_.count(ended(chat_, status, 1ms, 0, 0));
    ++expected[name];
  }
  const auto metrics = scraped();
  for (const auto& name : {"none", "1xx", "2xx", "3xx", "4xx", "5xx"}) {
    const auto sample = requests("/v1/chat/completions", "chat_completions", name);
    EXPECT_EQ(metrics.value(sample), expected[name]) << name;
    EXPECT_EQ(metrics.has(sample), expected[name] > 0) << "what never happened is left out: " << name;
  }
}

TEST_F(RequestMetricsTest, CountsWhatLedToNoRoute) {
  first_.count(ended(nullptr, 404, 1ms, 5, 100));
  second_.count(ended(nullptr, 404, 1ms, 6, 100));
  const auto metrics = scraped();
  EXPECT_EQ(metrics.value(requests("none", "", "4xx")), 2);
  EXPECT_EQ(metrics.value(R"(pointsman_request_body_bytes_total{route="none"})"), 11);
  EXPECT_EQ(metrics.value(R"(pointsman_request_duration_seconds_count{route="none"})"), 2);
}

TEST_F(RequestMetricsTest, SpreadsDurationsOverBucketsThatIncludeTheSmaller) {
  first_.count(ended(chat_, 200, 900us, 0, 0));
  second_.count(ended(chat_, 200, 2ms, 0, 0));
  second_.count(ended(chat_, 200, 1h, 0, 0));
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

TEST_F(RequestMetricsTest, TellsModelsAndEndpointsApart) {
  const auto model = names_.number("m");
  const auto count = [&](RequestMetrics& worker, const std::string& endpoint) {
    auto each = ended(chat_, 200, 1ms, 0, 0);
    each.model = model;
    each.endpoint = names_.number(endpoint);
    worker.count(each);
  };
  count(first_, "a");
  count(second_, "a");
  count(second_, "b");
  const auto metrics = scraped();
  const auto sample = [](const std::string& endpoint) {
    return R"(pointsman_requests_total{route="/v1/chat/completions",api="chat_completions",model="m",endpoint=")" +
           endpoint + R"(",status="2xx"})";
  };
  EXPECT_EQ(metrics.value(sample("a")), 2);
  EXPECT_EQ(metrics.value(sample("b")), 1);
  EXPECT_EQ(metrics.value("pointsman_request_series"), 2);
}

TEST_F(RequestMetricsTest, CountsNoMoreCombinationsThanItHasRoomFor) {
  for (std::size_t number = 0; number < RequestMetrics::most_series + 3; ++number) {
    auto each = ended(chat_, 200, 1ms, 0, 0);
    each.model = names_.number("model-" + std::to_string(number));
    first_.count(each);
  }
  const auto metrics = scraped();
  EXPECT_EQ(metrics.value("pointsman_request_series"), RequestMetrics::most_series);
  EXPECT_EQ(metrics.value("pointsman_requests_beyond_series_total"), 3);
  const std::string other =
      R"(pointsman_requests_total{route="/v1/chat/completions",api="chat_completions",model="other",endpoint="other",)";
  EXPECT_EQ(metrics.value(other + R"(status="2xx"})"), 3);
}

TEST_F(RequestMetricsTest, MeasuresTokensAsTheConventionsSay) {
  auto each = ended(chat_, 200, 3s, 0, 0);
  each.model = names_.number("m");
  proxy::Outcome outcome;
  outcome.usage.input = payload::Count(5);
  outcome.usage.output = payload::Count(11);
  const std::chrono::steady_clock::time_point began(10s);
  outcome.pace.came(1, MonotonicTime(11s));
  outcome.pace.came(4, MonotonicTime(12s));
  first_.count_generation(each, began, outcome);
  const auto metrics = scraped();
  const std::string labels = R"({gen_ai_operation_name="chat",gen_ai_request_model="m")";
  EXPECT_EQ(metrics.value("gen_ai_server_request_duration_seconds_sum" + labels + "}"), 3);
  EXPECT_EQ(metrics.value("gen_ai_server_time_to_first_token_seconds_sum" + labels + "}"), 1);
  EXPECT_EQ(metrics.value("gen_ai_server_time_per_output_token_seconds_sum" + labels + "}"), 0.1);
  EXPECT_EQ(metrics.value("gen_ai_client_token_usage_sum" + labels + R"(,gen_ai_token_type="input"})"), 5);
  EXPECT_EQ(metrics.value("gen_ai_client_token_usage_bucket" + labels + R"(,gen_ai_token_type="output",le="16"})"), 1);
}

}  // namespace
}  // namespace pointsman::api
