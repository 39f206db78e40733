#include "pointsman/api/query.hpp"

#include <algorithm>

#include "pointsman/base/percent_encoding.hpp"
#include "pointsman/http/head.hpp"

namespace pointsman::api {

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  if (query.starts_with('?')) query.remove_prefix(1);
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto parameter = query.substr(0, end);
    const auto equals = std::min(parameter.find('='), parameter.size());
    if (percent_decoded(parameter.substr(0, equals)) == name) {
      return percent_decoded(parameter.substr(std::min(equals + 1, parameter.size())));
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

std::size_t count_parameters(std::string_view query, std::string_view name) {
  if (query.starts_with('?')) query.remove_prefix(1);
  std::size_t count = 0;
  while (!query.empty()) {
    const auto parameter = query.substr(0, query.find('&'));
    if (http::equal_ignoring_case(percent_decoded(parameter.substr(0, parameter.find('='))), name)) ++count;
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
  }
  return count;
}

}  // namespace pointsman::api
