#include "support/wire.hpp"

#include <fmt/format.h>

namespace pointsman::test {

std::string post(std::string_view body, std::string_view fields, std::string_view path) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: gateway\r\n{}Content-Length: {}\r\n\r\n{}", path, fields, body.size(),
                     body);
}

std::string post_in_chunks(std::string_view body, std::size_t chunk_size, std::string_view fields) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: gateway\r\n{}Transfer-Encoding: chunked\r\n\r\n{}", chat_path, fields,
                     in_chunks(body, chunk_size));
}

std::string get(std::string_view path, std::string_view method) {
  return fmt::format("{} {} HTTP/1.1\r\nHost: gateway\r\n\r\n", method, path);
}

std::string chunk(std::string_view content) { return fmt::format("{:x}\r\n{}\r\n", content.size(), content); }

std::string in_chunks(std::string_view content, std::size_t chunk_size) {
  std::string text;
  for (std::size_t begin = 0; begin < content.size(); begin += chunk_size) {
    text += chunk(content.substr(begin, chunk_size));
  }
  return text + "0\r\n\r\n";
}

std::string ok(std::string_view body, std::string_view fields) {
  return fmt::format("HTTP/1.1 200 OK\r\n{}Content-Length: {}\r\n\r\n{}", fields, body.size(), body);
}

std::string ok_in_chunks(std::string_view body, std::size_t chunk_size, std::string_view fields) {
  return fmt::format("HTTP/1.1 200 OK\r\n{}Transfer-Encoding: chunked\r\n\r\n{}", fields, in_chunks(body, chunk_size));
}

}  // namespace pointsman::test
