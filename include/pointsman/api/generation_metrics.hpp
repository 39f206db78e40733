#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pointsman/observe/histogram.hpp"
#include "pointsman/observe/prometheus_text.hpp"
#include "pointsman/observe/series_table.hpp"
#include "pointsman/proxy/stream_pace.hpp"
#include "pointsman/registry/api.hpp"
#include "pointsman/registry/known_names.hpp"

// What OpenTelemetry's conventions for generative AI measure of models, with their names and the buckets that they
// advise. Microseconds, shown as seconds, and tokens.
namespace pointsman::api {

struct GenerationBuckets {
  static constexpr std::array<std::int64_t, 14> bounds{10'000,     20'000,     40'000,     80'000,    160'000,
                                                       320'000,    640'000,    1'280'000,  2'560'000, 5'120'000,
                                                       10'240'000, 20'480'000, 40'960'000, 81'920'000};
  static constexpr double per_unit = 1e6;
};

struct FirstTokenBuckets {
  static constexpr std::array<std::int64_t, 16> bounds{1'000,     5'000,     10'000,    20'000,    40'000,  60'000,
                                                       80'000,    100'000,   250'000,   500'000,   750'000, 1'000'000,
                                                       2'500'000, 5'000'000, 7'500'000, 10'000'000};
  static constexpr double per_unit = 1e6;
};

struct TokenCountBuckets {
  static constexpr std::array<std::int64_t, 14> bounds{
      1, 4, 16, 64, 256, 1'024, 4'096, 16'384, 65'536, 262'144, 1'048'576, 4'194'304, 16'777'216, 67'108'864};
  static constexpr double per_unit = 1;
};

// Of one model with one operation.
struct GenerationTimes {
  observe::HistogramOf<GenerationBuckets> duration;
  observe::HistogramOf<FirstTokenBuckets> first_token;
  proxy::TokenTimes per_token;
  observe::HistogramOf<TokenCountBuckets> input;
  observe::HistogramOf<TokenCountBuckets> output;
};

// Of one worker: by generation_series().
using GenerationTable = observe::SeriesTable<GenerationTimes>;
inline constexpr std::size_t most_generation_series = 1'000;

// Nothing: the conventions have no operation for what the API does.
std::optional<std::uint64_t> generation_series(registry::Api api, std::uint32_t model);

void write_generation_metrics(observe::PrometheusText& text, std::span<const GenerationTable* const> workers,
                              const registry::KnownNames& names);

}  // namespace pointsman::api
