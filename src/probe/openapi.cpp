#include "pointsman/probe/openapi.hpp"

#include <boost/algorithm/string/case_conv.hpp>

#include "pointsman/probe/bounded_json.hpp"

namespace pointsman::probe {
namespace {

bool lists(const nlohmann::json& paths, const std::string& path, const std::string& method) {
  const auto* operations = member(paths, path.c_str());
  return operations != nullptr && member(*operations, method.c_str()) != nullptr;
}

// Of several lists of models the one below /v1 is meant for OpenAI's clients.
std::string base_of_models(const nlohmann::json& paths) {
  constexpr std::string_view ending = "/models";
  std::string base;
  for (const auto& [path, operations] : paths.items()) {
    if (!path.ends_with(ending) || member(operations, "get") == nullptr) continue;
    std::string found = path.substr(0, path.size() - ending.size());
    if (found.ends_with("/v1")) return found;
    if (base.empty()) base = std::move(found);
  }
  return base;
}

}  // namespace

std::optional<OpenApi> read_openapi(const Observation& document, const config::Url& url) {
  if (document.status != 200) return std::nullopt;
  const auto parsed = read_json(document.body);
  if (!parsed) return std::nullopt;
  const auto* paths = member(*parsed, "paths");
  if (member(*parsed, "openapi") == nullptr || paths == nullptr || !paths->is_object()) return std::nullopt;

  OpenApi result;
  if (const auto* info = member(*parsed, "info")) result.version = excerpt(text_member(*info, "version"), 64);
  // A proxy may have put a prefix before the paths that the server knows of itself.
  const std::string own_base = url.base_path.substr(url.root_path.size());
  for (const auto& row : registry::api_table) {
    const std::string path(row.path);
    const std::string method = boost::algorithm::to_lower_copy(std::string(row.method));
    const bool at_root = row.base == registry::Base::root;
    result.offered[row.api] = lists(*paths, (at_root ? url.root_path : url.base_path) + path, method) ||
                              lists(*paths, (at_root ? "" : own_base) + path, method);
    result.offers_any |= result.offered[row.api];
  }
  result.models_base = base_of_models(*paths);
  return result;
}

}  // namespace pointsman::probe
