#include "pointsman/payload/request_fields.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "padded_body.hpp"

namespace pointsman::payload {
namespace {

using namespace std::string_literals;

class RequestScannerTest : public testing::Test {
 protected:
  // The body is kept until the next scan, as are the views into it.
  Result<RequestFields> scan(std::string_view text, char fill = '\0') {
    body_.emplace(text, fill);
    return scanner_.scan(body_->view(), error_param_);
  }
  std::string_view token(const RequestFields& fields) const {
    return body_->view().substr(fields.model_offset, fields.model_size);
  }

  RequestScanner scanner_;
  std::optional<PaddedBody> body_;
  std::string_view error_param_;
};

struct Routed {
  std::string body;
  std::optional<std::string> model;
  std::string token;
  bool stream = false;
};

TEST_F(RequestScannerTest, FindsModelAndStream) {
  const Routed cases[] = {
      {R"({})", std::nullopt, "", false},
      {R"({"input":"x"})", std::nullopt, "", false},
      {R"({"model":"m"})", "m", R"("m")", false},
      {R"({"model":"m","stream":true})", "m", R"("m")", true},
      {R"({"stream":true,"model":"m"})", "m", R"("m")", true},
      {R"({"stream":false,"model":"m"})", "m", R"("m")", false},
      {R"({"stream":null,"model":"m"})", "m", R"("m")", false},
      {" \r\n\t{ \"model\" \n:\t \"m\" \r\n , \"a\" : 1 } \n", "m", R"("m")", false},
      {"{\"model\":\"m\"" + std::string(300, ' ') + "}", "m", R"("m")", false},
      {R"({"m\u006fdel":"gpt\u002d4"})", "gpt-4", R"("gpt\u002d4")", false},
      {R"({"\u006d\u006F\u0064\u0065\u006c":"\u0041\/\"\\","str\u0065am":true})", R"(A/"\)", R"("\u0041\/\"\\")", true},
      {R"({"model":"org/llama3.2:3b"})", "org/llama3.2:3b", R"("org/llama3.2:3b")", false},
      {R"({"model":"\ud83d\ude82 gr\u00fcn"})", "\xf0\x9f\x9a\x82 gr\xc3\xbcn", R"("\ud83d\ude82 gr\u00fcn")", false},
      {"{\"model\":\"\xf0\x9f\x9a\x82\"}", "\xf0\x9f\x9a\x82", "\"\xf0\x9f\x9a\x82\"", false},
      {R"({"model":"a\u0000b"})", "a\0b"s, R"("a\u0000b")", false},
      {R"({"model\u0000":"x","\u0000model":"y","models":"z","mode":"w"})", std::nullopt, "", false},
      {R"({"messages":[{"model":"decoy"}],"tools":[{"model":{"model":"decoy"}}],"model":"m"})", "m", R"("m")", false},
      {R"({"messages":[{"model":"decoy","stream":true}]})", std::nullopt, "", false},
      {R"({"prompt":"\"model\":\"decoy\"","model":"m"})", "m", R"("m")", false},
      {R"({"":1,"":2,"a":1,"a":2,"model":"m"})", "m", R"("m")", false},
      {R"({"model":")" + std::string(max_model_size, 'x') + "\"}", std::string(max_model_size, 'x'),
       '"' + std::string(max_model_size, 'x') + '"', false},
      // What the endpoint may take, although simdjson would not: integers of any size, lone surrogates.
      {R"({"seed":123456789012345678901234567890,"t":1e999,"s":"\ud800","model":"m"})", "m", R"("m")", false},
      {std::string(rich_body), "gpt-4", R"("gpt\u002d4")", true},
  };
  for (const Routed& c : cases) {
    for (const std::string mark : {"", "\xef\xbb\xbf"}) {
      const auto fields = scan(mark + c.body);
      ASSERT_TRUE(fields) << c.body << ": " << fields.error().message;
      ASSERT_EQ(fields->model.has_value(), c.model.has_value()) << c.body;
      if (c.model) {
        EXPECT_EQ(*fields->model, *c.model) << c.body;
        EXPECT_EQ(token(*fields), c.token) << c.body;
        EXPECT_EQ(fields->model_offset, (mark + c.body).find(c.token)) << c.body;
      }
      EXPECT_EQ(fields->stream, c.stream) << c.body;
      EXPECT_EQ(error_param_, "") << c.body;
    }
  }
}

TEST_F(RequestScannerTest, FindsHowLongTheAnswerMayBe) {
  const std::pair<std::string, std::uint32_t> cases[] = {
      {R"({"model":"m"})", 0},
      {R"({"max_tokens":5,"model":"m"})", 5},
      {R"({"model":"m","max_completion_tokens": 70 })", 70},
      {R"({"model":"m","max_output_tokens":900})", 900},
      {R"({"max_tokens":5,"max_completion_tokens":70,"max_output_tokens":6,"max_tokens":7})", 70},
      {R"({"max_tokens":null})", 0},
      {R"({"max_tokens":"5"})", 0},
      {R"({"max_tokens":-5})", 0},
      {R"({"max_tokens":5.5})", 0},
      {R"({"max_tokens":[5]})", 0},
      {R"({"tools":[{"max_tokens":5}]})", 0},
      {R"({"max_tokens":4294967295})", 4'294'967'295},
      {R"({"max_tokens":123456789012345678901234567890,"model":"m"})", 4'294'967'295},
  };
  for (const auto& [body, most] : cases) {
    const auto fields = scan(body);
    ASSERT_TRUE(fields) << body << ": " << fields.error().message;
    EXPECT_EQ(fields->most_output, most) << body;
  }
}

struct Refused {
  std::string body;
  std::string_view param;
  std::string_view message;  // a part of it
};

TEST_F(RequestScannerTest, RefusesWhatCannotBeRouted) {
  const Refused cases[] = {
      // No JSON, or no object.
      {"", "", "empty"},
      {" \n\t", "", "empty"},
      {"\xef\xbb\xbf", "", "empty"},
      {"\xef\xbb\xbf\xef\xbb\xbf{\"model\":\"m\"}", "", "JSON"},
      {"\xef\xbb", "", "UTF-8"},
      {"hello", "", "JSON object"},
      {"model=m&stream=true", "", "JSON object"},
      {"null", "", "JSON object"},
      {"\"model\"", "", "JSON object"},
      {"[]", "", "JSON object"},
      {R"([{"model":"m"}])", "", "JSON object"},
      {std::string(100, '\0'), "", "JSON object"},
      {"{\"model\":\"m\"", "", "brace that closes"},
      {"{\"model\":\"m", "", "string does not end"},
      {R"({"model":"m"} x)", "", "not valid JSON"},
      {R"({"model":"m"}{"model":"n"})", "", "follows the object"},
      {R"({"model":"m"}})", "", "follows the object"},
      {R"({"model":"m"},{})", "", "follows the object"},
      {"{\"model\":\"m\"}\0"s, "", "not valid JSON"},
      // Structure.
      {R"({"model":"m",})", "", "out of place"},
      {R"({,"model":"m"})", "", "out of place"},
      {R"({"a":1 "model":"m"})", "", "out of place"},
      {R"({"model" "m"})", "", "out of place"},
      {R"({"a":[1 2],"model":"m"})", "", "out of place"},
      {R"({"a":[1,],"model":"m"})", "", "out of place"},
      {R"({"a":[},"model":"m"})", "", "out of place"},
      {R"({"a":[}],"model":"m"})", "", "out of place"},
      {R"({"a":{"b"},"model":"m"})", "", "out of place"},
      {R"({"a":{"b":},"model":"m"})", "", "out of place"},
      {R"({"a":{1:2},"model":"m"})", "", "out of place"},
      {R"({'a':1,"model":"m"})", "", "out of place"},
      {R"({"a":truth,"model":"m"})", "", "out of place"},
      {R"({"a":[nul],"model":"m"})", "", "out of place"},
      {R"({"a":nullx,"model":"m"})", "", "out of place"},
      {R"({"model":"m","a":fals})", "", "out of place"},
      {R"({"model":"m","a":nul})", "", "out of place"},
      {R"({"a":undefined,"model":"m"})", "", "out of place"},
      {R"({"a":NaN,"model":"m"})", "", "out of place"},
      {R"({"model":"m"x})", "", "out of place"},
      {R"({"a":1, // comment
          "model":"m"})",
       "", "out of place"},
      // Bytes that JSON strings cannot hold.
      {"{\"a\":\"\xff\",\"model\":\"m\"}", "", "UTF-8"},
      {"{\"a\":\"\xed\xa0\x80\",\"model\":\"m\"}", "", "UTF-8"},
      {"{\"a\":\"\xc0\xaf\",\"model\":\"m\"}", "", "UTF-8"},
      {"{\"a\":\"line\nline\",\"model\":\"m\"}", "", "control character"},
      {"{\"model\":\"a\0b\"}"s, "", "control character"},
      // Keys.
      {R"({"model":"a","model":"b"})", "model", "two `model` keys"},
      {R"({"model":"a","model":"a"})", "model", "two `model` keys"},
      {R"({"model":"a","x":[1],"m\u006fdel":"a"})", "model", "two `model` keys"},
      {R"({"Model":"a"})", "model", "`Model`"},
      {R"({"model":"a","MODEL":"b"})", "model", "`MODEL`"},
      {R"({"stream":true,"stream":true})", "stream", "two `stream` keys"},
      {R"({"stream":null,"str\u0065am":true})", "stream", "two `stream` keys"},
      {R"({"\q":1,"model":"m"})", "", "key contains an invalid escape"},
      // Values.
      {R"({"model":123})", "model", "must be a string"},
      {R"({"model":null})", "model", "must be a string"},
      {R"({"model":true})", "model", "must be a string"},
      {R"({"model":["m"]})", "model", "must be a string"},
      {R"({"model":{"id":"m"}})", "model", "must be a string"},
      {R"({"model":m})", "model", "must be a string"},
      {R"({"model":})", "model", "must be a string"},
      {R"({"model":""})", "model", "empty"},
      {R"({"model":"\q"})", "model", "escape"},
      {R"({"model":"\ud800"})", "model", "escape"},
      {R"({"model":")" + std::string(max_model_size + 1, 'x') + "\"}", "model", "longer than 256 bytes"},
      {R"({"model":")" + std::string(3'000'000, 'x') + "\"}", "model", "longer than 256 bytes"},
      {R"({"stream":1})", "stream", "true or false"},
      {R"({"stream":"true"})", "stream", "true or false"},
      {R"({"stream":[]})", "stream", "true or false"},
      {R"({"stream":{}})", "stream", "true or false"},
      {R"({"stream":truth})", "stream", "true or false"},
      {R"({"stream":nothing})", "stream", "true or false"},
  };
  for (const Refused& c : cases) {
    const std::string_view shown = std::string_view(c.body).substr(0, 80);
    const auto fields = scan(c.body);
    ASSERT_FALSE(fields) << shown;
    EXPECT_EQ(fields.error().code, ErrorCode::invalid_input) << shown;
    EXPECT_EQ(fields.error().origin, Origin::client) << shown;
    EXPECT_FALSE(fields.error().may_retry) << shown;
    EXPECT_NE(fields.error().message.find(c.message), std::string::npos) << shown << ": " << fields.error().message;
    EXPECT_EQ(error_param_, c.param) << shown;
    EXPECT_TRUE(scan(R"({"model":"m"})")) << "after " << shown;
  }
}

TEST_F(RequestScannerTest, SaysWhetherMoreModelsAreNamed) {
  RequestScanner scanner;
  const auto names_more = [&](std::string_view body) {
    const std::string padded = std::string(body) + std::string(padding, ' ');
    std::string_view param;
    return scanner.scan(std::string_view(padded).substr(0, body.size()), param).value().more_models;
  };
  for (const auto* body : {R"({"models":["a"]})", R"({"model":"m","fallbacks":[{"a":["b"]}],"x":1})",
                           R"({"Model\u0073":"a","MODELS":{}})", R"({"models":"a","models":null})"}) {
    EXPECT_TRUE(names_more(body)) << body;
  }
  for (const auto* body : {R"({"model":"models"})", R"({"models":null})", R"({"x":{"models":["a"]},"models_":[1]})"}) {
    EXPECT_FALSE(names_more(body)) << body;
  }
}

TEST_F(RequestScannerTest, SaysWhereTheStructureBreaks) {
  const auto fields = scan(
      "\xef\xbb\xbf"
      R"({"a":1 "model":"m"})");
  ASSERT_FALSE(fields);
  EXPECT_NE(fields.error().message.find("near byte 10"), std::string::npos) << fields.error().message;
}

TEST_F(RequestScannerTest, BoundsTheNesting) {
  // The object itself is the first level.
  const auto nested = [](std::size_t levels, std::string_view open, std::string_view core, std::string_view close) {
    return R"({"a":)" + repeated(open, levels - 1) + std::string(core) + repeated(close, levels - 1) +
           R"(,"model":"m"})";
  };
  EXPECT_TRUE(scan(nested(1000, "[", "1", "]")));
  EXPECT_TRUE(scan(nested(1000, R"({"a":)", "1", "}")));
  for (const std::size_t levels : {1001u, 1024u, 1025u, 10'000u, 1'000'000u}) {
    for (const auto& body :
         {nested(levels, "[", "", "]"), nested(levels, R"({"a":)", "1", "}"), nested(levels, R"([{"a":)", "1", "}]")}) {
      const auto fields = scan(body);
      ASSERT_FALSE(fields) << levels;
      EXPECT_NE(fields.error().message.find("deeper than 1000 levels"), std::string::npos) << fields.error().message;
    }
  }
  EXPECT_FALSE(scan(repeated("[", 10'000)));
  EXPECT_FALSE(scan(repeated("{\"a\":", 10'000)));
  EXPECT_FALSE(scan(repeated("{\"a\":", 10'000) + "1" + repeated("}", 10'000)));
  EXPECT_FALSE(scan(repeated("[", 10'000) + repeated("]", 10'000)));
}

TEST_F(RequestScannerTest, FindsTheModelBehindTwentyMegabytes) {
  const std::string body = R"({"messages":[{"model":"decoy","content":")" + std::string(20'000'000, 'A') +
                           R"("}],"stream":true,"model":"real"})";
  const auto started = std::chrono::steady_clock::now();
  const auto fields = scan(body);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(5));
  ASSERT_TRUE(fields) << fields.error().message;
  EXPECT_EQ(fields->model, "real");
  EXPECT_EQ(token(*fields), R"("real")");
  EXPECT_TRUE(fields->stream);
}

TEST_F(RequestScannerTest, KeepsTheModelAfterTheBodyIsGone) {
  const auto fields = scan(R"({"model":"kept","pad":")" + std::string(2'000'000, 'A') + "\"}");
  body_.reset();
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->model, "kept");
}

// Whatever is cut off, and whatever stands in the padding: never another model, and the same outcome.
TEST_F(RequestScannerTest, SurvivesEveryTruncation) {
  static constexpr std::string_view whitespace = " \t\r\n";
  const std::size_t last_brace = rich_body.find_last_not_of(whitespace);
  for (std::size_t size = 0; size <= rich_body.size(); ++size) {
    for (const char fill : {'\0', ' ', '"', '}', ']', ',', ':', '{', '\\', '\xff'}) {
      const auto fields = scan(rich_body.substr(0, size), fill);
      ASSERT_EQ(fields.has_value(), size > last_brace) << size << " bytes, padded with " << fill;
      if (fields) {
        ASSERT_EQ(fields->model, "gpt-4");
        ASSERT_TRUE(fields->stream);
      }
    }
  }
}

// One byte is another: no crash, and nlohmann's parser sees the same, where it sees JSON. (It takes a NUL for the end.)
TEST_F(RequestScannerTest, AgreesWithAnotherParserOnEveryReplacedByte) {
  for (std::size_t i = 0; i < rich_body.size(); ++i) {
    for (const char c : {'"', '\\', '{', '}', '[', ']', ',', ':', ' ', '0', 'x', '\n', '\0', '\xc3'}) {
      std::string text(rich_body);
      text[i] = c;
      const auto fields = scan(text, '}');
      const auto parsed = nlohmann::json::parse(text, nullptr, false);
      if (parsed.is_discarded() || c == '\0') continue;
      if (!fields) {
        EXPECT_NE(error_param_, "") << "JSON is called invalid: " << text << ": " << fields.error().message;
      } else if (fields->model) {
        EXPECT_EQ(parsed.at("model"), *fields->model) << text;
        EXPECT_EQ(nlohmann::json::parse(token(*fields)), *fields->model) << text;
      } else {
        EXPECT_FALSE(parsed.contains("model")) << text;
      }
    }
  }
}

TEST(RequestScannerReferences, SayWhatARequestGoesOnWith) {
  struct Row {
    std::string_view body;
    std::optional<std::string_view> previous_response;
    std::optional<std::string_view> conversation;
    bool background = false;
    bool store = false;
  };
  const Row rows[] = {
      {R"({"model":"m"})", {}, {}},
      {R"({"previous_response_id":"resp_1","conversation":"conv_1","background":true,"store":true})", "resp_1",
       "conv_1", true, true},
      {R"({"conversation":{"x":[{"id":"no"}],"id":"conv_\u0031"},"store":false})", {}, "conv_1"},
      {R"({"previous_response_id":null,"conversation":null,"background":null,"store":null})", {}, {}},
      {R"({"background":"true","store":{},"ID":"x"})", {}, {}},
      {R"({"conversation":{"name":"conv_1"},"input":{"previous_response_id":"no"}})", {}, {}},
      {R"({"previous_response_id":"","conversation":{"id":""}})", {}, {}},
  };
  RequestScanner scanner;
  for (const auto& row : rows) {
    const std::string padded = std::string(row.body) + std::string(padding, ' ');
    std::string_view param;
    const auto fields = scanner.scan(std::string_view(padded).substr(0, row.body.size()), param);
    ASSERT_TRUE(fields) << row.body << fields.error().message;
    EXPECT_EQ(fields->previous_response, row.previous_response) << row.body;
    EXPECT_EQ(fields->conversation, row.conversation) << row.body;
    EXPECT_EQ(fields->background, row.background) << row.body;
    EXPECT_EQ(fields->store, row.store) << row.body;
  }
}

TEST(RequestScannerReferences, AreRefusedWhereTwoReadersCouldDiffer) {
  const std::string longer(max_reference_size + 1, 'r');
  const std::pair<std::string, std::string_view> rows[] = {
      {R"({"previous_response_id":"a","previous_response_id":"b"})", "previous_response_id"},
      {R"({"previous_response_id":null,"previous_response_id":"b"})", "previous_response_id"},
      {R"({"conversation":"a","conversation":{"id":"b"}})", "conversation"},
      {R"({"conversation":{"id":"a","id":"b"}})", "conversation"},
      {R"({"previous_response_id":7})", "previous_response_id"},
      {R"({"previous_response_id":["resp_1"]})", "previous_response_id"},
      {R"({"previous_response_id":" resp_1"})", "previous_response_id"},
      {R"({"previous_response_id":"resp_1\u0000"})", "previous_response_id"},
      {R"({"Previous_Response_ID":"resp_1"})", "previous_response_id"},
      {R"({"previou\u017f_response_id":"resp_1"})", "previous_response_id"},
      {R"({"CONVERSATION":"conv_1"})", "conversation"},
      {R"({"conversation":["conv_1"]})", "conversation"},
      {R"({"conversation":{"ID":"conv_1"}})", "conversation"},
      {R"({"conversation":{"id":7}})", "conversation"},
      {R"({"background":false,"background":true})", "background"},
      {R"({"store":true,"store":false})", "store"},
      {R"({"previous_response_id":")" + longer + "\"}", "previous_response_id"},
  };
  RequestScanner scanner;
  for (const auto& [body, field] : rows) {
    const std::string padded = body + std::string(padding, ' ');
    std::string_view param;
    EXPECT_FALSE(scanner.scan(std::string_view(padded).substr(0, body.size()), param)) << body;
    EXPECT_EQ(param, field) << body;
  }
  // What came before does not count for the next one.
  const std::string fresh = R"({"store":false})" + std::string(padding, ' ');
  std::string_view param;
  const auto fields = scanner.scan(std::string_view(fresh).substr(0, fresh.size() - padding), param);
  ASSERT_TRUE(fields);
  EXPECT_FALSE(fields->previous_response || fields->conversation || fields->background);
}

}  // namespace
}  // namespace pointsman::payload
