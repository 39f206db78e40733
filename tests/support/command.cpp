#include "support/command.hpp"

#include <fstream>
#include <iterator>

#include "support/child_process.hpp"
#include "support/gateway_process.hpp"
#include "support/kept_output.hpp"

namespace pointsman::test {

Ended run_command(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment) {
  constexpr Milliseconds patience{20'000};
  for (const auto& each : arguments) {
    if (!each.ends_with(".yaml")) continue;
    std::ifstream file(each);
    keep_secrets_of_file(std::string(std::istreambuf_iterator<char>(file), {}), environment);
  }
  std::vector<std::string> command{pointsman_binary().string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ChildProcess process(command, environment);
  const int exit_code = process.wait_for_exit(patience);
  return {exit_code, process.output()};
}

}  // namespace pointsman::test
