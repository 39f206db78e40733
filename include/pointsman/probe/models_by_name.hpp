#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pointsman/registry/report.hpp"

// What servers say of single models, brought together with the models of a report by their names, in a time that does
// not explode where there are many of both.
namespace pointsman::probe {

using ModelNames = std::set<std::string, std::less<>>;
using ModelsByName = std::unordered_map<std::string_view, registry::ModelReport*>;

// The report's models, good as long as none is added or taken out.
ModelsByName models_by_name(registry::ProbeReport& report);

// nullptr: the report has none of that name.
registry::ModelReport* find(const ModelsByName& models, std::string_view name);

// Writes down which models are in memory: those that are named, and no others.
void note_loaded(const ModelNames& loaded, registry::ProbeReport& report);
// The same of a list of objects that each have a model's name in a member; nothing where there is no such list.
void note_loaded(const nlohmann::json* list, const char* name_member, registry::ProbeReport& report);

}  // namespace pointsman::probe
