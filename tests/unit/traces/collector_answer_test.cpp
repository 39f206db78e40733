#include "pointsman/traces/collector_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pointsman::traces {
namespace {

using Kind = CollectorAnswer::Kind;
using testing::HasSubstr;

const WallTime now{Milliseconds(1'700'000'000'000)};  // Tue, 14 Nov 2023 22:13:20 GMT

CollectorAnswer answer(int status, const std::string& body = "", const std::string& retry_after = "") {
  probe::Observation seen;
  seen.status = status;
  seen.body = body;
  if (!retry_after.empty()) seen.headers = {{"retry-after", retry_after}};
  return judge(seen, now);
}

// OTLP 1, "OTLP/HTTP Response": which answers may be tried again.
TEST(CollectorAnswer, SaysWhatBecomesOfTheBatch) {
  for (const int status : {200, 202, 204}) EXPECT_EQ(answer(status).kind, Kind::taken) << status;
  for (const int status : {429, 502, 503, 504}) EXPECT_EQ(answer(status).kind, Kind::later) << status;
  for (const int status : {301, 400, 401, 403, 404, 413, 415, 500, 501}) {
    EXPECT_EQ(answer(status).kind, Kind::refused) << status;
    EXPECT_THAT(answer(status).cause, HasSubstr(std::to_string(status)));
  }
}

TEST(CollectorAnswer, WithoutOneItIsTriedAgain) {
  using probe::Failure;
  for (const auto failure : {Failure::unresolved, Failure::refused, Failure::unreachable, Failure::timed_out,
                             Failure::no_tls, Failure::certificate, Failure::wrong_name, Failure::tls, Failure::broken,
                             Failure::not_http, Failure::too_large, Failure::stopped}) {
    probe::Observation seen;
    seen.failure = failure;
    seen.trouble = "in detail";
    const auto judged = judge(seen, now);
    EXPECT_EQ(judged.kind, Kind::later);
    EXPECT_THAT(judged.cause, testing::EndsWith(": in detail"));
    EXPECT_GT(judged.cause.size(), std::string(": in detail").size());
  }
}

TEST(CollectorAnswer, MayTakeSome) {
  const auto some = answer(200, R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"too\nlong"}})");
  EXPECT_EQ(some.kind, Kind::taken);
  EXPECT_EQ(some.rejected, 3u);
  EXPECT_EQ(some.cause, "it took some of the spans only: too long");
  EXPECT_EQ(answer(200, R"({"partialSuccess":{"rejectedSpans":4}})").rejected, 4u);
  for (const std::string body :
       {"", "{}", "garbage", "[]", R"({"partialSuccess":{}})", R"({"partialSuccess":7})",
        R"({"partialSuccess":{"rejectedSpans":"0"}})", R"({"partialSuccess":{"rejectedSpans":-1}})",
        R"({"partialSuccess":{"rejectedSpans":[]}})"}) {
    EXPECT_EQ(answer(200, body).rejected, 0u) << body;
    EXPECT_EQ(answer(200, body).cause, "") << body;
  }
}

TEST(CollectorAnswer, SaysForHowLongToWait) {
  const std::pair<std::string, std::optional<Milliseconds>> cases[] = {
      {"", std::nullopt},
      {"0", Milliseconds(0)},
      {"7", Milliseconds(7'000)},
      {"4000000000", Milliseconds(300'000)},
      {"99999999999999999999", std::nullopt},
      {"-1", std::nullopt},
      {"soon", std::nullopt},
      {"Tue, 14 Nov 2023 22:13:30 GMT", Milliseconds(10'000)},
      {"Tue, 14 Nov 2023 22:13:10 GMT", Milliseconds(0)},
      {"Tue, 14 Nov 2023 23:13:10 GMT", Milliseconds(300'000)},
  };
  for (const auto& [text, pause] : cases) EXPECT_EQ(answer(503, "", text).asked, pause) << text;
  EXPECT_EQ(answer(400, "", "7").asked, std::nullopt) << "it is not tried again";
}

TEST(CollectorAnswer, ShowsWhatItSaidInOneLine) {
  EXPECT_EQ(answer(400, "{\"message\":\"no\n\x1b[2J\"}").cause.find('\x1b'), std::string::npos);
  EXPECT_LT(answer(400, std::string(100'000, 'x')).cause.size(), 300u);
}

}  // namespace
}  // namespace pointsman::traces
