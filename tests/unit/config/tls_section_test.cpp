#include "pointsman/config/tls_section.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/certificate.hpp"
#include "file_directory.hpp"
#include "loading.hpp"

namespace pointsman::config {
namespace {

using namespace std::chrono_literals;
using test::Certificate;
using testing::ElementsAre;
using testing::IsEmpty;

// $C and $K stand for the files of a certificate and its key.
class TlsSection : public testing::Test {
 protected:
  Loaded load(const std::string& yaml) const {
    return config::load(yaml, {{"C", certificate_}, {"K", key_}, {"OTHER", other_}, {"DIR", files_.path("")}});
  }
  std::vector<std::string> problems_of(const std::string& yaml) const { return problems(load(yaml)); }

  void use(const Certificate::Terms& terms) const {
    const Certificate certificate(terms);
    files_.write("c.pem", certificate.pem());
    files_.write("k.pem", certificate.key());
  }

  FileDirectory files_;
  Certificate good_;
  std::string certificate_ = files_.write("c.pem", good_.pem());
  std::string key_ = files_.write("k.pem", good_.key());
  std::string other_ = files_.write("other.pem", Certificate().key());
};

TEST_F(TlsSection, OfListenersIsACertificateWithItsKey) {
  const auto loaded = load(
      "listen: [127.0.0.1:1, {address: 127.0.0.1:2, tls: {certificate: '${C}', key: '${K}'}}]\n"
      "operations: {address: 127.0.0.1:3, tls: {certificate: '${C}', key: '${K}'}}\n");
  EXPECT_THAT(problems(loaded), IsEmpty());
  const CertificateFiles files{certificate_, key_};
  EXPECT_THAT(loaded.settings.listen,
              ElementsAre(Listener{{"127.0.0.1", 1, ""}, {}}, Listener{{"127.0.0.1", 2, ""}, files}));
  EXPECT_EQ(loaded.settings.operations, (Listener{{"127.0.0.1", 3, ""}, files}));
}

TEST_F(TlsSection, OfAListenerThatIsWrongIsRefusedInItsPlace) {
  const std::pair<std::string, std::vector<std::string>> cases[] = {
      {"{}", {"1:41: `operations.tls` needs the keys `certificate` and `key`: two PEM files"}},
      {"true", {"1:41: `operations.tls` must be a mapping, not a text"}},
      {"{certificate: '${C}'}",
       {"1:55: `operations.tls.certificate` needs `key` beside it: the file of its private key"}},
      {"{key: '${K}'}", {"1:47: `operations.tls.key` needs `certificate` beside it: the file of its certificate"}},
      {"{certificate: '${DIR}none', key: '${K}'}",
       {"1:55: `operations.tls.certificate` names a file that is not usable, " + files_.path("none") +
        ": it cannot be read: No such file or directory "
        "(a relative path begins at the directory of the configuration file)"}},
      {"{certificate: '${C}', key: '${C}'}",
       {"1:68: `operations.tls.key` names a file that is not usable, " + certificate_ +
        ": it holds a certificate, not a private key: are certificate and key swapped?"}},
      {"{certificate: '${C}', key: '${OTHER}'}",
       {"1:68: `operations.tls.key` names a key that does not belong to the certificate; write the two that were made "
        "together"}},
      {"{certificate: '${C}', key: '${K}', ca: '${C}'}", {"1:76: unknown key `ca`; Allowed here: certificate, key"}},
  };
  for (const auto& [tls, expected] : cases) {
    EXPECT_EQ(problems_of("operations: {address: 127.0.0.1:1, tls: " + tls + "}"), expected) << tls;
  }
}

TEST_F(TlsSection, OfAListenerIsWatchedWhileItIsWrong) {
  const auto files_with = [&](const std::string& key) {
    return load("operations: {address: 127.0.0.1:1, tls: {certificate: '${C}', key: '" + key + "'}}").files;
  };
  EXPECT_THAT(files_with(key_), IsEmpty());
  EXPECT_THAT(files_with(other_), ElementsAre(certificate_, other_));
}

TEST_F(TlsSection, LooksAtTheTimeOfACertificate) {
  const std::string yaml = "operations: {address: 127.0.0.1:1, tls: {certificate: '${C}', key: '${K}'}}";
  const auto now = SystemClock().wall();
  use({.until = now - 1min});
  EXPECT_THAT(problems_of(yaml),
              ElementsAre(testing::StartsWith(
                  "1:55: `operations.tls.certificate` is of no use: the certificate expired on 20")));
  EXPECT_FALSE(load(yaml).ok());
  use({.until = now + 13 * 24h});
  EXPECT_THAT(
      problems_of(yaml),
      ElementsAre(testing::StartsWith("1:55: warning: `operations.tls.certificate`: the certificate expires on 20")));
  EXPECT_TRUE(load(yaml).ok());
  use({.from = now + 1h, .until = now + 30 * 24h});
  EXPECT_FALSE(load(yaml).ok());
}

TEST_F(TlsSection, OfEndpointsIsOptionalThroughout) {
  const auto settings = [&](const std::string& tls) {
    const auto loaded = load("endpoints: [{name: a, url: 'https://gpu'" + tls + "}]");
    EXPECT_TRUE(loaded.ok()) << problems(loaded).front();
    return loaded.settings.endpoints.at(0).tls;
  };
  EXPECT_EQ(settings(""), EndpointTls());
  EXPECT_EQ(settings(", tls: {}"), EndpointTls());
  EXPECT_EQ(settings(", tls: {ca: '${C}'}").ca, certificate_);
  EXPECT_EQ(settings(", tls: {certificate: '${C}', key: '${K}'}").certificate, (CertificateFiles{certificate_, key_}));
  EXPECT_EQ(settings(", tls: {server_name: GPU.example}").server_name, "gpu.example");
  EXPECT_EQ(settings(", tls: {server_name: '::1'}").server_name, "::1");
  EXPECT_EQ(settings(", tls: {server_name: 10.0.0.1}").server_name, "10.0.0.1");
  EXPECT_FALSE(settings(", tls: {verify: false}").verify);
}

TEST_F(TlsSection, OfAnEndpointIsAnotherOneWhenAFileIs) {
  const std::string yaml =
      "endpoints: [{name: a, url: 'https://gpu', tls: {ca: '${DIR}ca.pem', certificate: '${C}', key: '${K}'}}]";
  files_.write("ca.pem", good_.pem());
  const auto before = load(yaml);
  EXPECT_THAT(problems(before), IsEmpty());
  EXPECT_THAT(before.files, ElementsAre(files_.path("ca.pem"), certificate_, key_));
  EXPECT_EQ(load(yaml).settings, before.settings);
  files_.write("ca.pem", Certificate().pem());
  EXPECT_NE(load(yaml).settings, before.settings);
}

TEST_F(TlsSection, OfAnEndpointThatIsWrongIsRefused) {
  const std::string not_a_name =
      "must be the name or the address for which the endpoint's certificate was made, such as gpu.example, not ";
  const std::pair<std::string, std::vector<std::string>> cases[] = {
      {"https://gpu', tls: {ca: '${K}'}",
       {"1:53: `endpoints.tls.ca` names a file that is not usable, " + key_ +
        ": it holds a private key, not a certificate: are certificate and key swapped?"}},
      {"https://gpu', tls: {key: '${K}'}",
       {"1:54: `endpoints.tls.key` needs `certificate` beside it: the file of its certificate"}},
      {"https://gpu', tls: {server_name: 'gpu:8000'}",
       {"1:62: `endpoints.tls.server_name` " + not_a_name + "`gpu:8000`"}},
      {"https://gpu', tls: {server_name: 'https://gpu'}",
       {"1:62: `endpoints.tls.server_name` " + not_a_name + "`https://gpu`"}},
      {"https://gpu', tls: {verify: no}", {"1:57: `endpoints.tls.verify` must be true or false, not `no`"}},
      {"http://gpu', tls: {}", {"1:47: `endpoints.tls` is for an https:// URL; change the URL, or leave `tls` out"}},
      {"unix:/gpu', tls: {}", {"1:46: `endpoints.tls` is for an https:// URL; change the URL, or leave `tls` out"}},
  };
  for (const auto& [rest, expected] : cases) {
    EXPECT_EQ(problems_of("endpoints: [{name: a, url: '" + rest + "}]"), expected) << rest;
  }
}

TEST_F(TlsSection, WarnsWhereNobodyIsVerified) {
  const auto loaded = load("endpoints: [{name: a, url: 'https://gpu', tls: {verify: false}}]");
  EXPECT_THAT(
      problems(loaded),
      ElementsAre("1:57: warning: `endpoints.tls.verify` is false: whoever answers at that address is believed, "
                  "and gets the api_key and every request; name the endpoint's authority as `ca` instead"));
  EXPECT_TRUE(loaded.ok());
}

}  // namespace
}  // namespace pointsman::config
