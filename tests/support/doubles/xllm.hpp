#pragma once

#include "double.hpp"

namespace pointsman::test {

// xLLM of akiojin: 404 to a GET of a POST route, and a model that it knows is loaded before the body is looked at.
class XllmServer : public Double {
 public:
  XllmServer() {
    offered.merge(std::set<std::string>{"/v1/audio/speech", "/v1/audio/transcriptions", "/v1/images/generations"});
  }
  enum class Age { health, api_system, v0_system };  // where it tells what it is
  Age age = Age::health;

  Reply answer(const Asked& asked) override {
    if (asked.method == "OPTIONS") return {204, "", {}};
    if (asked.method == "GET") return get_page(asked);
    if (asked.method != "POST" || !is_route(asked)) return not_found(asked);
    const json body = parsed(asked);
    if (body.is_discarded()) return error(400, "invalid_json");
    const std::string model = body.value("model", "");
    if (model.empty()) return error(400, "model_required");
    if (model != "llama-3" && model != "nomic") return error(404, "model_not_found");
    violate("loaded a model", asked);
    return Reply::json(200, "{}");
  }

 private:
  static Reply error(int status, const std::string& code) {
    return Reply::json(status, json{{"error", code}, {"message", "request"}}.dump());
  }
  static Reply not_found(const Asked& asked) {
    return Reply::json(404, json{{"error", "not_found"}, {"status", 404}, {"path", asked.path}}.dump());
  }

  Reply get_page(const Asked& asked) const {
    if (asked.path == "/v1/models") return Reply::json(200, models());
    if (asked.path == "/health") {
      json health{{"status", "ok"}};
      if (age == Age::health) health.update({{"supports_responses_api", true}, {"version", "5.1.0"}});
      return Reply::json(200, health.dump());
    }
    if (asked.path == "/v0/health") {
      return Reply::json(200, R"({"status":"busy","load":{"active_requests":1,"max_concurrent_requests":2}})");
    }
    if (asked.path == "/api/system" && age == Age::api_system) return Reply::json(200, R"({"xllm_version":"2.0.1"})");
    if (asked.path == "/v0/system" && age == Age::v0_system)
      return Reply::json(200, R"({"device":{"device_type":"cpu","gpu_devices":[]}})");
    return not_found(asked);
  }

  static std::string models() {
    json list = json::parse(openai_list({"llama-3", "nomic", "whisper"}, "load balancer"));
    const auto made_for = [](const std::string& what) {
      json flags{{"inference", true}, {"fine_tune", false}};
      for (const auto* each :
           {"chat_completion", "completion", "embeddings", "text_to_speech", "speech_to_text", "image_generation"}) {
        flags[each] = what == each || (what == "chat_completion" && std::string(each) == "completion");
      }
      return flags;
    };
    list["data"][0]["capabilities"] = made_for("chat_completion");
    list["data"][1]["capabilities"] = made_for("embeddings");
    list["data"][2]["capabilities"] = made_for("speech_to_text");
    return list.dump();
  }
};

}  // namespace pointsman::test
