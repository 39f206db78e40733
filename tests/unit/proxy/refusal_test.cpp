#include "pointsman/proxy/refusal.hpp"

#include <gtest/gtest.h>

namespace pointsman::proxy {
namespace {

TEST(Refusal, OfAnUnknownModelWaitsForEndpointsThatMayHaveIt) {
  using registry::Health;
  const std::vector<std::pair<std::vector<Health>, int>> table{
      {{}, 404},
      {{Health::up}, 404},
      {{Health::unknown}, 503},
      {{Health::loading}, 503},
      {{Health::busy}, 503},
      {{Health::auth}, 503},
      {{Health::down}, 503},
      {{Health::up, Health::unknown}, 503},
      {{Health::up, Health::loading}, 503},
      {{Health::up, Health::busy}, 503},
      {{Health::up, Health::auth}, 404},
      {{Health::up, Health::down}, 404},
  };
  for (const auto& [endpoints, status] : table) {
    registry::Snapshot snapshot;
    for (const auto health : endpoints) snapshot.endpoints.emplace_back().health = health;
    const auto answer = unknown_model(snapshot, "m");
    std::string described;
    for (const auto health : endpoints) described += std::string(registry::name(health)) + " ";
    SCOPED_TRACE(described);
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.code, status == 404 ? "model_not_found" : "no_healthy_endpoint");
    EXPECT_EQ(answer.retry_after.has_value(), status == 503);
  }
}

TEST(Refusal, OfAnApiSaysWhatIsSupportedAndThatTryingAgainIsNoUse) {
  registry::SnapshotModel model;
  model.id = "llama";
  model.candidates[registry::Api::chat_completions].push_back({0, 0, 0, registry::Verdict::yes});
  model.candidates[registry::Api::completions].push_back({0, 0, 0, registry::Verdict::unknown});
  model.candidates[registry::Api::embeddings].push_back({0, 0, 0, registry::Verdict::yes});
  const auto answer = unsupported_api(model, registry::Api::responses);
  EXPECT_EQ(answer.status, 501);
  EXPECT_EQ(answer.code, "unsupported_api");
  EXPECT_EQ(answer.param, "model");
  EXPECT_TRUE(answer.final);
  EXPECT_EQ(answer.message,
            "No endpoint offers the API 'responses' for the model 'llama'. It supports: chat_completions, embeddings.");
}

TEST(Refusal, OfAFailedAttemptTellsNoAddress) {
  struct Case {
    ErrorCode code;
    int status;
    std::string_view error_code;
    bool final;
  };
  for (const auto& each : {Case{ErrorCode::unreachable, 502, "upstream_error", false},
                           Case{ErrorCode::connection_lost, 502, "upstream_error", false},
                           Case{ErrorCode::protocol, 502, "upstream_error", false},
                           Case{ErrorCode::timeout, 504, "upstream_timeout", true}}) {
    const Error error{each.code, Origin::upstream, false, "10.1.2.3:80 broke"};
    const auto answer = failed_attempt(error, "gpu", {});
    EXPECT_EQ(answer.status, each.status);
    EXPECT_EQ(answer.code, each.error_code);
    EXPECT_EQ(answer.final, each.final);
    EXPECT_NE(answer.message.find("'gpu'"), std::string::npos);
    EXPECT_EQ(answer.message.find("10.1.2.3"), std::string::npos);
  }
}

TEST(Refusal, OfWhatTookTooLongNamesTheSettingAndItsBound) {
  config::Timeouts timeouts;
  timeouts.connect = Milliseconds(250);
  timeouts.first_byte = Milliseconds(2'000);
  const auto message = [&](bool nothing_was_sent) {
    return failed_attempt({ErrorCode::timeout, Origin::upstream, nothing_was_sent, ""}, "gpu", timeouts).message;
  };
  EXPECT_EQ(message(false), "The endpoint 'gpu' did not answer in time (`timeouts.first_byte`: 2 s).");
  EXPECT_EQ(message(true), "The endpoint 'gpu' cannot be reached in time (`timeouts.connect`: 250 ms).");
}

TEST(Refusal, OfAFullModelNamesTheSetting) {
  EXPECT_EQ(all_full("m").message,
            "Every endpoint of the model 'm' is working on as many requests as it may (`max_concurrent`). Try again.");
}

}  // namespace
}  // namespace pointsman::proxy
