#include "pointsman/registry/verdict.hpp"

namespace pointsman::registry {

Verdict verdict_of(const config::Endpoint& endpoint, const Learned& learned, const ModelReport& model, Api api) {
  for (const auto& [name, offered] : endpoint.apis) {
    if (name == row(api).name) return offered ? Verdict::yes : Verdict::no;
  }
  const Verdict of_model = model.apis[api].verdict;
  return of_model != Verdict::unknown ? of_model : learned.routes[api].verdict;
}

}  // namespace pointsman::registry
