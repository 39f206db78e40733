#include "pointsman/demo/responses.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pointsman::demo {
namespace {

const Stamp stamp{"17", 1'700'000'000};

// The data of each event, whose name must be its type.
std::vector<Json> events_of(const Answer& answer) {
  std::vector<Json> events;
  for (const auto& event : answer.events) {
    const auto line_end = event.bytes.find('\n');
    const auto data = event.bytes.substr(line_end + 1);
    EXPECT_TRUE(data.starts_with("data: ") && data.ends_with("\n\n")) << event.bytes;
    events.push_back(Json::parse(data.substr(6)));
    EXPECT_EQ(event.bytes.substr(0, line_end), "event: " + events.back().at("type").get<std::string>());
  }
  return events;
}

TEST(DemoResponse, TellsTheInputBack) {
  const auto whole = Json::parse(
      response(Json::parse(R"({"model":"demo","input":"two words","instructions":"be kind","metadata":{"a":"b"}})"),
               stamp)
          .body);
  EXPECT_EQ(whole.at("id"), "resp_17");
  EXPECT_EQ(whole.at("object"), "response");
  EXPECT_EQ(whole.at("status"), "completed");
  EXPECT_EQ(whole.at("metadata"), (Json{{"a", "b"}}));
  EXPECT_EQ(whole.at("output").at(0).at("content").at(0).at("text"), "two words");
  EXPECT_EQ(whole.at("usage").at("input_tokens"), 4);
  EXPECT_EQ(whole.at("usage").at("output_tokens"), 2);
  EXPECT_EQ(whole.at("usage").at("total_tokens"), 6);
}

TEST(DemoResponse, TakesAListOfMessages) {
  const auto request = Json::parse(R"({"model":"demo","input":[{"role":"user","content":"old"},
      {"role":"user","content":[{"type":"input_text","text":"new one"}]}]})");
  const auto whole = Json::parse(response(request, stamp).body);
  EXPECT_EQ(whole.at("output").at(0).at("content").at(0).at("text"), "new one");
  EXPECT_EQ(whole.at("usage").at("input_tokens"), 3);
}

TEST(DemoResponse, StreamsEveryEventInItsOrder) {
  auto request = Json::parse(R"({"model":"demo","input":"two words"})");
  const auto whole = Json::parse(response(request, stamp).body);
  request["stream"] = true;
  const auto answer = response(request, stamp);
  EXPECT_EQ(answer.body, "");
  const auto events = events_of(answer);

  std::vector<std::string> types;
  std::string text;
  for (const auto& event : events) {
    EXPECT_EQ(event.at("sequence_number"), types.size());
    types.push_back(event.at("type"));
    if (types.back() == "response.output_text.delta") text += event.at("delta").get<std::string>();
  }
  const std::vector<std::string> expected{"response.created",           "response.in_progress",
                                          "response.output_item.added", "response.content_part.added",
                                          "response.output_text.delta", "response.output_text.delta",
                                          "response.output_text.done",  "response.content_part.done",
                                          "response.output_item.done",  "response.completed"};
  EXPECT_EQ(types, expected);
  EXPECT_EQ(text, "two words");
  EXPECT_EQ(events.front().at("response").at("status"), "in_progress");
  EXPECT_EQ(events.front().at("response").at("output"), Json::array());
  EXPECT_EQ(events.at(6).at("text"), "two words");
  EXPECT_EQ(events.at(8).at("item"), whole.at("output").at(0));
  EXPECT_EQ(events.back().at("response"), whole);
}

}  // namespace
}  // namespace pointsman::demo
