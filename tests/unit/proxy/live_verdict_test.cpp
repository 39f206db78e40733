#include "pointsman/proxy/live_verdict.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pointsman::proxy {
namespace {

using registry::Api;
using registry::Verdict;

constexpr std::optional<LiveVerdict> nothing;
constexpr LiveVerdict works{Verdict::yes, false};
constexpr LiveVerdict route_missing{Verdict::no, true};
constexpr LiveVerdict not_this_model{Verdict::no, false};

struct Case {
  std::string name;
  int status;
  std::string body;
  std::optional<LiveVerdict> expected;
  Api api = Api::chat_completions;
  Verdict known = Verdict::yes;
};

class LiveVerdicts : public testing::TestWithParam<Case> {};

TEST_P(LiveVerdicts, AreThose) {
  const Case& each = GetParam();
  EXPECT_EQ(live_verdict(each.api, "nomic", each.known, {each.status, each.body, true}), each.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Table, LiveVerdicts,
    testing::Values(
        Case{"answered_as_expected", 200, R"({"id":"x"})", nothing},
        Case{"answered_though_unknown", 200, R"({"id":"x"})", works, Api::responses, Verdict::unknown},
        Case{"streamed_though_unknown", 200, "data: {}\n\n", works, Api::responses, Verdict::unknown},
        Case{"gin", 404, "404 page not found", route_missing, Api::responses},
        Case{"fastapi", 404, R"({"detail":"Not Found"})", route_missing, Api::responses},
        Case{"newer_vllm", 404, R"({"error": {"message": "Not Found", "type": "NotFoundError", "code": 404}})",
             route_missing, Api::responses},
        Case{"in_one_word", 404, R"({"error": "Not Found"})", route_missing, Api::responses},
        Case{"axum", 404, "", route_missing, Api::responses},
        Case{"mlx", 404, "Not Found", route_missing, Api::responses},
        Case{"llama_cpp", 404, R"({"error":{"code":404,"message":"File Not Found","type":"not_found_error"}})",
             route_missing, Api::responses},
        Case{"xllm", 404, R"({"error":"not_found","status":404,"path":"/v1/responses"})", route_missing,
             Api::responses},
        Case{"openai", 404, R"-({"error":{"message":"Invalid URL (POST /v1/x)"}})-", route_missing, Api::responses},
        Case{"lm_studio", 200, R"-({"error":"Unexpected endpoint or method. (POST /v1/responses)"})-", route_missing,
             Api::responses},
        Case{"lm_studio_though_unknown", 200, R"-({"error":"Unexpected endpoint or method. (POST /v1/responses)"})-",
             route_missing, Api::responses, Verdict::unknown},
        Case{"wrong_method", 405, R"({"detail":"Method Not Allowed"})", route_missing, Api::responses},
        Case{"model_is_gone", 404, R"({"error":{"message":"The model `m` does not exist","code":"model_not_found"}})",
             nothing},
        Case{"response_is_gone", 404,
             R"({"error":{"message":"Previous response with id 'resp_1' not found.","param":"previous_response_id"}})",
             nothing, Api::responses},
        Case{"not_supported", 501, R"({"error":{"type":"not_supported_error"}})", not_this_model, Api::embeddings},
        Case{"another_pointsman", 501, R"({"error":{"code": "unsupported_api"}})", not_this_model, Api::embeddings},
        Case{"this_server", 501, R"({"error":{"message": "This server does not support embeddings. Start it"}})",
             not_this_model, Api::embeddings},
        Case{"a_parameter_is_not_implemented", 501, R"({"error":{"message":"suffix is not implemented"}})", nothing,
             Api::completions},
        Case{"a_client_that_makes_up_a_missing_file", 404,
             R"({"error":{"message":"Previous response with id '\"message\":\"File Not Found\"' not found."}})",
             nothing, Api::responses},
        Case{"a_client_that_makes_up_a_missing_page", 404, R"({"error":"model 'x: 404 page not found' not found"})",
             nothing},
        Case{"a_client_that_makes_up_a_denial", 400,
             R"({"error":{"message":"bad value 'nomic does not support chat'"}})", nothing},
        Case{"a_client_whose_input_is_repeated", 400,
             R"({"error":{"message":"bad","input":{"message":"This model does not support chat"}}})", nothing},
        Case{"a_client_whose_input_is_repeated_in_detail", 404,
             R"({"detail":[{"input":{"message":"File Not Found"}}]})", nothing},
        Case{"a_page", 200, "<html>", nothing, Api::responses, Verdict::unknown},
        Case{"a_client_that_makes_up_a_member", 400,
             R"({"error":{"message":"bad value '\"message\":\"nomic does not support chat'"}})", nothing},
        Case{"ollama_chat", 400, R"({"error":{"message":"\"nomic\" does not support chat"}})", not_this_model},
        Case{"ollama_generate", 400, R"({"error":{"message":"\"nomic\" does not support generate"}})", not_this_model,
             Api::completions},
        Case{"older_vllm", 200, R"({"object":"error","message":"The model does not support Embeddings API"})",
             not_this_model, Api::embeddings},
        Case{"no_tools", 400, R"({"error":{"message":"nomic does not support tools"}})", nothing},
        Case{"no_images", 400, R"({"error":{"message":"nomic does not support image input"}})", nothing},
        Case{"about_another_api", 400, R"({"error":"nomic does not support embeddings"})", nothing},
        Case{"wrong_value", 400, R"({"error":{"message":"temperature must be below 2"}})", nothing},
        Case{"error_in_words", 200, R"({"error":{"message":"out of memory"}})", nothing, Api::responses,
             Verdict::unknown},
        Case{"busy", 503, "", nothing}, Case{"too_many", 429, "", nothing}, Case{"broken", 500, "", nothing},
        Case{"wrong_key", 401, "", nothing}),
    [](const auto& each) { return each.param.name; });

TEST(LiveVerdict, AWholeBodyIsNoneWhileMoreMayCome) {
  EXPECT_EQ(live_verdict(Api::responses, "m", Verdict::yes, {404, "not found", true}), route_missing);
  EXPECT_EQ(live_verdict(Api::responses, "m", Verdict::yes, {404, "not found", false}), nothing);
}

TEST(LiveVerdict, KeepsTheBeginningOfWhatMayTell) {
  EXPECT_TRUE(may_tell(404, ""));
  EXPECT_TRUE(may_tell(200, "\n{\"error\":"));
  EXPECT_FALSE(may_tell(200, "{\"id\":"));
  EXPECT_FALSE(may_tell(500, "{\"error\":"));
}

}  // namespace
}  // namespace pointsman::proxy
