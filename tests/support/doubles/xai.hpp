#pragma once

#include "hosted.hpp"

namespace pointsman::test {

// xAI.
class XaiServer : public HostedServer {
 protected:
  std::string base() const override { return "/v1"; }
  std::string list() const override { return openai_list({"grok-4", "grok-code-fast-1"}, "xai"); }
};

}  // namespace pointsman::test
