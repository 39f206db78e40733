#include "pointsman/probe/version_page.hpp"

#include "pointsman/probe/bounded_json.hpp"

namespace pointsman::probe {

std::string version_in(const nlohmann::json& page, const char* member_name) {
  constexpr std::size_t longest_version = 64;
  return excerpt(text_member(page, member_name), longest_version);
}

net::Task<std::string> version_at(Conversation& conversation, std::string path) {
  const auto page = co_await conversation.document(std::move(path));
  co_return page ? version_in(*page) : std::string();
}

net::Task<Identity> identify_by_version_page(Conversation& conversation) {
  Question question = get(conversation.own("/version"));
  const Observation page = co_await conversation.ask_once(std::move(question));
  Identity identity;
  identity.confirmed = page.answered();
  const auto document = page.status == 200 ? read_json(page.body) : std::nullopt;
  if (document) identity.version = version_in(*document);
  co_return identity;
}

}  // namespace pointsman::probe
