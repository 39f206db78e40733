#include "pointsman/api/turn_away.hpp"

#include "pointsman/api/answers.hpp"

namespace pointsman::api {

net::Task<> TurnAway::handle(http::Connection& client) {
  const auto id = ids_.next();
  const auto answer = overloaded("The gateway has as many connections as limits.connections allows. Try again.");
  client.close_after_answer();
  const auto bytes_out = co_await answer_error(client, answer, http::Dialect::openai, id.text());

  observe::AccessRecord line;
  line.time = client.worker().clock().wall();
  line.request_id = id.text();
  line.route = "none";
  line.status = answer.status;
  line.cause = "connections";
  line.bytes_out = bytes_out;
  line.ended = observe::Ended::refused;
  line.origin = Origin::ourselves;
  access_log_.write(line);
  recorder_.add(line);
  metrics_.count({.status = answer.status, .bytes_out = bytes_out});
}

net::Task<> TurnAway::refuse(http::Connection& client, const http::Rejection& rejection) {
  co_await answer_error(client, refused_head(rejection), http::Dialect::openai, ids_.next().text());
}

}  // namespace pointsman::api
