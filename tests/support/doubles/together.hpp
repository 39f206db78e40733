#pragma once

#include "hosted.hpp"

namespace pointsman::test {

// Together: a bare array of models with their types.
class TogetherServer : public HostedServer {
 protected:
  std::string base() const override { return "/v1"; }
  std::string list() const override {
    const auto model = [](const std::string& id, const std::string& type) {
      return json{{"id", id}, {"object", "model"}, {"type", type}, {"context_length", 131072}};
    };
    return json{model("meta-llama/Llama-3.3-70B", "chat"), model("BAAI/bge-large", "embedding"),
                model("meta-llama/Llama-2-70b", "language"), model("black-forest-labs/FLUX.1", "image"),
                model("Salesforce/Llama-Rank", "rerank")}
        .dump();
  }
};

}  // namespace pointsman::test
