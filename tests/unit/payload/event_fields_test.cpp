#include <gtest/gtest.h>

#include <vector>

#include "padded_body.hpp"
#include "pointsman/payload/request_fields.hpp"

namespace pointsman::payload {
namespace {

class EventFieldsTest : public testing::Test {
 protected:
  // The text is kept until the next scan, as are the views into it.
  Result<RequestFields> scan(std::string_view text) {
    body_.emplace(text);
    return scanner_.scan_event(body_->view(), event_, error_param_);
  }

  RequestScanner scanner_;
  std::optional<PaddedBody> body_;
  EventFields event_;
  std::string_view error_param_;
};

struct Row {
  std::string name;
  std::string text;
  std::optional<std::string> type;
};

TEST_F(EventFieldsTest, TypeIsWhatTheObjectItselfSays) {
  const std::vector<Row> rows{
      {"alone", R"({"type":"response.create"})", "response.create"},
      {"behind much else", R"({"x":{"type":"a"},"input":")" + std::string(3'000, 'y') + R"(", "type" : "b"})", "b"},
      {"escaped", R"({"type":"response.\u0063reate"})", "response.create"},
      {"its key escaped", R"({"\u0074ype":"response.create"})", "response.create"},
      {"behind a byte order mark", "\xef\xbb\xbf{\"type\":\"a\"}", "a"},
      {"empty", R"({"type":""})", ""},
      {"none", R"({"model":"m"})", std::nullopt},
      {"no string", R"({"type":7,"model":"m"})", std::nullopt},
      {"an object", R"({"type":{"type":"a"}})", std::nullopt},
      {"broken", R"({"type":"\ud800","model":"m"})", std::nullopt},
  };
  for (const auto& row : rows) {
    ASSERT_TRUE(scan(row.text)) << row.name;
    EXPECT_EQ(event_.type, row.type) << row.name;
  }
}

TEST_F(EventFieldsTest, ResponseIsAsItWasWritten) {
  const auto fields = scan(R"({"x":{"response":{}}, "response" : {"model": "m", "y":[{}]} , "type":"t","model":"n"})");
  ASSERT_TRUE(fields);
  ASSERT_TRUE(event_.response);
  EXPECT_EQ(*event_.response, R"({"model": "m", "y":[{}]})");
  EXPECT_EQ(body_->view().substr(static_cast<std::size_t>(event_.response->data() - body_->view().data()), 8),
            R"({"model")");
  EXPECT_EQ(event_.type, "t");
  EXPECT_EQ(fields->model, "n");
  for (const auto* text : {R"({})", R"({"response":7})", R"({"response":[{}]})", R"({"x":{"response":{}}})"}) {
    ASSERT_TRUE(scan(text)) << text;
    EXPECT_FALSE(event_.response) << text;
  }
}

TEST_F(EventFieldsTest, AreRefusedWhereServersMayNotAgree) {
  const struct {
    std::string text;
    std::string_view param;
    std::string message;
  } rows[] = {
      {R"({"type":"a","type":"b"})", "type", "The request body has two `type` keys. Send one."},
      {R"({"type":"a","\u0074ype":"a"})", "type", "The request body has two `type` keys. Send one."},
      {R"({"type":7,"type":"b"})", "type", "The request body has two `type` keys. Send one."},
      {R"({"type":null,"x":1,"type":"b"})", "type", "The request body has two `type` keys. Send one."},
      {R"({"type":"a","Type":"b"})", "type", "The request body has the key `Type`. Write `type`."},
      {R"({"response":{},"response":{}})", "response", "The request body has two `response` keys. Send one."},
      {R"({"response":7,"response":{}})", "response", "The request body has two `response` keys. Send one."},
      {R"({"Response":{}})", "response", "The request body has the key `Response`. Write `response`."},
  };
  for (const auto& [text, param, message] : rows) {
    const auto fields = scan(text);
    ASSERT_FALSE(fields) << text;
    EXPECT_EQ(fields.error().code, ErrorCode::invalid_input);
    EXPECT_EQ(fields.error().message, message);
    EXPECT_EQ(error_param_, param);
  }
}

// Where a bracket closes what a brace began, there is nothing that could be taken for the whole object.
TEST_F(EventFieldsTest, ResponseThatIsNotSoundIsNoObject) {
  for (const auto* text :
       {R"({"response":{"model":"a"],"model":"b"})", R"({"response":{"x":[{}],"model":"a"],"model":"b"})",
        R"({"response":{"x":[1}],"model":"b"})"}) {
    if (!scan(text) || !event_.response) continue;
    const PaddedBody nested(*event_.response);
    EXPECT_FALSE(scanner_.scan(nested.view(), error_param_)) << text;
  }
}

// Once what stands within `response` was scanned as well: wherever it breaks off, and whichever bracket stands in the
// place of another.
TEST_F(EventFieldsTest, DoNotHangOnWhatStandsBehindThem) {
  const std::string whole = R"({"response":{"x":[{"y":"z"}],"model":"a"},"type":"t","input":[1]})";
  std::vector<std::string> texts;
  for (std::size_t size = 0; size <= whole.size(); ++size) texts.push_back(whole.substr(0, size));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char bracket : {'{', '}', '[', ']', '"', ','}) {
      texts.push_back(whole);
      texts.back()[at] = bracket;
    }
  }
  for (const auto& text : texts) {
    const auto told = [&](char fill) {
      const PaddedBody body(text, fill);
      const bool is_sound = scanner_.scan_event(body.view(), event_, error_param_) &&
                            (!event_.response || scanner_.scan(*event_.response, error_param_));
      if (!is_sound) return std::string("refused");
      return event_.type.value_or("none") + " " + std::string(event_.response.value_or("none"));
    };
    const auto expected = told('\0');
    for (const char fill : {'"', '}', ']', 'x'}) EXPECT_EQ(told(fill), expected) << text;
  }
}

TEST_F(EventFieldsTest, MeanNothingInARequest) {
  body_.emplace(R"({"type":"a","type":"b","Response":{}})");
  EXPECT_TRUE(scanner_.scan(body_->view(), error_param_));
}

}  // namespace
}  // namespace pointsman::payload
