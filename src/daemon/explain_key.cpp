#include "explain_key.hpp"

#include <algorithm>
#include <vector>

namespace pointsman::daemon {
namespace {

using Json = nlohmann::ordered_json;

std::string joined(const Json& list) {
  std::string text;
  for (const auto& each : list) text += (text.empty() ? "" : ", ") + each.get<std::string>();
  return text;
}

struct Line {
  std::string name;
  std::string text;
};

void append(std::string& to, const std::string& title, const std::vector<Line>& lines) {
  if (lines.empty()) return;
  to += title + "\n";
  std::size_t width = 0;
  for (const auto& line : lines) width = std::max(width, line.name.size());
  width = std::min<std::size_t>(width, 60) + 2;
  for (const auto& line : lines) {
    const std::size_t gap = line.name.size() < width ? width - line.name.size() : 1;
    to += "  " + line.name + std::string(gap, ' ') + line.text + "\n";
  }
}

std::vector<Line> limits_of(const Json& limits) {
  std::vector<Line> lines;
  for (const auto& limit : limits) {
    const auto name = limit.at("limit").get<std::string>();
    const auto& models = limit.at("models");
    std::string text = std::to_string(limit.at("taken").get<std::uint64_t>()) + " of " +
                       std::to_string(limit.at("amount").get<std::uint64_t>());
    if (const auto wait = limit.at("wait_ms").get<std::int64_t>(); wait > 0) {
      text += "; nothing is left: the next request is a 429, for " + std::to_string((wait + 999) / 1'000) + " s";
    }
    lines.push_back({models.is_null() ? name : name + " of " + models.get<std::string>(), std::move(text)});
  }
  return lines;
}

}  // namespace

std::string key_explained(const Json& answer) {
  std::string text = answer.at("key").get<std::string>() + ": " + answer.at("state").get<std::string>();
  if (answer.contains("why")) text += ": " + answer["why"].get<std::string>();
  if (!answer.contains("models")) return text + "\n";
  if (answer["state"] == "good") {
    const auto& expires = answer.at("expires_at");
    text += expires.is_null() ? ", does not expire" : ", until " + expires.get<std::string>();
  }
  text += "\n";
  std::vector<Line> models;
  for (const auto& each : answer["models"]) {
    const auto apis = joined(each.at("apis"));
    auto line = apis.empty() ? "no endpoint is known to offer one of its APIs" : apis;
    if (each.contains("why_not_now")) line += "  (" + each["why_not_now"].get<std::string>() + ")";
    models.push_back({each.at("model").get<std::string>(), std::move(line)});
  }
  append(text, "models that it may use", models);
  std::vector<Line> others;
  for (const auto& each : answer.at("not_models")) {
    others.push_back({each.at("model").get<std::string>(), each.at("why").get<std::string>()});
  }
  append(text, "models that it may not use", others);
  for (const auto& glob : answer.at("fits_no_model")) {
    text += "its `models` " + glob.get<std::string>() + " fits no model that there is now\n";
  }
  const auto& not_apis = answer.at("not_apis");
  text += "APIs: " + (not_apis.empty() ? "all" : joined(answer.at("apis")) + "; not " + joined(not_apis)) + "\n";
  append(text, "limits now", limits_of(answer.at("limits")));
  if (answer.at("limits").empty()) text += "limits: none\n";
  const auto permissions = joined(answer.at("permissions"));
  text += "permissions: " + (permissions.empty() ? "none" : permissions) +
          (answer.at("debug").get<bool>() ? "; it may ask how its requests are routed" : "") + "\n";
  return text;
}

}  // namespace pointsman::daemon
