#pragma once

#include "double.hpp"

namespace pointsman::test {

// LM Studio: 200 with an error where a route is missing. With `parses_first` it refuses malformed JSON before it
// routes: nobody has seen which of the two it does.
class LmStudioServer : public Double {
 public:
  bool parses_first = false;
  bool has_v0 = true;          // since 0.3.6
  bool has_v1 = false;         // since 0.4.0
  bool has_responses = false;  // since 0.3.29
  bool has_messages = false;   // since 0.4.1
  bool is_loaded = true;

  Reply answer(const Asked& asked) override {
    Reply reply = page(asked);
    reply.headers.emplace_back("X-Powered-By", "Express");
    reply.headers.emplace_back("Keep-Alive", "timeout=5");
    return reply;
  }

 private:
  Reply page(const Asked& asked) {
    if (asked.method == "OPTIONS") return {204, "", {}};
    if (asked.line() == "GET /v1/models") {
      return Reply::json(200, openai_list({"qwen2.5-7b-instruct", "text-embedding-nomic"}, "organization_owner"));
    }
    if (asked.line() == "GET /api/v0/models" && has_v0) return list_v0();
    if (asked.line() == "GET /api/v1/models" && has_v1) return list_v1();
    if (asked.line() == "POST /api/v1/models/load") violate("loaded a model", asked);
    if (asked.line() == "POST /api/v1/models/download") violate("started a download", asked);
    const bool is_malformed = asked.method == "POST" && parsed(asked).is_discarded();
    if (is_malformed && parses_first) return Reply::json(400, R"({"error":"Unexpected end of JSON input"})");
    bool offers = is_route(asked);
    if (asked.path == "/v1/responses") offers = has_responses;
    if (asked.path == "/v1/messages") offers = has_messages;
    if (!offers || asked.method != "POST") {
      return Reply::json(200, R"x({"error":"Unexpected endpoint or method. ()x" + asked.line() + R"x()"})x");
    }
    if (is_malformed) return Reply::json(400, R"({"error":"Unexpected end of JSON input"})");
    const json body = parsed(asked);
    if (body.contains("messages") || body.contains("input") || body.contains("prompt")) {
      violate("generated with the one loaded model", asked);
    }
    return Reply::json(400, R"({"error":"'messages' field is required"})");
  }

  Reply list_v0() const {
    const json chat{{"id", "qwen2.5-7b-instruct"},
                    {"type", "llm"},
                    {"state", is_loaded ? "loaded" : "not-loaded"},
                    {"max_context_length", 32768}};
    const json embedding{{"id", "text-embedding-nomic"}, {"type", "embeddings"}, {"state", "not-loaded"}};
    return Reply::json(200, json{{"object", "list"}, {"data", {chat, embedding}}}.dump());
  }

  Reply list_v1() const {
    json chat{{"key", "qwen2.5-7b-instruct"}, {"type", "llm"}, {"loaded_instances", json::array()}};
    if (is_loaded) {
      chat["loaded_instances"].push_back(
          {{"id", "qwen2.5-7b-instruct"}, {"config", {{"context_length", 4096}, {"parallel", 4}}}});
    }
    const json embedding{{"key", "text-embedding-nomic"}, {"type", "embedding"}, {"loaded_instances", json::array()}};
    return Reply::json(200, json{{"models", {chat, embedding}}}.dump());
  }
};

}  // namespace pointsman::test
