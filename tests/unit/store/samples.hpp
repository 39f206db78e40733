#pragma once

#include <string>
#include <utility>

#include "pointsman/config/settings.hpp"

namespace pointsman::store {

inline config::Endpoint endpoint(std::string name, std::uint16_t port = 8000) {
  config::Endpoint result;
  result.name = std::move(name);
  result.url.scheme = "http";
  result.url.host = "10.0.0.11";
  result.url.port = port;
  result.url.base_path = "/v1";
  return result;
}

}  // namespace pointsman::store
