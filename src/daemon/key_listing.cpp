#include "pointsman/daemon/key_listing.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "pointsman/access/key_ring.hpp"
#include "pointsman/base/json_string.hpp"
#include "pointsman/config/quantities.hpp"
#include "pointsman/daemon/grants.hpp"

namespace pointsman::daemon {
namespace {

using Json = nlohmann::ordered_json;

struct Amount {
  const char* name;  // as `keys create` and the file call it
  std::uint64_t config::KeyLimits::* value;
};
constexpr std::array amounts{
    Amount{"rpm", &config::KeyLimits::requests_per_minute}, Amount{"tpm", &config::KeyLimits::tokens_per_minute},
    Amount{"concurrent", &config::KeyLimits::concurrent}, Amount{"tokens/day", &config::KeyLimits::tokens_per_day},
    Amount{"tokens/month", &config::KeyLimits::tokens_per_month}};

// As it is where all of it is visible, and otherwise as a JSON string.
std::string shown(const std::string& name) {
  auto string = json_string(name);
  return string.size() == name.size() + 2 ? name : string;
}

std::string joined(const std::vector<std::string>& list, const std::string& none) {
  std::string text;
  for (const auto& each : list) text += (text.empty() ? "" : ", ") + shown(each);
  return text.empty() ? none : text;
}

std::string text_of(const config::KeyLimits& limits) {
  std::vector<std::string> parts;
  for (const auto& each : amounts) {
    if (limits.*each.value != 0) parts.push_back(std::to_string(limits.*each.value) + " " + each.name);
  }
  for (const auto& each : limits.models) {
    const std::pair<const char*, std::uint64_t> rates[] = {
        {"rpm", each.requests_per_minute}, {"tpm", each.tokens_per_minute}, {"concurrent", each.concurrent}};
    for (const auto& [name, amount] : rates) {
      if (amount != 0) parts.push_back(std::to_string(amount) + " " + name + " of " + each.models);
    }
  }
  return joined(parts, "none");
}

std::vector<std::string> words_of(const config::Permissions& permissions) {
  std::vector<std::string> words;
  if (permissions.admin) words.emplace_back("admin");
  if (permissions.metrics) words.emplace_back("metrics");
  return words;
}

std::string text_of(const std::optional<WallTime>& time) { return time ? config::text_of(*time) : "never"; }

std::string state_of(const store::KeptKey& key, bool is_hidden, WallTime now) {
  if (key.revoked_at) return "revoked";
  if (is_hidden) return "hidden by the file";
  return access::has_expired(key.grants, now) ? "expired" : "good";
}

// As the file writes them.
Json json_of(const config::KeyLimits& limits) {
  Json json = Json::object();
  const auto add = [](Json& to, const char* name, std::uint64_t amount) {
    if (amount != 0) to[name] = amount;
  };
  add(json, "rpm", limits.requests_per_minute);
  add(json, "tpm", limits.tokens_per_minute);
  add(json, "concurrent", limits.concurrent);
  Json budget = Json::object();
  add(budget, "day", limits.tokens_per_day);
  add(budget, "month", limits.tokens_per_month);
  if (!budget.empty()) json["budget"] = std::move(budget);
  for (const auto& each : limits.models) {
    auto& rates = json["models"][each.models] = Json::object();
    add(rates, "rpm", each.requests_per_minute);
    add(rates, "tpm", each.tokens_per_minute);
    add(rates, "concurrent", each.concurrent);
  }
  return json;
}

Json json_of(const config::Key& grants, const char* source, const std::string& state) {
  Json json{{"name", grants.name},         {"source", source},     {"state", state},
            {"models", grants.models},     {"apis", grants.apis},  {"permissions", words_of(grants.permissions)},
            {"priority", grants.priority}, {"debug", grants.debug}};
  json["limits"] = json_of(grants.limits);
  json["expires_at"] = grants.expires ? Json(config::text_of(*grants.expires)) : Json();
  return json;
}

Json json_of(const store::KeptKey& key, bool is_hidden, WallTime now) {
  auto json = json_of(key.grants, "database", state_of(key, is_hidden, now));
  json["created_at"] = config::text_of(key.created_at);
  json["revoked_at"] = key.revoked_at ? Json(config::text_of(*key.revoked_at)) : Json();
  json["secrets"] = Json::array();
  for (const auto& token : key.tokens) {
    json["secrets"].push_back({{"ends_with", token.ending},
                               {"created_at", config::text_of(token.created_at)},
                               {"expires_at", token.expires ? Json(config::text_of(*token.expires)) : Json()}});
  }
  return json;
}

std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

using Row = std::array<std::string, 8>;

Row row_of(const config::Key& grants, const char* source, std::string state, std::string secret) {
  return {grants.name,
          source,
          std::move(state),
          std::move(secret),
          joined(grants.models, "all"),
          joined(grants.apis, "all"),
          text_of(grants.limits),
          text_of(grants.expires)};
}

}  // namespace

std::string key_table(const config::Access& file, const std::vector<store::KeptKey>& kept, WallTime now) {
  std::vector<Row> rows{{"NAME", "SOURCE", "STATE", "SECRET", "MODELS", "APIS", "LIMITS", "EXPIRES"}};
  for (const auto& key : file.keys) {
    rows.push_back(row_of(key, "file", access::has_expired(key, now) ? "expired" : "good", ""));
  }
  const auto hidden = hidden_by(file, kept);
  for (const auto& key : kept) {
    const auto ending = key.tokens.empty() ? std::string() : "..." + key.tokens.front().ending;
    rows.push_back(row_of(key.grants, "database", state_of(key, has(hidden, key.grants.name), now), ending));
  }
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) text += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    text += row.back() + "\n";
  }
  return text;
}

std::string key_list_json(const config::Access& file, const std::vector<store::KeptKey>& kept, WallTime now) {
  Json list = Json::array();
  for (const auto& key : file.keys) {
    list.push_back(json_of(key, "file", access::has_expired(key, now) ? "expired" : "good"));
  }
  const auto hidden = hidden_by(file, kept);
  for (const auto& key : kept) list.push_back(json_of(key, has(hidden, key.grants.name), now));
  return text_of(Json{{"keys", std::move(list)}});
}

std::string key_details(const store::KeptKey& key, bool is_hidden, WallTime now) {
  const auto& grants = key.grants;
  std::vector<std::pair<std::string, std::string>> lines{{"name", grants.name},
                                                         {"state", state_of(key, is_hidden, now)},
                                                         {"models", joined(grants.models, "all")},
                                                         {"apis", joined(grants.apis, "all")},
                                                         {"permissions", joined(words_of(grants.permissions), "none")},
                                                         {"debug", grants.debug ? "yes" : "no"},
                                                         {"priority", std::to_string(grants.priority)},
                                                         {"limits", text_of(grants.limits)},
                                                         {"created", config::text_of(key.created_at)},
                                                         {"expires", text_of(grants.expires)}};
  if (key.revoked_at) lines.emplace_back("revoked", config::text_of(*key.revoked_at));
  for (const auto& token : key.tokens) {
    auto text = "ends with " + token.ending + ", made " + config::text_of(token.created_at);
    if (token.expires) text += (now < *token.expires ? ", good until " : ", ended ") + config::text_of(*token.expires);
    lines.emplace_back("secret", std::move(text));
  }
  std::string text;
  for (const auto& [name, value] : lines) text += name + std::string(13 - name.size(), ' ') + value + "\n";
  return text;
}

std::string key_json(const store::KeptKey& key, bool is_hidden, WallTime now) {
  return text_of(json_of(key, is_hidden, now));
}

}  // namespace pointsman::daemon
