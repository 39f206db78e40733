#pragma once

#include <string>
#include <string_view>

#include "pointsman/http/connection.hpp"
#include "pointsman/http/error_answer.hpp"

// Answers of our own, with the fields that every one of them has.
namespace pointsman::api {

inline constexpr std::string_view alive_body = R"({"status":"alive"})";

// JSON, with x-request-id.
net::Task<bool> answer_json(http::Connection& client, int status, std::string_view body, std::string_view request_id);

// An error in the dialect, with the fields that its status asks for.
net::Task<bool> answer_error(http::Connection& client, const http::ErrorAnswer& error, http::Dialect dialect,
                             std::string_view request_id);

http::ErrorAnswer unauthorized(bool presented_one);
http::ErrorAnswer unknown_path(std::string_view method, std::string_view path);
http::ErrorAnswer method_not_allowed(std::string_view method, std::string_view path, std::string_view allow);
http::ErrorAnswer upgrade_required(std::string message);  // 426: over HTTP there is nothing, or nothing over WebSocket
http::ErrorAnswer model_not_allowed(std::string_view model, std::string_view key);
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
