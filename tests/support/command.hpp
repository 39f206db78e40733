#pragma once

#include <map>
#include <string>
#include <vector>

namespace pointsman::test {

struct Ended {
  int exit_code = -1;
  std::string output;  // standard and error together
};

// Runs the gateway's binary with these arguments to its end; throws when that takes too long.
Ended run_command(const std::vector<std::string>& arguments,
                  const std::map<std::string, std::string>& environment = {});

}  // namespace pointsman::test
