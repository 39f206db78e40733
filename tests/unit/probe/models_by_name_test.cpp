#include "pointsman/probe/models_by_name.hpp"

#include <gtest/gtest.h>

namespace pointsman::probe {
namespace {

registry::ProbeReport report_of(const std::vector<std::string>& ids) {
  registry::ProbeReport report;
  for (const auto& id : ids) report.models.emplace_back().id = id;
  return report;
}

TEST(ModelsByName, FindsThemInTheReport) {
  auto report = report_of({"a", "b"});
  const auto models = models_by_name(report);
  EXPECT_EQ(find(models, "b"), &report.models[1]);
  EXPECT_EQ(find(models, "c"), nullptr);
}

TEST(NoteLoaded, SaysOfEachModelWhetherItIs) {
  auto report = report_of({"a", "b"});
  note_loaded({"b", "c"}, report);
  EXPECT_EQ(report.models[0].loaded, false);
  EXPECT_EQ(report.models[1].loaded, true);
}

}  // namespace
}  // namespace pointsman::probe
