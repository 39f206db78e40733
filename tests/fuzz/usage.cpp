#include "pointsman/payload/usage.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "input.hpp"

namespace pointsman::fuzz {
namespace {

using nlohmann::json;

payload::Usage read(const std::vector<std::string>& pieces, bool tail_only) {
  payload::Usage usage;
  payload::UsageReader reader(usage, tail_only);
  for (const auto& piece : pieces) reader.feed(piece);
  return usage;
}

// Of an object that is told once, another parser finds the same count. We do not know a name with an escape.
void compare(std::string_view text) {
  const auto once = [](std::string_view in, std::string_view word) {
    const auto at = in.find(word);
    return at != std::string_view::npos && in.find(word, at + 1) == std::string_view::npos;
  };
  if (text.find('\\') != std::string_view::npos || !once(text, "\"total_tokens\"")) return;
  const std::string answer = "{\"usage\":" + std::string(text) + "}";
  const auto whole = json::parse(answer, nullptr, false);
  if (!whole.is_object() || !whole["usage"].is_object() || !whole["usage"].contains("total_tokens")) return;
  const auto& total = whole["usage"]["total_tokens"];
  const auto found = read({answer}, false).total;
  const bool is_count = total.is_number_unsigned() && total.get<std::uint64_t>() <= payload::UsageReader::largest_count;
  require(found == (is_count ? payload::Count(total.get<std::uint64_t>()) : payload::Count()),
          "both find the same count");
}

}  // namespace
}  // namespace pointsman::fuzz

// What an answer says that it took: it does not depend on splits, and another JSON parser finds the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  auto text = fuzz::text_of(data, size);
  const auto seed = fuzz::take_byte(text);
  fuzz::require(fuzz::read(fuzz::split(text, seed), false) == fuzz::read({std::string(text)}, false),
                "splits do not matter");
  fuzz::read(fuzz::split(text, seed), true);
  fuzz::compare(text);
  return 0;
}
