#include "pointsman/proxy/response_end.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace pointsman::proxy {
namespace {

struct Row {
  std::string name;
  std::vector<std::string> said;  // one: the body; several: events
  bool has_come;
};

std::vector<Row> rows() {
  const std::string filling(2'000, 'x');
  const auto object = [](const std::string& status) {
    return R"({"id":"r","status":")" + status + R"(","usage":{"input_tokens":0}})";
  };
  const auto event = [](const std::string& type) { return R"({"type":")" + type + R"(","sequence_number":1})"; };
  return {
      {"queued", {object("queued")}, false},
      {"in progress", {object("in_progress")}, false},
      {"completed", {object("completed")}, true},
      {"incomplete", {object("incomplete")}, true},
      {"failed", {object("failed")}, true},
      {"cancelled", {object("cancelled")}, true},
      {"of a status that nobody knows", {object("paused")}, false},
      {"without a status", {R"({"id":"r","usage":{"input_tokens":7}})"}, false},
      {"whose status comes last",
       {R"({"output":[{"status":"in_progress"}],"x":")" + filling + R"(","status":"failed"})"},
       true},
      {"of which a part has ended", {R"({"status":"in_progress","output":[{"status":"completed"}]})"}, false},
      {"that somebody wrote", {R"({"output":"\"status\":\"completed\"","status":"queued"})"}, false},
      {"no object", {"completed"}, false},
      {"nothing", {""}, false},
      {"a stream that ends", {event("response.created"), event("response.completed")}, true},
      {"a stream that fails", {event("response.created"), event("response.failed")}, true},
      {"a stream that goes on", {event("response.created"), event("response.in_progress")}, false},
      {"a stream of which a part has ended",
       {event("response.created"), R"({"type":"x","status":"completed"})"},
       false},
      {"a stream with an error", {event("response.created"), event("error")}, false},
      {"a stream whose last event is another", {event("response.completed"), event("x")}, true},
  };
}

struct Notes final : http::DataListener {
  void data(std::string_view bytes) override { text += bytes; }
  void event_ended() override { text += '|'; }
  std::string text;
};

TEST(ResponseEnd, IsFoundWhereverPiecesEnd) {
  for (const auto& row : rows()) {
    for (const std::size_t piece : {1u, 2u, 3u, 7u, 100u, 10'000u}) {
      Notes notes;
      ResponseEnd end(&notes);
      std::string passed;
      for (const auto& said : row.said) {
        for (std::size_t at = 0; at < said.size(); at += piece) end.data(std::string_view(said).substr(at, piece));
        passed += said;
        if (row.said.size() == 1) continue;
        end.event_ended();
        passed += '|';
      }
      EXPECT_EQ(end.has_come(true), row.has_come) << row.name;
      // Of an object that breaks off nobody knows what it would have told.
      EXPECT_EQ(end.has_come(false), row.has_come && row.said.size() > 1) << row.name;
      EXPECT_EQ(notes.text, passed);
    }
  }
}

TEST(ResponseEnd, NeedsNobodyBehindIt) {
  ResponseEnd end;
  end.data(R"({"type":"response.incomplete"})");
  EXPECT_FALSE(end.has_come(true)) << "before the event is whole";
  end.event_ended();
  EXPECT_TRUE(end.has_come(false));
}

}  // namespace
}  // namespace pointsman::proxy
