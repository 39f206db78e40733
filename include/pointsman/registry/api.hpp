#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pointsman/http/error_answer.hpp"
#include "pointsman/http/stream_dialect.hpp"

// The API table: every API that can pass through, a row each. A new API is a new row, and nothing else.
namespace pointsman::registry {

enum class Api : std::uint8_t {
  chat_completions,
  completions,
  responses,
  embeddings,
  responses_input_tokens,
  responses_compact,
  moderations,
  rerank,
  tokenize,
  detokenize,
  audio_speech,
  audio_transcriptions,
  audio_translations,
  images_generations,
  images_edits,
  images_variations,
  messages,
  messages_count_tokens,
  conversations,
  responses_websocket,
  realtime,
};

inline constexpr std::size_t api_count = 21;

// Below what a path stands at an endpoint: its base (".../v1"), or what its base begins with.
enum class Base : std::uint8_t { api, root };

// What a request's body is, and with it where it names its model. `unread`: it names none; `websocket`: it has none and
// asks to go on with WebSocket.
enum class BodyFormat : std::uint8_t { json, form, json_or_form, unread, websocket };

// What a model has to be made for to be used with an API; `any`: every model that the endpoint has the route for.
enum class Ability : std::uint8_t { chat, embed, rerank, moderate, transcribe, speak, draw, any };

using http::Dialect;
using http::StreamDialect;

struct ApiRow {
  Api api;
  std::string_view name;  // in supported_apis, in the file and in the database
  std::string_view method;
  std::string_view path;  // below the endpoint's base or root, and below our /v1 or nothing
  Base base;
  BodyFormat body;
  Dialect dialect;       // of errors
  StreamDialect stream;  // how its streams end, and how they fail
  Ability ability;
};

namespace detail {

constexpr ApiRow openai(Api api, std::string_view name, std::string_view path, Ability ability,
                        StreamDialect stream = StreamDialect::other, BodyFormat body = BodyFormat::json) {
  return {api, name, "POST", path, Base::api, body, Dialect::openai, stream, ability};
}

constexpr ApiRow openai_form(Api api, std::string_view name, std::string_view path, Ability ability) {
  return openai(api, name, path, ability, StreamDialect::other, BodyFormat::form);
}

constexpr ApiRow at_root(Api api, std::string_view name, std::string_view path) {
  return {api, name, "POST", path, Base::root, BodyFormat::json, Dialect::openai, StreamDialect::other, Ability::any};
}

constexpr ApiRow anthropic(Api api, std::string_view name, std::string_view path) {
  return {api,          name, "POST", path, Base::api, BodyFormat::json, Dialect::anthropic, StreamDialect::messages,
          Ability::chat};
}

constexpr ApiRow websocket(Api api, std::string_view name, std::string_view path, Ability ability) {
  return {api, name, "GET", path, Base::api, BodyFormat::websocket, Dialect::openai, StreamDialect::other, ability};
}

}  // namespace detail

inline constexpr std::array<ApiRow, api_count> api_table{{
    detail::openai(Api::chat_completions, "chat_completions", "/chat/completions", Ability::chat, StreamDialect::chat),
    detail::openai(Api::completions, "completions", "/completions", Ability::chat, StreamDialect::chat),
    detail::openai(Api::responses, "responses", "/responses", Ability::chat, StreamDialect::responses),
    detail::openai(Api::embeddings, "embeddings", "/embeddings", Ability::embed),
    detail::openai(Api::responses_input_tokens, "responses_input_tokens", "/responses/input_tokens", Ability::chat),
    detail::openai(Api::responses_compact, "responses_compact", "/responses/compact", Ability::chat),
    detail::openai(Api::moderations, "moderations", "/moderations", Ability::moderate),
    detail::openai(Api::rerank, "rerank", "/rerank", Ability::rerank),
    detail::at_root(Api::tokenize, "tokenize", "/tokenize"),
    detail::at_root(Api::detokenize, "detokenize", "/detokenize"),
    detail::openai(Api::audio_speech, "audio_speech", "/audio/speech", Ability::speak),
    detail::openai_form(Api::audio_transcriptions, "audio_transcriptions", "/audio/transcriptions",
                        Ability::transcribe),
    detail::openai_form(Api::audio_translations, "audio_translations", "/audio/translations", Ability::transcribe),
    detail::openai(Api::images_generations, "images_generations", "/images/generations", Ability::draw),
    detail::openai(Api::images_edits, "images_edits", "/images/edits", Ability::draw, StreamDialect::other,
                   BodyFormat::json_or_form),
    detail::openai_form(Api::images_variations, "images_variations", "/images/variations", Ability::draw),
    detail::anthropic(Api::messages, "messages", "/messages"),
    detail::anthropic(Api::messages_count_tokens, "messages_count_tokens", "/messages/count_tokens"),
    detail::openai(Api::conversations, "conversations", "/conversations", Ability::chat, StreamDialect::other,
                   BodyFormat::unread),
    detail::websocket(Api::responses_websocket, "responses_websocket", "/responses", Ability::chat),
    detail::websocket(Api::realtime, "realtime", "/realtime", Ability::any),
}};

constexpr std::size_t index(Api api) { return static_cast<std::size_t>(api); }
constexpr const ApiRow& row(Api api) { return api_table[index(api)]; }

// Whoever only might offer one is not tried: a client that is told at once that there is none goes on over HTTP.
constexpr bool uses_websocket(const ApiRow& row) { return row.body == BodyFormat::websocket; }

constexpr std::optional<Api> api_named(std::string_view name) {
  for (const auto& each : api_table) {
    if (each.name == name) return each.api;
  }
  return std::nullopt;
}

// A value for each API.
template <class T>
class PerApi {
 public:
  constexpr T& operator[](Api api) { return values_[index(api)]; }
  constexpr const T& operator[](Api api) const { return values_[index(api)]; }
  bool operator==(const PerApi&) const = default;

 private:
  std::array<T, api_count> values_{};
};

namespace detail {
constexpr bool rows_stand_in_order() {
  for (std::size_t i = 0; i < api_count; ++i) {
    if (index(api_table[i].api) != i) return false;
  }
  return true;
}
}  // namespace detail
static_assert(detail::rows_stand_in_order());

}  // namespace pointsman::registry
