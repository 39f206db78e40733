// Text Generation Inference of Hugging Face.
//
// The owner of its one model is the model itself. GET / and GET /health may generate a token to see whether the model
// works, so nobody asks it whether it is an Ollama: /info decides.
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/prometheus_reading.hpp"
#include "pointsman/probe/version_page.hpp"

namespace pointsman::probe {
namespace {

net::Task<Identity> identify(Conversation& conversation) {
  Identity identity;
  const auto info = co_await conversation.document(conversation.own("/info"));
  if (!info || text_member(*info, "model_id").empty()) co_return identity;
  identity.version = version_in(*info);
  identity.confirmed = !identity.version.empty();
  co_return identity;
}

net::Task<> read_load(Conversation& conversation, registry::ProbeReport& report) {
  Question question = get(conversation.own("/metrics"));
  const Observation page = co_await conversation.ask(std::move(question));
  const PrometheusReading metrics(page);
  report.load.running = metrics.count("tgi_batch_current_size");
  report.load.waiting = metrics.count("tgi_queue_size");
}

}  // namespace

constinit const Family tgi{
    .type = "tgi",
    .means = {.openapi = false, .get = true, .post = true},
    .identify = identify,
    .examine_models = nullptr,
    .take_pulse = nullptr,
    .read_load = read_load,
};

}  // namespace pointsman::probe
