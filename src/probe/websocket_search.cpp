#include "pointsman/probe/websocket_search.hpp"

#include "pointsman/http/websocket_handshake.hpp"

namespace pointsman::probe {
namespace {

using registry::Provenance;
using registry::Verdict;

Question handshake(std::string path) {
  Question question = get(std::move(path));
  question.websocket_key = http::websocket_key();
  return question;
}

// A refusal may be about the model that is not named, the key, or the load: only what says that there is no such route,
// or none with WebSocket, is a no.
Verdict judge(int status) {
  switch (status) {
    case 101: return Verdict::yes;
    case 404:
    case 405:
    case 410:
    case 426:
    case 501: return Verdict::no;
    default: return Verdict::unknown;
  }
}

}  // namespace

net::Task<registry::PerApi<registry::Capability>> find_websockets(Conversation& conversation,
                                                                  registry::PerApi<bool> due) {
  registry::PerApi<registry::Capability> found;
  for (const auto& row : registry::api_table) {
    if (!due[row.api] || !registry::uses_websocket(row) || conversation.is_over()) continue;
    Question question = handshake(conversation.api(row.path));
    const Observation seen = co_await conversation.ask(std::move(question));
    const Verdict verdict = seen.answered() ? judge(seen.status) : Verdict::unknown;
    if (verdict != Verdict::unknown) {
      found[row.api] = {verdict, Provenance::probed, evidence(seen), conversation.now()};
    }
  }
  co_return found;
}

}  // namespace pointsman::probe
