#include "pointsman/config/certificate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../support/certificate.hpp"
#include "file_directory.hpp"

namespace pointsman::config {
namespace {

using namespace std::chrono_literals;
using test::Certificate;
using testing::HasSubstr;
using testing::SizeIs;

class CertificateFile : public testing::Test {
 protected:
  FileDirectory files_;
};

TEST_F(CertificateFile, HoldsAWholeChainInItsOrder) {
  const Certificate authority({.common_name = "authority"});
  const Certificate leaf({.common_name = "leaf"}, authority);
  const auto read = read_certificates(files_.write("c.pem", "some words before\n" + leaf.pem() + authority.pem()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(*read, SizeIs(2));

  const auto key = read_private_key(files_.write("k.pem", leaf.key()));
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_TRUE(fits(*key, *read));
  const auto other = read_private_key(files_.write("o.pem", authority.key()));
  EXPECT_FALSE(fits(*other, *read)) << "a key of the chain is not the first certificate's";
}

TEST_F(CertificateFile, SaysForWhomItIs) {
  const std::pair<std::string, std::string> cases[] = {
      {"DNS:gpu.example", "gpu.example"},
      {"DNS:*.example,IP:10.0.0.1,IP:::1,email:a@b.example", "*.example, 10.0.0.1, ::1"},
      {"DNS:a,DNS:b,DNS:c,DNS:d,DNS:e,DNS:f,DNS:g", "a, b, c, d, e and 2 more"},
      {"DNS:evil\x1b[31m,DNS:good.example", "good.example"},
      {"DNS:" + std::string(254, 'a'), ""},
      {"email:a@b.example", "called"},
  };
  for (const auto& [names, words] : cases) {
    const Certificate made({.names = names, .common_name = "called"});
    const auto read = read_certificates(files_.write("c.pem", made.pem()));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(names_of(read->front().get()), words) << names;
  }
}

TEST_F(CertificateFile, SaysWhatIsWrongWithIt) {
  const Certificate good;
  const auto damaged = good.pem().substr(0, 100) + "!" + good.pem().substr(101);
  const std::pair<std::string, std::string> certificates[] = {
      {files_.path("missing"), "it cannot be read: No such file or directory"},
      {files_.path(""), "it cannot be read: Is a directory"},
      {files_.write("empty", ""), "it holds no certificate in PEM"},
      {files_.write("key", good.key()), "it holds a private key, not a certificate: are certificate and key swapped?"},
      {files_.write("damaged", damaged), "it holds a certificate that is damaged"},
      {files_.write("half", good.pem() + damaged), "it holds a certificate that is damaged"},
  };
  for (const auto& [path, words] : certificates) {
    const auto read = read_certificates(path);
    ASSERT_FALSE(read) << path;
    EXPECT_THAT(read.error().message, HasSubstr(words));
  }
  const std::pair<std::string, std::string> keys[] = {
      {files_.path("missing"), "it cannot be read: No such file or directory"},
      {files_.write("empty", ""), "it holds no private key in PEM"},
      {files_.write("certificate", good.pem()),
       "it holds a certificate, not a private key: are certificate and key swapped?"},
      {files_.write("locked", good.locked_key("open sesame")), "its key wants a passphrase"},
  };
  for (const auto& [path, words] : keys) {
    const auto read = read_private_key(path);
    ASSERT_FALSE(read) << path;
    EXPECT_THAT(read.error().message, HasSubstr(words));
  }
}

TEST_F(CertificateFile, IsGoodForATime) {
  const WallTime from(1'700'000'000s);  // 2023-11-14 22:13 UTC
  const Certificate certificate({.from = from, .until = from + 30 * 24h});
  const auto read = read_certificates(files_.write("c.pem", certificate.pem()));
  struct Case {
    Milliseconds since;
    std::string complaint;
    std::string warning;
  };
  const Case cases[] = {
      {-1s, "the certificate is good only from 2023-11-14 22:13 UTC on, if this machine's clock is right", ""},
      {0s, "", ""},
      {16 * 24h, "", ""},
      {16 * 24h + 1s, "", "the certificate expires on 2023-12-14 22:13 UTC"},
      {30 * 24h - 1s, "", "the certificate expires on 2023-12-14 22:13 UTC"},
      {30 * 24h, "the certificate expired on 2023-12-14 22:13 UTC", ""},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(complaint_about_period(*read, from + each.since), each.complaint) << each.since.count();
    EXPECT_EQ(warning_about_period(*read, from + each.since), each.warning) << each.since.count();
  }
}

TEST_F(CertificateFile, AndItsKeyAreOneIdentity) {
  const Certificate one;
  const Certificate other;
  const CertificateFiles files{files_.write("c.pem", one.pem()), files_.write("k.pem", one.key())};
  const auto first = read_identity(files);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(*first == *read_identity(files));

  files_.write("c.pem", other.pem());
  EXPECT_EQ(read_identity(files).error().message, "the key does not belong to the certificate");
  files_.write("k.pem", other.key());
  EXPECT_FALSE(*first == *read_identity(files));
  files_.write("k.pem", "");
  EXPECT_THAT(read_identity(files).error().message, HasSubstr("the key's file is not usable: it holds no private key"));
}

}  // namespace
}  // namespace pointsman::config
