#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "pointsman/access/quota.hpp"
#include "pointsman/base/clock.hpp"
#include "pointsman/http/error_answer.hpp"
#include "pointsman/payload/request_fields.hpp"
#include "pointsman/payload/usage.hpp"

// What clients are told of their keys' limits, in OpenAI's words, and what requests are taken to need of them.
namespace pointsman::api {

// Before there is an answer: a token for four bytes of the request, and as many as the answer may have.
std::uint64_t estimated_tokens(std::size_t body_size, const payload::RequestFields& fields);
// Input and output together, as the ledger sums them.
std::uint64_t tokens_of(const payload::Usage& usage);

// As OpenAI writes them: 20ms, 1s, 6m0s.
std::string duration_text(Milliseconds duration);

// x-ratelimit-*, each ending in CRLF, of the limits that there are.
void append_rate_limits(std::string& fields, const access::Standing& standing);

// 429, with when to come again.
http::ErrorAnswer rate_limited(const access::Denial& denial, const access::Standing& standing, std::string_view key);

}  // namespace pointsman::api
