#include "pointsman/doctor/machine.hpp"

#include <unistd.h>

#include <fstream>
#include <limits>
#include <sstream>

#include "pointsman/config/quantities.hpp"
#include "pointsman/doctor/amounts.hpp"

namespace pointsman::doctor {
namespace {

constexpr const char* subject = "machine";

// A request has a connection to its client and one to its endpoint; beside them are listeners, databases and logs.
constexpr std::uint64_t descriptors_of_a_connection = 2;
constexpr std::uint64_t other_descriptors = 128;

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

// proc(5), meminfo: in KiB.
std::optional<std::uint64_t> memory_of_machine() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::uint64_t amount = 0;
  if (file >> name >> amount && name == "MemTotal:") return amount << 10;
  return std::nullopt;
}

// "max" is no limit. Only what the group itself may take: those above it are not seen from within a container.
std::optional<std::uint64_t> memory_of_group(pid_t process) {
  const auto of = process == 0 ? std::string("self") : std::to_string(process);
  auto group = content_of("/proc/" + of + "/cgroup");
  if (!group.starts_with("0::")) return std::nullopt;
  group = group.substr(3, group.find('\n') - 3);
  auto limit = content_of("/sys/fs/cgroup" + group + "/memory.max");
  while (limit.ends_with('\n')) limit.pop_back();
  return config::parse_whole_number(limit);
}

Finding about_descriptors(std::uint64_t descriptors, bool are_its_own, std::size_t connections) {
  const std::uint64_t needed = descriptors_of_a_connection * connections + other_descriptors;
  const std::string whose = are_its_own ? "the gateway" : "a gateway that is started from here";
  const std::string have =
      whose + " may have " +
      (descriptors == std::numeric_limits<std::uint64_t>::max() ? "any number of" : std::to_string(descriptors)) +
      " files open";
  if (descriptors >= needed) return {Severity::ok, subject, "file descriptors", have, ""};
  // A shell allows less than a service does, which is what counts where one runs.
  return {are_its_own ? Severity::warning : Severity::note, subject, "file descriptors",
          have + ", and `limits.connections` (" + std::to_string(connections) + ") needs " + std::to_string(needed),
          "raise it: LimitNOFILE= of the service, `ulimit -Hn` of a shell; or lower `limits.connections`"};
}

Finding about_memory(std::uint64_t memory, std::size_t buffered) {
  const std::string have = "there are " + mebibytes(memory);
  const std::string want = ", and bodies may take " + mebibytes(buffered) + " of them (`limits.buffered`)";
  if (buffered <= memory / 2) return {Severity::ok, subject, "memory", have + want, ""};
  return {Severity::warning, subject, "memory",
          have + want + (buffered > memory ? ": more than there are" : ": more than half"),
          "lower `limits.buffered`, so that the kernel does not end the gateway"};
}

}  // namespace

Diagnosis judge_machine(const Machine& machine, const config::Limits& limits) {
  Diagnosis diagnosis;
  if (machine.descriptors) {
    diagnosis.push_back(about_descriptors(*machine.descriptors, machine.are_its_own, limits.connections));
  }
  if (machine.memory) diagnosis.push_back(about_memory(*machine.memory, limits.buffered));
  if (machine.is_root) {
    diagnosis.push_back({Severity::note, subject, "",
                         "root asks, who may read and write everything: what is said of rights is so for root",
                         "run this as the user that runs pointsman as well: sudo -u USER pointsman doctor ..."});
  }
  return diagnosis;
}

std::optional<std::uint64_t> hard_descriptor_limit(const std::string& limits) {
  const auto at = limits.find("Max open files");
  if (at == std::string::npos) return std::nullopt;
  std::istringstream row(limits.substr(at));
  std::string max, open, files, soft, hard;
  row >> max >> open >> files >> soft >> hard;
  if (hard == "unlimited") return std::numeric_limits<std::uint64_t>::max();
  return config::parse_whole_number(hard);
}

Machine examine_machine(pid_t gateway) {
  Machine machine;
  const auto of = [&](pid_t process) {
    return hard_descriptor_limit(
        content_of("/proc/" + (process == 0 ? std::string("self") : std::to_string(process)) + "/limits"));
  };
  machine.descriptors = of(gateway);
  machine.are_its_own = gateway != 0 && machine.descriptors;
  if (!machine.descriptors) machine.descriptors = of(0);
  machine.memory = memory_of_machine();
  if (const auto group = memory_of_group(gateway); group && machine.memory) {
    machine.memory = std::min(*group, *machine.memory);
  }
  machine.is_root = ::geteuid() == 0;
  return machine;
}

}  // namespace pointsman::doctor
