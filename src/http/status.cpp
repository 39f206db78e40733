#include "pointsman/http/status.hpp"

#include <boost/beast/http/status.hpp>

namespace pointsman::http {

std::string_view reason(int status) {
  const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
  if (known == boost::beast::http::status::unknown) return {};
  const auto text = boost::beast::http::obsolete_reason(known);
  return {text.data(), text.size()};
}

std::string status_line(int status) {
  std::string line = "HTTP/1.1 " + std::to_string(status) + " ";
  line += reason(status);
  line += "\r\n";
  return line;
}

}  // namespace pointsman::http
