// Loaded into a gateway (LD_PRELOAD), this is its name service: gpu.test is this machine, until the file that
// NAMES_FAIL names is there; from then on no name resolves.
#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** result) {
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  const char* file = std::getenv("NAMES_FAIL");
  if (file != nullptr && ::access(file, F_OK) == 0) return EAI_AGAIN;
  const bool is_ours = name != nullptr && std::strcmp(name, "gpu.test") == 0;
  return real(is_ours ? "127.0.0.1" : name, service, hints, result);
}
