#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pointsman/http/connection.hpp"
#include "pointsman/http/error_answer.hpp"

// Answers of our own, with the fields that every one of them has.
namespace pointsman::api {

inline constexpr std::string_view alive_body = R"({"status":"alive"})";

// Of an answer's body; 0 where none goes out (HEAD), or the client took nothing any more.
using SentBytes = std::uint64_t;

// JSON, with x-request-id and `more_fields`, each ending in CRLF.
net::Task<SentBytes> answer_json(http::Connection& client, int status, std::string_view body,
                                 std::string_view request_id, std::string_view more_fields = {});

// An error in the dialect, with the fields that its status asks for.
net::Task<SentBytes> answer_error(http::Connection& client, const http::ErrorAnswer& error, http::Dialect dialect,
                                  std::string_view request_id);

http::ErrorAnswer unauthorized(bool presented_one);
// Of what these headers say.
http::ErrorAnswer unauthorized(std::optional<std::string_view> authorization,
                               std::optional<std::string_view> x_api_key);
// `meant`: a path that there is; empty if none is near.
http::ErrorAnswer unknown_path(std::string_view method, std::string_view path, std::string_view meant);
http::ErrorAnswer method_not_allowed(std::string_view method, std::string_view path, std::string_view allow);
http::ErrorAnswer upgrade_required(std::string message);  // 426: over HTTP there is nothing, or nothing over WebSocket
http::ErrorAnswer model_not_allowed(std::string_view model, std::string_view key);
http::ErrorAnswer api_not_allowed(std::string_view api, std::string_view key);
http::ErrorAnswer permission_missing(std::string_view permission, std::string_view path, std::string_view key);
http::ErrorAnswer more_models_not_allowed();
http::ErrorAnswer unknown_model_id(std::string_view model);
http::ErrorAnswer bad_request(std::string message, std::string_view param);
http::ErrorAnswer unknown_encoding(std::string_view encoding);
http::ErrorAnswer unsupported_type(std::string_view path, std::string_view taken);  // `taken`: a literal
http::ErrorAnswer broken();                                                         // 500: we failed
http::ErrorAnswer overloaded(std::string message);  // 503: a bound of the process is reached

// What is wrong with a body that could not be read.
http::ErrorAnswer unreadable(const Error& error);

// What is wrong with a head that is not HTTP, or not strictly enough.
http::ErrorAnswer refused_head(const http::Rejection& rejection);

}  // namespace pointsman::api
