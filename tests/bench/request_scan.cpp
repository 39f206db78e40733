// Times the request scan of a body of 10 MB with `model` behind everything else. Prints the median in milliseconds.

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "pointsman/payload/request_fields.hpp"

namespace {

constexpr std::size_t body_size = 10'000'000;
constexpr int scans = 51;

// A long talk, as an agent sends it: text with escapes and characters beyond ASCII, and pieces of code.
std::string long_chat() {
  constexpr std::string_view message =
      R"({"role":"user","content":"Why does the 7:40 to Zürich stop at \"Wil\"?\n\tif (train.late > 5) { wait(); } // ✓ )"
      R"(The points are set by hand there, and the signal man reads the timetable before each train."},)";
  std::string body = R"({"stream":true,"messages":[)";
  while (body.size() < body_size) body += message;
  body.back() = ']';
  return body + R"(,"temperature":0.2,"model":"bench"})";
}

}  // namespace

int main() {
  using Clock = std::chrono::steady_clock;
  std::string body = long_chat();
  const auto size = body.size();
  body.append(pointsman::payload::padding, '\0');
  pointsman::payload::RequestScanner scanner;
  std::vector<double> milliseconds;
  for (int i = 0; i < scans; ++i) {
    std::string_view error_param;
    const auto begin = Clock::now();
    const auto fields = scanner.scan({body.data(), size}, error_param);
    milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    if (!fields || fields->model != "bench" || !fields->stream) {
      std::cerr << "request_scan: the scan did not find the model and the stream flag\n";
      return 1;
    }
  }
  std::ranges::nth_element(milliseconds, milliseconds.begin() + scans / 2);
  std::cout << milliseconds[scans / 2] << '\n';
}
