#include "pointsman/probe/models_by_name.hpp"

#include "pointsman/probe/bounded_json.hpp"

namespace pointsman::probe {

ModelsByName models_by_name(registry::ProbeReport& report) {
  ModelsByName models;
  models.reserve(report.models.size());
  for (auto& model : report.models) models.emplace(model.id, &model);
  return models;
}

registry::ModelReport* find(const ModelsByName& models, std::string_view name) {
  const auto found = models.find(name);
  return found == models.end() ? nullptr : found->second;
}

void note_loaded(const ModelNames& loaded, registry::ProbeReport& report) {
  for (auto& model : report.models) model.loaded = loaded.contains(model.id);
}

void note_loaded(const nlohmann::json* list, const char* name_member, registry::ProbeReport& report) {
  if (list == nullptr || !list->is_array()) return;
  ModelNames loaded;
  for (const auto& model : *list) loaded.insert(text_member(model, name_member));
  note_loaded(loaded, report);
}

}  // namespace pointsman::probe
