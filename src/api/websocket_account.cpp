#include "websocket_account.hpp"

#include <utility>

#include "pointsman/api/answers.hpp"
#include "pointsman/api/rate_limit.hpp"
#include "pointsman/registry/api.hpp"

namespace pointsman::api {

std::optional<http::ErrorAnswer> WebSocketAccount::refusal_of(const proxy::CreateMessage& message,
                                                              std::string_view model, std::size_t bytes) {
  judged_.reset();
  access::Allowance allowance;
  if (const auto& ring = *visitor_.ring; !ring.open()) {
    const access::Moment now(clock_);
    const auto* const key = visitor_.key == nullptr ? nullptr : ring.find(*visitor_.key, now.wall);
    if (key == nullptr) return unauthorized(visitor_.key != nullptr);
    const auto api = registry::row(registry::Api::responses_websocket).name;
    if (!access::may_use_api(*key, api)) return api_not_allowed(api, key->name);
    if (!access::may_use(*key, model)) return model_not_allowed(model, key->name);
    if (message.fields.more_models && !key->models.empty()) return more_models_not_allowed();
    if (auto* const quota = ring.quota_of(*key); quota != nullptr) {
      // Its place is the connection's.
      const auto tokens = message.asks_for_response ? estimated_tokens(bytes, message.fields) : 0;
      access::Standing standing;
      const auto denial =
          quota->take({.model = model, .tokens = tokens, .takes_place = false}, now, allowance, standing);
      if (denial) {
        visitor_.metrics.count(denial->limit);
        return rate_limited(*denial, standing, key->name);
      }
    }
  }
  if (message.asks_for_response) note_asked(model);
  if (message.asks_for_response) judged_ = std::move(allowance);
  return std::nullopt;
}

void WebSocketAccount::let_in(bool was_sent) {
  generations_.let_in(was_sent);
  if (judged_ && was_sent) {
    awaited_.add(*std::move(judged_));
  } else if (judged_) {
    judged_->settle(0, access::Moment(clock_));
  } else if (was_sent) {
    awaited_.add_other();
  }
  judged_.reset();
}

void WebSocketAccount::response_began(std::string_view id) {
  generations_.began(id, WebSocketGenerations::Time::clock::now());
  awaited_.began(id);
}

void WebSocketAccount::response_ended(const proxy::EndedResponse& ended) {
  visitor_.metrics.count(ended.usage);
  generations_.ended(ended, WebSocketGenerations::Time::clock::now());
  std::optional<std::uint64_t> tokens;
  if (ended.usage.is_told() || ended.failed) tokens = tokens_of(ended.usage);
  awaited_.ended(ended.id, tokens, access::Moment(clock_));
}

void WebSocketAccount::transcribed(const payload::Usage& usage) {
  visitor_.metrics.count(usage);
  awaited_.spend(tokens_of(usage), access::Moment(clock_));
}

void WebSocketAccount::error_told(const payload::Usage& usage) {
  visitor_.metrics.count(usage);
  generations_.failed();
  awaited_.failed(tokens_of(usage), access::Moment(clock_));
}

void WebSocketAccount::note_asked(std::string_view model) {
  const auto snapshot = forwarder_.snapshot();
  if (const auto* const found = snapshot->find(model)) {
    generations_.asked(found->number, WebSocketGenerations::Time::clock::now());
  }
}

}  // namespace pointsman::api
