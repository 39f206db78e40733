#include "pointsman/api/turn_away.hpp"

#include "pointsman/api/answers.hpp"

namespace pointsman::api {

net::Task<> TurnAway::handle(http::Connection& client) {
  const auto id = ids_.next();
  const auto answer = overloaded("The gateway has as many connections as limits.connections allows. Try again.");
  client.close_after_answer();
  co_await answer_error(client, answer, http::Dialect::openai, id.text());

  observe::AccessRecord line;
  line.request_id = id.text();
  line.route = "none";
  line.status = answer.status;
  line.cause = "connections";
  access_log_.write(line);
  metrics_.count(nullptr, answer.status, {}, 0, 0);
}

net::Task<> TurnAway::refuse(http::Connection& client, const http::Rejection& rejection) {
  co_await answer_error(client, refused_head(rejection), http::Dialect::openai, ids_.next().text());
}

}  // namespace pointsman::api
