#pragma once

#include "pointsman/base/error.hpp"
#include "pointsman/http/error_answer.hpp"
#include "pointsman/registry/snapshot.hpp"

// What clients are told when a request is not answered by an endpoint: the statuses and codes of docs/api.md. Addresses
// and reasons that only an administrator should see stay in the log.
namespace pointsman::proxy {

// 404, or 503 while endpoints that may have the model have not told what they serve.
http::ErrorAnswer unknown_model(const registry::Snapshot& snapshot, std::string_view model);

// 501: the model is there, the API is not; says what is.
http::ErrorAnswer unsupported_api(const registry::SnapshotModel& model, registry::Api api);

// 503: those that serve it are down.
http::ErrorAnswer no_healthy_endpoint(std::string_view model, registry::Api api);

// 503: those that serve it have as many requests as they may have.
http::ErrorAnswer all_full(std::string_view model);

// 503: as many requests as may wait for the model (`length`) do, or this one has waited for as long as it may (`wait`).
// Not 429: it is not this client that asked too much, and the SDKs try both again when Retry-After says.
http::ErrorAnswer queue_full(std::string_view model, std::size_t length, std::chrono::seconds retry_after);
http::ErrorAnswer queued_too_long(std::string_view model, Milliseconds wait, std::chrono::seconds retry_after);

// 404: nobody keeps what the request names, as far as this client may know. `param` is the field that names it; empty:
// the path does.
http::ErrorAnswer kept_nowhere(std::string_view param, std::string_view id);

// 503: an endpoint keeps it, and cannot be used at present. Another one could not serve it.
http::ErrorAnswer keeper_is_down(std::string_view param, std::string_view id);

// 400: the endpoint that keeps it does not have the model, or not with this API.
http::ErrorAnswer kept_without_model(std::string_view param, std::string_view id, std::string_view model);

// 400: a request goes on with two things that two endpoints keep.
http::ErrorAnswer kept_apart();

// 501 and 503: no endpoint has an API that needs no model, or none that has it is up.
http::ErrorAnswer offered_nowhere(registry::Api api);
http::ErrorAnswer none_up_for(registry::Api api);

// 502 or 504: an attempt failed. One that took too long may be tried again only if nothing was sent, so that it had no
// connection yet.
http::ErrorAnswer failed_attempt(const Error& error, std::string_view endpoint, const config::Timeouts& timeouts);

}  // namespace pointsman::proxy
