#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pointsman/registry/api.hpp"

// What a model does for an API, in the words of OpenTelemetry's conventions for generative AI.
namespace pointsman::registry {

enum class Operation : std::uint8_t { chat, text_completion, embeddings };

constexpr std::string_view name(Operation operation) {
  constexpr std::array<std::string_view, 3> names{"chat", "text_completion", "embeddings"};
  return names[static_cast<std::size_t>(operation)];
}

// Nothing: the conventions have none for it.
constexpr std::optional<Operation> operation_of(Api api) {
  switch (api) {
    case Api::chat_completions:
    case Api::responses:
    case Api::messages: return Operation::chat;
    case Api::completions: return Operation::text_completion;
    case Api::embeddings: return Operation::embeddings;
    default: return std::nullopt;
  }
}

}  // namespace pointsman::registry
