#include "pointsman/demo/models.hpp"

#include <nlohmann/json.hpp>

namespace pointsman::demo {

namespace {

Json model_object() {
  return {{"id", model_id}, {"object", "model"}, {"created", 1'735'689'600}, {"owned_by", "pointsman"}};
}

}  // namespace

Answer model_list() { return whole({{"object", "list"}, {"data", Json::array({model_object()})}}); }

Answer model() { return whole(model_object()); }

}  // namespace pointsman::demo
