#include "pointsman/daemon/keys_options.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "pointsman/api/explain.hpp"
#include "pointsman/config/characters.hpp"
#include "pointsman/config/kinds.hpp"
#include "pointsman/config/nearest.hpp"
#include "pointsman/config/quantities.hpp"
#include "pointsman/daemon/commands.hpp"
#include "pointsman/registry/api.hpp"

namespace pointsman::daemon {
namespace {

Result<void> read_budgets(const std::vector<std::string>& budgets, config::KeyLimits& limits) {
  for (const auto& budget : budgets) {
    const auto slash = std::min(budget.find('/'), budget.size());
    const auto tokens = config::parse_whole_number(std::string_view(budget).substr(0, slash));
    const auto time = budget.substr(slash);
    auto* target = time == "/day" ? &limits.tokens_per_day : time == "/month" ? &limits.tokens_per_month : nullptr;
    if (target == nullptr || *target != 0 || !tokens || *tokens == 0 || *tokens > config::largest_amount) {
      return misuse("--budget must be a number of tokens a day or a month, each once, as 1000000/day, not '" + budget +
                    "'");
    }
    *target = *tokens;
  }
  return {};
}

Error not_a_model_limit(const std::string& text) {
  return misuse(
      "--model-limit must be models and what may be taken of them, each once, as 'llama*:rpm=10,tpm=1000,"
      "concurrent=2', not '" +
      text + "'");
}

bool is_model_name(std::string_view model) {
  return !model.empty() && model.size() <= config::longest_model_name && config::find_unfit(model) == std::string::npos;
}

// The last colon ends the models: their names may have some.
Result<config::ModelLimits> model_limits_of(const std::string& text) {
  const auto colon = text.rfind(':');
  config::ModelLimits limits;
  limits.models = text.substr(0, std::min(colon, text.size()));
  if (colon == text.npos || !is_model_name(limits.models)) return not_a_model_limit(text);
  const std::map<std::string_view, std::uint64_t*> targets{
      {"rpm", &limits.requests_per_minute}, {"tpm", &limits.tokens_per_minute}, {"concurrent", &limits.concurrent}};
  for (std::string_view rest = std::string_view(text).substr(colon + 1);;) {
    const auto part = rest.substr(0, rest.find(','));
    const auto equals = std::min(part.find('='), part.size());
    const auto target = targets.find(part.substr(0, equals));
    const auto amount = config::parse_whole_number(part.substr(std::min(equals + 1, part.size())));
    const bool fits = amount && *amount > 0 && *amount <= config::largest_amount;
    if (target == targets.end() || *target->second != 0 || !fits) return not_a_model_limit(text);
    *target->second = *amount;
    if (part.size() == rest.size()) return limits;
    rest.remove_prefix(part.size() + 1);
  }
}

Result<void> read_model_limits(const std::vector<std::string>& texts, config::KeyLimits& limits) {
  for (const auto& text : texts) {
    auto each = model_limits_of(text);
    if (!each) return each.error();
    if (std::ranges::find(limits.models, each->models, &config::ModelLimits::models) != limits.models.end()) {
      return misuse("--model-limit names '" + each->models + "' twice; write its limits together");
    }
    limits.models.push_back(*std::move(each));
  }
  return {};
}

}  // namespace

Error misuse(std::string message) { return {ErrorCode::invalid_input, Origin::client, false, std::move(message)}; }

Result<std::optional<WallTime>> expiry_of(const KeysOptions& options, WallTime now) {
  if (options.expires.empty()) return std::optional<WallTime>();
  auto time = config::parse_time(options.expires);
  if (const auto duration = config::parse_duration(options.expires)) time = now + *duration;
  if (!time) {
    return misuse(
        "--expires must be a duration of at most a year such as 90d, a day such as 2027-01-31, or a time such "
        "as 2027-01-31T12:00:00Z, not '" +
        options.expires + "'");
  }
  if (*time <= now) return misuse("--expires lies in the past: " + config::text_of(*time));
  return time;
}

Result<config::Key> grants_of(const KeysOptions& options, WallTime now) {
  if (!config::is_name(options.name)) {
    return misuse("--name must be 1 to 64 letters, digits, dots, underscores or hyphens (A-Z a-z 0-9 . _ -)");
  }
  for (const auto& model : options.models) {
    if (!is_model_name(model)) {
      return misuse("--models takes names of models, of at most 256 bytes, without control characters");
    }
  }
  for (const auto& api : options.apis) {
    if (!registry::api_named(api)) {
      const auto known = vocabulary().apis;
      const auto meant = std::string(config::nearest(api, known));
      return misuse("there is no API '" + api + "'; " + (meant.empty() ? "" : "did you mean '" + meant + "'? ") +
                    "There are: " + api::api_names());
    }
  }
  const auto expires = expiry_of(options, now);
  if (!expires) return expires.error();
  config::Key key;
  key.name = options.name;
  key.models = options.models;
  key.apis = options.apis;
  key.priority = options.priority;
  for (const auto& word : options.permissions) {
    key.permissions.admin |= word == "admin";
    key.permissions.metrics |= word == "metrics";
  }
  key.debug = options.debug;
  key.expires = *expires;
  key.limits = {options.requests_per_minute, options.tokens_per_minute, options.concurrent, 0, 0};
  if (const auto read = read_budgets(options.budgets, key.limits); !read) return read.error();
  if (const auto read = read_model_limits(options.model_limits, key.limits); !read) return read.error();
  return key;
}

}  // namespace pointsman::daemon
