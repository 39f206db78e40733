#include "pointsman/api/rate_limit.hpp"

#include <chrono>

#include "pointsman/base/decimal.hpp"
#include "pointsman/http/head.hpp"

namespace pointsman::api {
namespace {

constexpr std::size_t bytes_per_token = 4;

void append_duration(std::string& text, Milliseconds duration) {
  const auto total = duration.count();
  if (total > 0 && total < 1'000) {
    append_number(text, total);
    text += "ms";
    return;
  }
  const auto hours = total / 3'600'000;
  const auto minutes = total / 60'000 % 60;
  if (hours > 0) {
    append_number(text, hours);
    text += 'h';
  }
  if (hours > 0 || minutes > 0) {
    append_number(text, minutes);
    text += 'm';
  }
  append_number(text, total / 1'000 % 60);
  if (auto fraction = total % 1'000; fraction != 0) {
    text += '.';
    for (; fraction != 0; fraction = fraction * 10 % 1'000) text += static_cast<char>('0' + fraction / 100);
  }
  text += 's';
}

void append_amount(std::string& fields, std::string_view what, const std::optional<access::Standing::Amount>& amount) {
  if (!amount) return;
  fields.append("x-ratelimit-limit-").append(what).append(": ");
  append_number(fields, amount->limit);
  fields.append("\r\nx-ratelimit-remaining-").append(what).append(": ");
  append_number(fields, amount->remaining);
  fields.append("\r\nx-ratelimit-reset-").append(what).append(": ");
  append_duration(fields, amount->reset);
  fields += "\r\n";
}

std::string_view unit(access::Limit limit) {
  switch (limit) {
    case access::Limit::requests_per_minute: return "requests a minute";
    case access::Limit::tokens_per_minute: return "tokens a minute";
    case access::Limit::concurrent: return "requests at once";
    case access::Limit::tokens_per_day: return "tokens a day";
    case access::Limit::tokens_per_month: return "tokens a month";
  }
  return "";
}

}  // namespace

std::uint64_t estimated_tokens(std::size_t body_size, const payload::RequestFields& fields) {
  return body_size / bytes_per_token + fields.most_output;
}

std::uint64_t tokens_of(const payload::Usage& usage) {
  const bool has_parts = usage.input.is_told() || usage.output.is_told();
  const auto tokens = has_parts ? usage.input.value_or(0) + usage.output.value_or(0) : usage.total.value_or(0);
  return static_cast<std::uint64_t>(tokens);
}

std::string duration_text(Milliseconds duration) {
  std::string text;
  append_duration(text, duration);
  return text;
}

void append_rate_limits(std::string& fields, const access::Standing& standing) {
  append_amount(fields, "requests", standing.requests);
  append_amount(fields, "tokens", standing.tokens);
}

http::ErrorAnswer rate_limited(const access::Denial& denial, const access::Standing& standing, std::string_view key) {
  http::ErrorAnswer answer;
  answer.status = 429;
  answer.type = "rate_limit_error";
  answer.code = "rate_limit_exceeded";
  answer.message = "The key '" + std::string(key) + "' has reached its limit of " + std::to_string(denial.amount) +
                   " " + std::string(unit(denial.limit));
  if (!denial.models.empty()) answer.message += " with the models '" + denial.models + "'";
  answer.message += ". Try again in " + duration_text(denial.wait) + ".";
  answer.retry_after = std::chrono::ceil<std::chrono::seconds>(denial.wait);
  http::append_field(answer.fields, "retry-after-ms", std::to_string(denial.wait.count()));
  append_rate_limits(answer.fields, standing);
  // The SDKs wait a minute at most, and then try again in vain.
  answer.final = denial.limit == access::Limit::tokens_per_day || denial.limit == access::Limit::tokens_per_month;
  return answer;
}

}  // namespace pointsman::api
