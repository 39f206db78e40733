// mlx-lm's server.
//
// It is built on Python's own HTTP server and names itself nowhere, so that it is recognised by its page of health and
// by how it misses a page. It drops the connection on "{}" and loads, or downloads, whatever model a request names; a
// GET of its routes is a 404. It tells neither a version nor what is loaded.
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"

namespace pointsman::probe {
namespace {

net::Task<Identity> identify(Conversation& conversation) {
  Identity identity;
  std::string path = conversation.own("/health");
  const auto health = co_await conversation.document(std::move(path));
  if (!health || text_member(*health, "status") != "ok") co_return identity;
  Question question = get(conversation.api("/chat/completions"));
  const Observation missed = co_await conversation.ask(std::move(question));
  identity.confirmed = missed.status == 404 && missed.body == "Not Found";
  co_return identity;
}

}  // namespace

constinit const Family mlx_lm{
    .type = "mlx-lm",
    .means = {.openapi = false, .get = false, .post = true},
    .identify = identify,
    .examine_models = nullptr,
    .take_pulse = nullptr,
};

}  // namespace pointsman::probe
