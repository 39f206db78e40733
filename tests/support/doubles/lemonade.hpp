#pragma once

#include "double.hpp"

namespace pointsman::test {

// Lemonade, below each of its four bases. A real model's name loads it before anything else is looked at.
class LemonadeServer : public Double {
 public:
  LemonadeServer() {
    // Its /v1/reranking is none of the routes that clients know.
    offered.merge(std::set<std::string>{"/v1/reranking", "/v1/audio/transcriptions", "/v1/audio/speech",
                                        "/v1/images/generations", "/v1/images/edits", "/v1/images/variations",
                                        "/v1/messages"});
  }
  bool has_responses = true;  // since 9.0.2
  bool has_messages = true;   // since 10.0.0

  Reply answer(const Asked& asked) override {
    if (asked.method == "OPTIONS") return {204, "", {}};
    if (asked.line() == "GET /api/version") return Reply::json(200, R"({"version":"0.16.1"})");
    for (const char* base : {"/api/v0", "/api/v1", "/v0", "/v1"}) {
      const std::string prefix(base);
      if (asked.path.starts_with(prefix + "/")) return page(asked, asked.path.substr(prefix.size()));
    }
    return missing(asked);
  }

 private:
  static Reply missing(const Asked& asked) {
    return Reply::json(
        404, json{{"error",
                   {{"message", "The requested endpoint does not exist"}, {"type", "not_found"}, {"path", asked.path}}}}
                 .dump());
  }

  Reply page(const Asked& asked, const std::string& path) {
    if (asked.method == "GET" && path == "/models") return models();
    if (asked.method == "GET" && path == "/health") {
      return Reply::json(200,
                         R"({"status":"ok","version":"10.0.1","model_loaded":"Qwen3-0.6B-GGUF","all_models_loaded":)"
                         R"([{"model_name":"Qwen3-0.6B-GGUF","type":"llm"}],"max_models":{"llm":1}})");
    }
    if (path == "/pull") violate("started a download", asked);
    if (path == "/load" || path == "/unload") violate("loaded or unloaded", asked);
    const Asked at_v1{asked.method, "/v1" + path, asked.body, asked.headers};
    const bool offers =
        is_route(at_v1) && (path != "/responses" || has_responses) && (path != "/messages" || has_messages);
    if (!offers) return missing(asked);
    if (asked.method != "POST") return Reply::json(405, R"({"error":{"message":"Method Not Allowed"}})");
    const json body = parsed(asked);
    if (body.is_discarded()) return Reply::json(400, R"({"error":{"message":"JSON parse error","type":"invalid"}})");
    if (body.contains("model")) violate("loaded a model", asked);
    return Reply::json(400, R"({"error":{"message":"no model","type":"invalid"}})");
  }

  static Reply models() {
    json list = json::parse(openai_list(
        {"Qwen3-0.6B-GGUF", "nomic-embed-GGUF", "bge-reranker", "mine", "Whisper-Tiny", "kokoro-v1", "SD-Turbo"},
        "lemonade"));
    list["data"][0]["labels"] = {"reasoning"};
    list["data"][1]["labels"] = {"embeddings"};
    list["data"][2]["labels"] = {"reranking"};
    list["data"][4]["labels"] = {"audio", "transcription"};
    list["data"][5]["labels"] = {"tts"};
    list["data"][6]["labels"] = {"image"};
    return Reply::json(200, list.dump());
  }
};

}  // namespace pointsman::test
