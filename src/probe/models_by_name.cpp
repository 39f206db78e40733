#include "pointsman/probe/models_by_name.hpp"

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

}  // namespace pointsman::probe
