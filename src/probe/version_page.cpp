#include "pointsman/probe/version_page.hpp"

#include "pointsman/probe/bounded_json.hpp"

namespace pointsman::probe {

net::Task<Identity> identify_by_version_page(Conversation& conversation) {
  Question question = get(conversation.own("/version"));
  const Observation page = co_await conversation.ask_once(std::move(question));
  Identity identity;
  identity.confirmed = page.answered();
  const auto document = page.status == 200 ? read_json(page.body) : std::nullopt;
  if (document) identity.version = excerpt(text_member(*document, "version"), 64);
  co_return identity;
}

}  // namespace pointsman::probe
