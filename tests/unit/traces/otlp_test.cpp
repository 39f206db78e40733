#include "pointsman/traces/otlp.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pointsman::traces {
namespace {

using Json = nlohmann::json;

Span span() {
  Span result;
  const auto context = *observe::parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  result.trace = context.trace;
  result.id = context.span;
  result.name = "POST /v1/chat/completions";
  result.began = SpanTime(std::chrono::nanoseconds(1'700'000'000'000'000'001));
  result.ended = SpanTime(std::chrono::nanoseconds(1'700'000'000'500'000'000));
  return result;
}

Json only_span(const Span& told) {
  return Json::parse(otlp_body({&told, 1}, "s", "i"))["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
}

TEST(Otlp, IsTheJsonMapping) {
  auto told = span();
  told.kind = Span::Kind::client;
  told.parent = told.id;
  told.status = Span::Status::error;
  told.attributes = {{"text", std::string("t")}, {"number", std::int64_t{1} << 60}, {"truth", true}};
  told.events = {{"first_byte", told.ended}};
  const auto expected = Json::parse(R"({
    "traceId": "4bf92f3577b34da6a3ce929d0e0e4736", "spanId": "00f067aa0ba902b7", "parentSpanId": "00f067aa0ba902b7",
    "flags": 257, "name": "POST /v1/chat/completions", "kind": 3,
    "startTimeUnixNano": "1700000000000000001", "endTimeUnixNano": "1700000000500000000",
    "attributes": [
      {"key": "text", "value": {"stringValue": "t"}},
      {"key": "number", "value": {"intValue": "1152921504606846976"}},
      {"key": "truth", "value": {"boolValue": true}}],
    "events": [{"timeUnixNano": "1700000000500000000", "name": "first_byte"}],
    "status": {"code": 2}})");
  EXPECT_EQ(only_span(told), expected);
}

TEST(Otlp, LeavesOutWhatThereIsNot) {
  const auto told = only_span(span());
  EXPECT_FALSE(told.contains("parentSpanId"));
  EXPECT_FALSE(told.contains("events"));
  EXPECT_EQ(told["kind"], 2);
  EXPECT_EQ(told["status"], Json::object());
  EXPECT_EQ(told["attributes"], Json::array());
}

TEST(Otlp, SaysWhoTells) {
  const auto body = Json::parse(otlp_body({}, "gateway", "one"));
  std::map<std::string, std::string> resource;
  for (const auto& each : body["resourceSpans"][0]["resource"]["attributes"]) {
    resource[each["key"]] = each["value"]["stringValue"];
  }
  const std::map<std::string, std::string> expected{
      {"service.name", "gateway"}, {"service.version", POINTSMAN_VERSION}, {"service.instance.id", "one"}};
  EXPECT_EQ(resource, expected);
}

TEST(Otlp, TakesTextThatIsNone) {
  auto told = span();
  told.attributes = {{"gen_ai.request.model", std::string("m\xff\"\n")}};
  EXPECT_EQ(only_span(told)["attributes"][0]["value"]["stringValue"], "m\ufffd\"\n");
}

}  // namespace
}  // namespace pointsman::traces
