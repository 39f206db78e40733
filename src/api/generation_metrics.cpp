#include "pointsman/api/generation_metrics.hpp"

#include <map>
#include <vector>

#include "pointsman/registry/operation.hpp"

namespace pointsman::api {
namespace {

constexpr unsigned operation_shift = 32;

using Parts = std::vector<const GenerationTimes*>;

}  // namespace

std::optional<std::uint64_t> generation_series(registry::Api api, std::uint32_t model) {
  const auto operation = registry::operation_of(api);
  if (!operation) return std::nullopt;
  return static_cast<std::uint64_t>(*operation) << operation_shift | model;
}

void write_generation_metrics(observe::PrometheusText& text, std::span<const GenerationTable* const> workers,
                              const registry::KnownNames& names) {
  std::map<std::uint64_t, Parts> series;
  for (const auto* worker : workers) {
    worker->for_each([&](std::uint64_t number, const GenerationTimes& times) { series[number].push_back(&times); });
  }
  const auto write = [&](auto member, std::string_view token_type) {
    for (const auto& [number, parts] : series) {
      std::vector<decltype(&(parts.front()->*member))> histograms;
      for (const auto* part : parts) histograms.push_back(&(part->*member));
      const auto operation = name(static_cast<registry::Operation>(number >> operation_shift));
      const auto model = names.name(static_cast<std::uint32_t>(number));
      if (token_type.empty()) {
        text.histogram({{"gen_ai_operation_name", operation}, {"gen_ai_request_model", model}}, histograms);
      } else {
        text.histogram(
            {{"gen_ai_operation_name", operation}, {"gen_ai_request_model", model}, {"gen_ai_token_type", token_type}},
            histograms);
      }
    }
  };
  text.metric("gen_ai_server_request_duration_seconds", "histogram",
              "Of requests that a model answered to the end: from the head of the request to the end of the answer.");
  write(&GenerationTimes::duration, "");
  text.metric("gen_ai_server_time_to_first_token_seconds", "histogram",
              "Of streams: from the head of the request to the first event that carries tokens.");
  write(&GenerationTimes::first_token, "");
  text.metric(
      "gen_ai_server_time_per_output_token_seconds", "histogram",
      "Of streams, the mean of each: from its first event with tokens to its last, by tokens behind the first.");
  write(&GenerationTimes::per_token, "");
  text.metric("gen_ai_client_token_usage", "histogram", "Tokens that a request took, as its endpoint said.");
  write(&GenerationTimes::input, "input");
  write(&GenerationTimes::output, "output");
}

}  // namespace pointsman::api
