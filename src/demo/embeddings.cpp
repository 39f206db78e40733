#include "pointsman/demo/embeddings.hpp"

#include <openssl/evp.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "pointsman/demo/words.hpp"

namespace pointsman::demo {

namespace {

constexpr std::size_t dimensions = 8;
using Vector = std::array<float, dimensions>;
static_assert(std::endian::native == std::endian::little, "base64 vectors are little-endian floats");

// FNV-1a, so that the same text has the same vector on every machine.
std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  std::uint64_t value = 14695981039346656037ull ^ seed;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  return value;
}

Vector unit_vector(std::string_view text) {
  Vector vector{};
  double square = 0;
  for (std::size_t i = 0; i < dimensions; ++i) {
    const double between_minus_one_and_one =
        static_cast<double>(hash(text, i) >> 11) / static_cast<double>(1ull << 52) - 1;
    vector[i] = static_cast<float>(between_minus_one_and_one);
    square += between_minus_one_and_one * between_minus_one_and_one;
  }
  for (auto& value : vector) value = static_cast<float>(value / std::sqrt(square));
  return vector;
}

std::string base64(const Vector& vector) {
  const auto bytes = std::bit_cast<std::array<unsigned char, sizeof(Vector)>>(vector);
  std::array<unsigned char, (sizeof(Vector) + 2) / 3 * 4 + 1> text{};
  const int length = EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
  return {text.begin(), text.begin() + length};
}

// A list of numbers is one text that the client has cut into tokens already.
bool is_tokens(const Json& input) { return input.is_array() && !input.empty() && input.front().is_number(); }

}  // namespace

Answer embeddings(const Json& request) {
  const auto given = request.value("input", Json());
  const Json inputs = given.is_string() || is_tokens(given) ? Json::array({given}) : given;
  if (!inputs.is_array() || inputs.empty()) {
    return refusal(400, "input", "", "'input' must be a string or a list of strings.");
  }
  const bool as_base64 = request.value("encoding_format", "float") == "base64";
  std::size_t tokens = 0;
  Json data = Json::array();
  for (const auto& input : inputs) {
    if (!input.is_string() && !is_tokens(input)) {
      return refusal(400, "input", "", "'input' must be a string or a list of strings.");
    }
    const auto text = input.is_string() ? input.get<std::string>() : serialize(input);
    tokens += input.is_string() ? count_words(text) : input.size();
    const auto vector = unit_vector(text);
    const Json embedding = as_base64 ? Json(base64(vector)) : Json(vector);
    data.push_back({{"object", "embedding"}, {"index", data.size()}, {"embedding", embedding}});
  }
  return whole({{"object", "list"},
                {"data", data},
                {"model", model_id},
                {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}});
}

}  // namespace pointsman::demo
