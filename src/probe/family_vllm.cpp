// vLLM.
//
// Its OpenAPI document needs no key and lists the routes that its model can be used with (older versions list them
// all). A front end without that document, such as the one in Rust, is found by GET. A request that names no model runs
// the default one, so nothing but malformed JSON is ever posted.
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/prometheus_reading.hpp"
#include "pointsman/probe/version_page.hpp"

namespace pointsman::probe {
namespace {

// Not /load, which says 0 for ever unless a flag is given. With --disable-log-stats the page is empty.
net::Task<> read_load(Conversation& conversation, registry::ProbeReport& report) {
  Question question = get(conversation.own("/metrics"));
  const Observation page = co_await conversation.ask(std::move(question));
  const PrometheusReading metrics(page);
  report.load.running = metrics.count("vllm:num_requests_running");
  report.load.waiting = metrics.count("vllm:num_requests_waiting");
  // Of several engines the fullest: nobody knows which one a request gets.
  report.load.cache_use = as_share(metrics.largest("vllm:kv_cache_usage_perc"));
  if (!report.load.cache_use) report.load.cache_use = as_share(metrics.largest("vllm:gpu_cache_usage_perc"));
}

}  // namespace

constinit const Family vllm{
    .type = "vllm",
    .means = {.openapi = true, .get = true, .post = true},
    .identify = identify_by_version_page,
    .examine_models = nullptr,
    .take_pulse = nullptr,
    .read_load = read_load,
};

}  // namespace pointsman::probe
