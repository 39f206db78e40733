#include "pointsman/probe/model_list.hpp"

#include <algorithm>
#include <unordered_set>

#include "pointsman/config/characters.hpp"
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/listed_abilities.hpp"
#include "pointsman/probe/observation.hpp"

namespace pointsman::probe {
namespace {

using nlohmann::json;

constexpr std::size_t longest_evidence = 200;  // bytes

// What a name may hold so that it can be a key, a log field and a cell of a table. A name that was not UTF-8 has been
// repaired by now, and is another name.
bool is_usable(std::string_view id) {
  return !id.empty() && id.size() <= ModelList::longest_id && config::find_unfit(id) == std::string_view::npos &&
         id.find("\xEF\xBF\xBD") == std::string_view::npos;
}

// A number of whatever JSON type if it is positive and no nonsense; otherwise nothing.
std::optional<std::int64_t> positive(const json* value) {
  constexpr double largest = 1e15;
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double number = value->get<double>();
  if (!(number >= 1 && number <= largest)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

// What a request may use comes before what the model was trained for.
std::optional<std::int64_t> context_length(const json& item) {
  if (const auto* meta = member(item, "meta")) {
    if (const auto tokens = positive(member(*meta, "n_ctx"))) return tokens;
  }
  for (const char* name :
       {"max_model_len", "loaded_context_length", "context_length", "context_window", "max_context_length"}) {
    if (const auto tokens = positive(member(item, name))) return tokens;
  }
  if (const auto* meta = member(item, "meta")) return positive(member(*meta, "n_ctx_train"));
  return std::nullopt;
}

void note_listed(const json& item, std::string_view asked, WallTime at, registry::ModelReport& model) {
  const auto listed = listed_abilities(item);
  if (!listed) return;
  const std::string evidence = excerpt(std::string(asked) + ": " + listed->words, longest_evidence);
  for (const auto& row : registry::api_table) {
    const auto verdict = listed->apis[row.api];
    if (verdict == registry::Verdict::unknown) continue;
    model.apis[row.api] = {verdict, registry::Provenance::probed, evidence, at};
  }
}

registry::ModelReport read_model(const json& item, std::string id, std::string_view asked, WallTime at) {
  registry::ModelReport model;
  model.id = std::move(id);
  model.created = positive(member(item, "created")).value_or(0);
  std::string owner = text_member(item, "owned_by");
  if (is_usable(owner)) model.owned_by = std::move(owner);
  model.context_length = context_length(item);
  model.loaded = listed_as_loaded(item);
  note_listed(item, asked, at, model);
  return model;
}

// The array of models; nullptr if this is something else. Go servers write an empty list as null.
const json* items_of(const json& document) {
  static const json none = json::array();
  if (document.is_array()) return document.empty() ? nullptr : &document;
  const auto* data = member(document, "data");
  if (data == nullptr) return nullptr;
  const bool says_list = text_member(document, "object") == "list";
  if (data->is_null()) return says_list ? &none : nullptr;
  if (!data->is_array() || (data->empty() && !says_list)) return nullptr;
  return data;
}

bool has_an_id(const json& item) { return member(item, "id") != nullptr; }

}  // namespace

std::string ModelList::remark() const {
  std::string text;
  if (unusable_names > 0) {
    text = std::to_string(unusable_names) +
           " models are left out because their names cannot be used (empty, longer than " + std::to_string(longest_id) +
           " bytes, or with control characters or bytes that are not UTF-8)";
  }
  if (beyond_limit > 0) {
    if (!text.empty()) text += "; ";
    text += std::to_string(beyond_limit) + " models are left out because only the first " +
            std::to_string(most_models) + " are taken";
  }
  return text;
}

std::optional<ModelList> read_models(std::string_view body, std::string_view asked, WallTime at) {
  const auto document = read_json(body);
  if (!document) return std::nullopt;
  const json* items = items_of(*document);
  if (items == nullptr) return std::nullopt;
  if (!items->empty() && std::ranges::none_of(*items, has_an_id)) return std::nullopt;

  ModelList list;
  std::unordered_set<std::string> seen;
  for (const auto& item : *items) {
    std::string id = text_member(item, "id");
    if (!is_usable(id)) {
      ++list.unusable_names;
    } else if (seen.contains(id)) {
      continue;
    } else if (list.models.size() == ModelList::most_models) {
      ++list.beyond_limit;
    } else {
      seen.insert(id);
      list.models.push_back(read_model(item, std::move(id), asked, at));
    }
  }
  return list;
}

}  // namespace pointsman::probe
