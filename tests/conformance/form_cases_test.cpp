#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/behind_gateway.hpp"
#include "support/own_answer.hpp"
#include "support/wire.hpp"

// The tricky cases of facts/openai-api.md that lie in forms (multipart/form-data).
namespace pointsman::test {
namespace {

constexpr const char* path = "/v1/audio/transcriptions";
constexpr const char* route = "POST /v1/audio/transcriptions";

// Every endpoint's server is taken at its word here: what a probe can tell of these routes is not what is tested.
constexpr const char* offered = "apis: {audio_transcriptions: true, images_edits: true}";

std::string field(const std::string& name, const std::string& value) {
  return "--frontier\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}

std::string file(std::size_t size) {
  std::string content(size, '\0');
  for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * i + i / 251);
  return "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"model\"\r\n"
         "Content-Type: audio/wav\r\n\r\n" +
         content + "\r\n";
}

const std::string closing = "--frontier--\r\n";
const std::string type = "Content-Type: multipart/form-data; boundary=frontier\r\n";

class FormCases : public BehindGateway {
 protected:
  Response send(const std::string& body, const std::string& fields = type, const char* to = path) const {
    RawClient client(port());
    client.send(post(body, fields, to));
    return client.read_response();
  }
};

TEST_F(FormCases, Case26_TheModelIsFoundBehindALargeFile) {
  start({{route, echo()}}, {.of_endpoint = offered});
  for (const std::string content_type : {"Content-Type: multipart/form-data; boundary=frontier\r\n",
                                         "content-type: Multipart/Form-Data;charset=utf-8;Boundary=\"frontier\"\r\n"}) {
    for (const auto& body : {file(5'000'000) + field("model", "m") + closing, field("model", "m") + file(100) + closing,
                             "preamble\r\n" + file(10) + field("model", "m") + closing + "epilogue"}) {
      const auto response = send(body, content_type);
      EXPECT_EQ(response.status(), 200) << response.body.substr(0, 1000);
      EXPECT_TRUE(response.body == body);
    }
  }
  for (const auto& request : upstream_->requests()) {
    EXPECT_THAT(*request.header("Content-Type"), testing::HasSubstr("frontier"));
  }
}

TEST_F(FormCases, Case26_AFormSplitAnywhereIsRouted) {
  start({{route, echo()}}, {.of_endpoint = offered, .upstream = {.keep_requests = false}});
  const auto body = file(20) + field("model", "m") + closing;
  const auto request = post(body, type, path);
  RawClient client(port());
  for (std::size_t split = 1; split < request.size(); ++split) {
    client.send_split(request, {split});
    const auto response = client.read_response();
    ASSERT_EQ(response.status(), 200) << split;
    ASSERT_EQ(response.body, body) << split;
  }
}

TEST_F(FormCases, Case26_AnAliasIsSplicedIntoTheForm) {
  start({{route, echo()}}, {.of_endpoint = std::string(offered) + ", models: [{id: m, aliases: [whisper-1]}]"});
  const auto response = send(field("prompt", "whisper-1") + file(1000) + field("model", "whisper-1") + closing);
  EXPECT_EQ(response.status(), 200);
  EXPECT_TRUE(response.body == field("prompt", "whisper-1") + file(1000) + field("model", "m") + closing);
}

TEST_F(FormCases, Case26_AModelThatIsNoneIsRefused) {
  start({{route, echo()}}, {.of_endpoint = offered});
  for (const auto& body : {field("model", "m") + field("model", "m") + closing, field("model", "") + closing,
                           file(100) + closing, closing}) {
    const auto response = send(body);
    EXPECT_TRUE(is_own_error(response, 400)) << response.body;
    EXPECT_EQ(nlohmann::json::parse(response.body)["error"]["param"], "model") << response.body;
  }
  for (const auto& body : {field("model", "m"), std::string("{\"model\":\"m\"}"), std::string()}) {
    EXPECT_TRUE(is_own_error(send(body), 400)) << body;
  }
  EXPECT_TRUE(is_own_error(send(field("model", "m") + closing, "Content-Type: multipart/form-data\r\n"), 400));
  EXPECT_TRUE(is_own_error(
      send(field("model", "m") + closing, type + "Content-Type: multipart/form-data; boundary=x\r\n"), 400));
  EXPECT_TRUE(is_own_error(send(field("model", "nobody's") + closing), 404, "model_not_found"));
  EXPECT_EQ(requests_upstream(), 0u);
}

TEST_F(FormCases, ADefaultModelServesAFormThatNamesNone) {
  start({{route, echo()}}, {.file = "defaults: {audio_transcriptions: m}\n", .of_endpoint = offered});
  const auto body = file(100) + closing;
  EXPECT_EQ(send(body).body, body);
}

TEST_F(FormCases, AnotherTypeThanTheRouteTakesIsRefused) {
  start({{route, echo()}, {chat_route, echo()}, {"POST /v1/images/edits", echo()}}, {.of_endpoint = offered});
  const std::string json = R"({"model":"m"})";
  const auto form = field("model", "m") + closing;
  const std::string json_type = "Content-Type: application/json\r\n";

  const auto no_form = send(json, json_type);
  EXPECT_TRUE(is_own_error(no_form, 415));
  EXPECT_EQ(no_form.field("Accept"), "multipart/form-data");
  EXPECT_EQ(no_form.header("Accept-Encoding"), nullptr);
  EXPECT_TRUE(is_own_error(send(json, ""), 415));
  const auto no_json = send(form, type, chat_path);
  EXPECT_TRUE(is_own_error(no_json, 415));
  EXPECT_EQ(no_json.field("Accept"), "application/json");
  EXPECT_EQ(requests_upstream(), 0u);

  EXPECT_EQ(send(form, type, "/v1/images/edits").body, form);
  EXPECT_EQ(send(json, json_type, "/v1/images/edits").body, json);
}

TEST_F(FormCases, AFormThatComesForAKeyCountsForItsModel) {
  start({{route, echo()}},
        {.file = "access: {keys: [{name: k, key: right-key, models: [other]}]}\n", .of_endpoint = offered});
  EXPECT_TRUE(
      is_own_error(send(field("model", "m") + closing, type + "x-api-key: right-key\r\n"), 403, "model_not_allowed"));
}

}  // namespace
}  // namespace pointsman::test
