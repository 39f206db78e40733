#include "pointsman/store/capabilities_table.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

#include <string_view>
#include <unordered_map>

#include "pointsman/store/columns.hpp"

namespace pointsman::store {
namespace {

using Capabilities = registry::PerApi<registry::Capability>;

constexpr const char* route = "";  // stands for the model in the rows that are about the route itself

}  // namespace

void CapabilitiesTable::fill_in(const std::string& endpoint, registry::Learned& learned) {
  std::unordered_map<std::string_view, Capabilities*> by_model{{route, &learned.routes}};
  for (auto& model : learned.models) by_model.emplace(model.id, &model.apis);

  SQLite::Statement rows(database_, R"(
SELECT model, api, verdict, how, evidence, at FROM capabilities WHERE endpoint = ?)");
  rows.bind(1, endpoint);
  while (rows.executeStep()) {
    const auto capabilities = by_model.find(rows.getColumn(0).getString());
    const auto api = registry::api_named(rows.getColumn(1).getString());
    const auto verdict = registry::verdict_named(rows.getColumn(2).getString());
    const auto how = registry::provenance_named(rows.getColumn(3).getString());
    if (capabilities == by_model.end() || !api || !verdict || !how) continue;
    (*capabilities->second)[*api] = {*verdict, *how, rows.getColumn(4).getString(), time_of(rows.getColumn(5))};
  }
}

void CapabilitiesTable::replace(const std::string& endpoint, const registry::Learned& learned) {
  SQLite::Statement old(database_, "DELETE FROM capabilities WHERE endpoint = ?");
  old.bind(1, endpoint);
  old.exec();

  SQLite::Statement row(database_, R"(
INSERT INTO capabilities (endpoint, model, api, verdict, how, evidence, at) VALUES (?, ?, ?, ?, ?, ?, ?))");
  const auto insert = [&](const std::string& model, const Capabilities& capabilities) {
    for (const auto& api : registry::api_table) {
      const registry::Capability& known = capabilities[api.api];
      if (known == registry::Capability()) continue;
      row.reset();
      SQLite::bind(row, endpoint, model, std::string(api.name), std::string(name(known.verdict)),
                   std::string(name(known.how)), known.evidence, milliseconds(known.at));
      row.exec();
    }
  };
  insert(route, learned.routes);
  for (const auto& model : learned.models) insert(model.id, model.apis);
}

}  // namespace pointsman::store
