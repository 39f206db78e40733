// The inference server behind everything that is measured. Prints its port and answers until it is ended.

#include <exception>
#include <iostream>

#include "upstream.hpp"

int main() {
  try {
    pointsman::bench::Upstream upstream(0);
    std::cout << upstream.port() << std::endl;
    upstream.run();
  } catch (const std::exception& failure) {
    std::cerr << "mock_upstream: " << failure.what() << '\n';
    return 1;
  }
}
