#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pointsman/http/error_answer.hpp"
#include "pointsman/http/stream_dialect.hpp"

// The API table: every API that can pass through, a row each. A new API is a new row, and nothing else.
namespace pointsman::registry {

enum class Api : std::uint8_t { chat_completions, completions, responses, embeddings };

inline constexpr std::size_t api_count = 4;

// Where a request names its model.
enum class ModelPlace : std::uint8_t { json_body };

// What a model has to be made for to be used with an API.
enum class Ability : std::uint8_t { chat, embed, rerank, transcribe, speak, draw };

using http::Dialect;
using http::StreamDialect;

struct ApiRow {
  Api api;
  std::string_view name;  // in supported_apis, in the file and in the database
  std::string_view method;
  std::string_view path;  // below the base of the endpoint and below our /v1
  ModelPlace model_place;
  Dialect dialect;
  StreamDialect stream;  // how its streams end, and how they fail
  Ability ability;
};

inline constexpr std::array<ApiRow, api_count> api_table{{
    {Api::chat_completions, "chat_completions", "POST", "/chat/completions", ModelPlace::json_body, Dialect::openai,
     StreamDialect::chat, Ability::chat},
    {Api::completions, "completions", "POST", "/completions", ModelPlace::json_body, Dialect::openai,
     StreamDialect::chat, Ability::chat},
    {Api::responses, "responses", "POST", "/responses", ModelPlace::json_body, Dialect::openai,
     StreamDialect::responses, Ability::chat},
    {Api::embeddings, "embeddings", "POST", "/embeddings", ModelPlace::json_body, Dialect::openai, StreamDialect::other,
     Ability::embed},
}};

constexpr std::size_t index(Api api) { return static_cast<std::size_t>(api); }
constexpr const ApiRow& row(Api api) { return api_table[index(api)]; }

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
