#include "pointsman/probe/condition.hpp"

#include <gmock/gmock.h>

#include "probing.hpp"

namespace pointsman::probe {
namespace {

using registry::Health;
using testing::HasSubstr;

const config::Url url = config::parse_url("http://gpu-1:8000").value();

TEST(Condition, OfAnAnswerThatIsNoListOfModels) {
  struct Case {
    int status;
    std::string body;
    Health health;
    std::string words;
  };
  const Case cases[] = {
      {401, R"({"error":"no key"})", Health::auth,
       "it wants a key (HTTP 401: {\"error\":\"no key\"}); write it as api_key"},
      {403, "forbidden", Health::auth, "it wants a key (HTTP 403: forbidden)"},
      {403, "", Health::auth, "OLLAMA_HOST=0.0.0.0"},
      {503, R"({"error":{"message":"Loading model"}})", Health::loading, "it is loading its model"},
      {503, "Server is busy; please try again later.", Health::busy, "it has too much to do"},
      {503, "<html><body>Service Unavailable</body></html>", Health::down, "a proxy before it"},
      {429, "slow down", Health::busy, "HTTP 429: slow down"},
      {500, "oops", Health::down, "it fails"},
      {502, "<html>", Health::down, "HTTP 502: a web page"},
      {404, "404 page not found", Health::down,
       "no OpenAI-compatible server at /v1: GET /v1/models is answered with HTTP 404"},
      {200, "<!DOCTYPE html><html>", Health::down, "HTTP 200: a web page, which is no list of models"},
      {200, R"({"hello":"world"})", Health::down, "{\"hello\":\"world\"}, which is no list of models"},
      {400, "The plain HTTP request was sent to HTTPS port", Health::down,
       "gpu-1:8000 speaks TLS; write https:// in the URL"},
  };
  for (const auto& each : cases) {
    const auto condition = condition_without_models(url, false, answered(get("/v1/models"), each.status, each.body));
    EXPECT_EQ(condition.health, each.health) << each.status << " " << each.body;
    EXPECT_THAT(condition.detail, HasSubstr(each.words));
  }
}

TEST(Condition, ARefusedKeyIsNotAMissingOne) {
  const auto seen = answered(get("/v1/models"), 401, "Invalid API Key");
  EXPECT_EQ(condition_without_models(url, true, seen).detail,
            "it refuses the key that is configured as api_key (HTTP 401: Invalid API Key)");
}

TEST(Condition, ARedirectIsNotFollowedButTold) {
  const auto seen = answered(get("/v1/models"), 308, "", {{"location", "https://gpu-1/v1/models"}});
  const auto condition = condition_without_models(url, false, seen);
  EXPECT_EQ(condition.health, Health::down);
  EXPECT_THAT(condition.detail, HasSubstr("a redirect to \"https://gpu-1/v1/models\", which is not followed"));
}

TEST(Condition, OfNoAnswerSaysWhatToDo) {
  struct Case {
    Failure failure;
    std::string words;
  };
  const Case cases[] = {
      {Failure::unresolved, "the name gpu-1 does not resolve: why; correct the URL"},
      {Failure::refused, "nothing listens at gpu-1:8000 (why); start the server there or correct the URL"},
      {Failure::unreachable, "there is no way to gpu-1:8000 (why); correct the URL"},
      {Failure::timed_out, "no answer from gpu-1:8000 in time"},
      {Failure::no_tls,
       "no word of TLS from gpu-1:8000 in time (why); perhaps it does not speak TLS: try http://gpu-1:8000/v1; or it "
       "is"},
      {Failure::certificate,
       "the certificate of gpu-1:8000 is not to be trusted (why); name the file of the authority"},
      {Failure::wrong_name,
       "the certificate of gpu-1:8000 is for another name (why); write one of its names in the URL, or as `tls: "
       "{server_name: …}`"},
      {Failure::tls, "write http:// in the URL"},
      {Failure::broken, "ended the connection before its answer was complete"},
      {Failure::not_http, "does not speak HTTP/1 (why); correct the port, or write https://"},
      {Failure::too_large, "with too much (why)"},
  };
  for (const auto& each : cases) {
    const auto condition = condition_without_models(url, false, failed(get("/v1/models"), each.failure, "why"));
    EXPECT_EQ(condition.health, Health::down);
    EXPECT_THAT(condition.detail, HasSubstr(each.words));
  }
}

TEST(Condition, OfAStoppedProbeIsUnknown) {
  EXPECT_EQ(condition_without_models(url, false, failed(get("/v1/models"), Failure::stopped)).health, Health::unknown);
}

TEST(Misplaced, SaysWhatItIsAndWhereItsModelsAre) {
  const auto twice = config::parse_url("http://127.0.0.1:11434/v1/v1").value();
  EXPECT_EQ(misplaced(twice, 404, "Ollama", "/v1"),
            "this answers like an Ollama, but at the path /v1/v1 there is no list of models (HTTP 404); try "
            "http://127.0.0.1:11434/v1");
  EXPECT_EQ(misplaced(twice, 404, "llama.cpp", ""),
            "this answers like a llama.cpp, but at the path /v1/v1 there is no list of models (HTTP 404)");
  EXPECT_EQ(misplaced(url, 404, "", "/v1"), "this answers, but at the path /v1 there is no list of models (HTTP 404)");
}

}  // namespace
}  // namespace pointsman::probe
