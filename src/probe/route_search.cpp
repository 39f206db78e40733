#include "pointsman/probe/route_search.hpp"

#include "pointsman/base/request_id.hpp"
#include "pointsman/probe/judge.hpp"
#include "pointsman/probe/openapi.hpp"
#include "pointsman/probe/websocket_search.hpp"

namespace pointsman::probe {
namespace {

using registry::Api;
using registry::Capability;
using registry::PerApi;
using registry::Provenance;
using registry::Verdict;

// The search for one endpoint's routes: what is wanted shrinks as it goes from the cheap ways to the dear ones.
class Search {
 public:
  Search(Conversation& conversation, PerApi<bool> wanted) : conversation_(conversation), wanted_(wanted) {}

  net::Task<> by_openapi();
  net::Task<> by_get();
  net::Task<> by_post();
  net::Task<> by_handshake();

  const PerApi<Capability>& found() const { return found_; }

 private:
  // A route that no server has, and that no cache can know.
  std::string nonsense() const {
    return conversation_.api("/does-not-exist-" + std::string(RequestIds().next().text()));
  }
  std::string route(const registry::ApiRow& row) const {
    return row.base == registry::Base::root ? conversation_.own(row.path) : conversation_.api(row.path);
  }

  bool is_wanted(const registry::ApiRow& row) const {
    return wanted_[row.api] && row.method == "POST" && !conversation_.is_over();
  }
  bool wants_any() const;
  void settle(Api api, Verdict verdict, Provenance how, std::string evidence);

  Conversation& conversation_;
  PerApi<bool> wanted_;
  PerApi<Capability> found_;
};

bool Search::wants_any() const {
  for (const auto& row : registry::api_table) {
    if (is_wanted(row)) return true;
  }
  return false;
}

void Search::settle(Api api, Verdict verdict, Provenance how, std::string evidence) {
  if (verdict == Verdict::unknown) return;
  found_[api] = {verdict, how, std::move(evidence), conversation_.now()};
  wanted_[api] = false;
}

net::Task<> Search::by_openapi() {
  if (!wants_any()) co_return;
  Question question = get(conversation_.own("/openapi.json"));
  const Observation document = co_await conversation_.ask(std::move(question));
  const auto openapi = read_openapi(document, conversation_.url());
  if (!openapi || !openapi->offers_any) co_return;
  for (const auto& row : registry::api_table) {
    if (!is_wanted(row)) continue;
    const bool offered = openapi->offered[row.api];
    settle(row.api, offered ? Verdict::yes : Verdict::no, Provenance::openapi,
           text(document.asked) + (offered ? ": lists " : ": does not list ") + std::string(row.path));
  }
}

net::Task<> Search::by_get() {
  if (!wants_any()) co_return;
  Question question = get(nonsense());
  const Observation baseline = co_await conversation_.ask(std::move(question));
  PerApi<std::string> missing;
  bool tells_apart = false;
  for (const auto& row : registry::api_table) {
    if (!is_wanted(row)) continue;
    Question each = get(route(row));
    const Observation seen = co_await conversation_.ask(std::move(each));
    const Verdict verdict = judge(seen, baseline);
    if (verdict == Verdict::yes) {
      tells_apart = true;
      settle(row.api, verdict, Provenance::probed, evidence(seen));
    } else if (verdict == Verdict::no) {
      missing[row.api] = evidence(seen);
    }
  }
  if (!tells_apart) co_return;
  for (const auto& row : registry::api_table) {
    if (!missing[row.api].empty()) settle(row.api, Verdict::no, Provenance::probed, missing[row.api]);
  }
}

net::Task<> Search::by_post() {
  if (!wants_any()) co_return;
  Question question = post(nonsense(), std::string(malformed_json));
  const Observation baseline = co_await conversation_.ask(std::move(question));
  for (const auto& row : registry::api_table) {
    if (!is_wanted(row)) continue;
    Question each = post(route(row), std::string(malformed_json));
    const Observation seen = co_await conversation_.ask(std::move(each));
    settle(row.api, judge(seen, baseline), Provenance::probed, evidence(seen));
  }
}

net::Task<> Search::by_handshake() {
  const auto websockets = co_await find_websockets(conversation_, wanted_);
  for (const auto& row : registry::api_table) {
    if (websockets[row.api].verdict != Verdict::unknown) found_[row.api] = websockets[row.api];
  }
}

}  // namespace

net::Task<PerApi<Capability>> find_routes(Conversation& conversation, Means means, PerApi<bool> due) {
  Search search(conversation, due);
  if (means.openapi) co_await search.by_openapi();
  if (means.get) co_await search.by_get();
  if (means.post) co_await search.by_post();
  if (means.get) co_await search.by_handshake();
  co_return search.found();
}

}  // namespace pointsman::probe
