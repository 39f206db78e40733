#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

// What the programs under test say, and the secrets that they were given, kept for the test that looks for the ones in
// the other when the integration and conformance tests are over (tests/secrets_test.py). Each process of tests has
// files of its own in the directory that POINTSMAN_TEST_OUTPUT names, which ctest sets for these; without that nothing
// is kept. From any thread.
namespace pointsman::test {

bool is_output_kept();

// Something that a program wrote; `source` says where.
void keep_output(std::string_view source, std::string_view text);

// What can be read of a file that a program wrote: a database, a log.
void keep_file(const std::filesystem::path& file);

// A secret that a program was given, and must not say.
void keep_secret(std::string_view secret);

// Those in a gateway's file, in its environment and in the files of keys that it names.
void keep_secrets_of_file(std::string_view yaml, const std::map<std::string, std::string>& environment);

// Those in a request: what stands where a key may stand, right or wrong.
void keep_secrets_of_request(std::string_view bytes);

}  // namespace pointsman::test
