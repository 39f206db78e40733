#pragma once

#include <atomic>

#include "double.hpp"

namespace pointsman::test {

// KoboldCpp: 404 to any GET of a POST route, 500 to malformed JSON, and tokens for "{}". While it generates, whatever
// is posted waits, or is sent away if it was started so. What is no form becomes an empty one where audio belongs.
class KoboldCppServer : public Double {
 public:
  KoboldCppServer() {
    offered.merge(std::set<std::string>{"/v1/messages", "/v1/images/generations", "/v1/audio/speech", transcriptions});
  }
  std::atomic<bool> busy{false};
  bool says_what_it_has = true;  // older versions do not
  bool embeddings = false;
  bool transcribes = false;

  Reply answer(const Asked& asked) override { return from("ConcedoLlamaForKoboldServer", page(asked)); }

 private:
  Reply page(const Asked& asked) {
    if (asked.method == "OPTIONS") return {200, "", {}};
    if (asked.line() == "GET /v1/models") return Reply::json(200, openai_list({"koboldcpp/tiny"}, "koboldcpp"));
    if (asked.line() == "GET /api/version") return Reply::json(200, R"({"version":"0.7.0"})");
    if (asked.line() == "GET /api/extra/version") return facts();
    if (asked.line() == "GET /api/extra/perf") {
      return Reply::json(200, json{{"last_eval", 0.1}, {"queue", busy ? 2 : 0}, {"idle", busy ? 0 : 1}}.dump());
    }
    if (asked.method != "POST") return missing();
    if (busy) {
      violate("waited behind a generation", asked);
      return Reply::json(
          503, R"({"detail":{"msg":"Server is busy; please try again later.","type":"service_unavailable"}})");
    }
    if (!is_route(asked)) return missing();
    if (asked.path == transcriptions) violate("transcribed nothing", asked);
    if (parsed(asked).is_discarded()) {
      return Reply::json(500, R"({"detail":{"msg":"Error parsing input.","type":"bad_input"}})");
    }
    violate("generated", asked);
    return Reply::json(200, "{}");
  }

  static constexpr const char* transcriptions = "/v1/audio/transcriptions";

  static Reply missing() {
    return Reply::text(404, "Error: KoboldCpp HTTP Server is running, but this endpoint does not exist.");
  }

  Reply facts() const {
    json facts{{"result", "KoboldCpp"}, {"version", "1.104"}};
    if (says_what_it_has) {
      facts.update({{"llm", true}, {"embeddings", embeddings}, {"txt2img", false}, {"transcribe", transcribes}});
    }
    return Reply::json(200, facts.dump());
  }
};

}  // namespace pointsman::test
