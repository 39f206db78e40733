#include "pointsman/net/certificate_renewal.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "../../support/certificate.hpp"
#include "../config/file_directory.hpp"

namespace pointsman::net {
namespace {

using namespace std::chrono_literals;
using test::Certificate;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CertificateRenewalTest : public testing::Test {
 protected:
  void SetUp() override { begin(made("first")); }
  void TearDown() override {
    renewal_.reset();
    log_.reset();
    ::close(log_file_);
  }

  Certificate made(const std::string& name, std::chrono::hours good_for = 90 * 24h) const {
    const auto now = clock_.wall();
    return Certificate({.common_name = name, .from = now - 1h, .until = now + good_for});
  }
  void write(const Certificate& certificate) const {
    files_.write("c.pem", certificate.pem());
    files_.write("k.pem", certificate.key());
  }
  void begin(const Certificate& certificate) {
    write(certificate);
    const config::CertificateFiles files{files_.path("c.pem"), files_.path("k.pem")};
    renewal_.emplace(worker_, *log_, "127.0.0.1:8443", files, *config::read_identity(files), [&](TlsServer tls) {
      const auto session = tls.session();
      char name[32] = "";
      X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get_certificate(session.get())), NID_commonName, name, 32);
      adopted_.emplace_back(name);
    });
  }

  void look() {
    clock_.advance(CertificateRenewal::interval);
    worker_.deadlines().sweep(worker_.now());
  }

  // Level and cause, or the message where there is no cause, of each line so far. Nothing is logged afterwards.
  std::vector<std::string> lines() {
    renewal_.reset();
    log_.reset();
    std::ifstream file(files_.path("log"));
    std::vector<std::string> result;
    for (std::string line; std::getline(file, line);) {
      const auto entry = nlohmann::json::parse(line);
      EXPECT_EQ(entry.at("address"), "127.0.0.1:8443");
      result.push_back(entry.at("level").get<std::string>() + ": " +
                       entry.value("cause", entry.at("message").get<std::string>()));
    }
    return result;
  }

  ManualClock clock_;
  Worker worker_{0, clock_};
  config::FileDirectory files_;
  int log_file_ = ::open(files_.path("log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  std::optional<observe::Log> log_{std::in_place, observe::Log::Options{.access = false, .descriptor = log_file_}};
  std::vector<std::string> adopted_;
  std::optional<CertificateRenewal> renewal_;
};

TEST_F(CertificateRenewalTest, TakesANewCertificateOnce) {
  look();
  EXPECT_THAT(adopted_, IsEmpty());
  write(made("second"));
  EXPECT_THAT(adopted_, IsEmpty()) << "only at the next look";
  look();
  look();
  EXPECT_THAT(adopted_, ElementsAre("second"));
  EXPECT_THAT(lines(), ElementsAre("info: a listener has a new certificate"));
}

TEST_F(CertificateRenewalTest, LooksEveryFiveSecondsAndNotMoreOften) {
  write(made("second"));
  clock_.advance(CertificateRenewal::interval - 1ms);
  worker_.deadlines().sweep(worker_.now());
  worker_.deadlines().expire_all();  // as a worker that stops does
  EXPECT_THAT(adopted_, IsEmpty());
  clock_.advance(1ms);
  worker_.deadlines().sweep(worker_.now());
  EXPECT_THAT(adopted_, ElementsAre("second"));
}

TEST_F(CertificateRenewalTest, WaitsForBothFilesWithoutAWord) {
  const auto second = made("second");
  files_.write("c.pem", second.pem());
  look();
  EXPECT_THAT(adopted_, IsEmpty());
  files_.write("k.pem", second.key());
  look();
  EXPECT_THAT(adopted_, ElementsAre("second"));
  EXPECT_THAT(lines(), ElementsAre("info: a listener has a new certificate"));
}

TEST_F(CertificateRenewalTest, KeepsWhatItHasWhileTheFilesAreWrong) {
  const auto second = made("second");
  const std::pair<std::string, std::string> wrong[] = {
      {"nonsense", second.key()},
      {second.pem(), made("third").key()},
      {made("expired", -1h).pem(), second.key()},
  };
  for (const auto& [certificate, key] : wrong) {
    files_.write("c.pem", certificate);
    files_.write("k.pem", key);
    for (int i = 0; i < 4; ++i) look();
  }
  EXPECT_THAT(adopted_, IsEmpty());
  write(second);
  look();
  EXPECT_THAT(adopted_, ElementsAre("second"));
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("error: the certificate's file is not usable: it holds no certificate"),
                                   "error: the key does not belong to the certificate",
                                   "info: a listener has a new certificate"))
      << "the third is wrong in the same way as the second";
}

TEST_F(CertificateRenewalTest, SaysForHowLongItHasFailed) {
  look();
  EXPECT_FALSE(renewal_->failure());
  files_.write("k.pem", made("second").key());
  look();
  EXPECT_FALSE(renewal_->failure()) << "the other file may be about to come";
  look();
  auto failure = renewal_->failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->listener, "127.0.0.1:8443");
  EXPECT_EQ(failure->files.key, files_.path("k.pem"));
  EXPECT_EQ(failure->cause, "the key does not belong to the certificate");
  EXPECT_EQ(failure->lasts, 5s);
  files_.write("k.pem", "nonsense");
  look();
  failure = renewal_->failure();
  ASSERT_TRUE(failure) << "it fails in another way, as it has";
  EXPECT_THAT(failure->cause, HasSubstr("no private key"));
  EXPECT_EQ(failure->lasts, 10s);
  write(made("third"));
  look();
  EXPECT_FALSE(renewal_->failure());
}

TEST_F(CertificateRenewalTest, SaysWithinTenSecondsThatTheFilesAreWrong) {
  files_.write("k.pem", made("second").key());
  for (auto passed = 0s; passed < 10s; passed += 1s) {
    clock_.advance(1s);
    worker_.deadlines().sweep(worker_.now());
  }
  EXPECT_THAT(lines(), ElementsAre("error: the key does not belong to the certificate"));
}

TEST_F(CertificateRenewalTest, DoesNotTakeOneThatIsExpired) {
  const Certificate expired({.from = clock_.wall() - 3h, .until = clock_.wall() - 1h});
  write(expired);
  for (int i = 0; i < 3; ++i) look();
  EXPECT_THAT(adopted_, IsEmpty());
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("error: the certificate expired on ")));
}

TEST_F(CertificateRenewalTest, WarnsOnceThatItWillExpire) {
  clock_.advance(75 * 24h);
  look();
  EXPECT_THAT(adopted_, IsEmpty());
  clock_.advance(1h + 24h);
  for (int i = 0; i < 3; ++i) look();
  write(made("second"));
  look();
  EXPECT_THAT(lines(),
              ElementsAre(HasSubstr("warning: the certificate expires on "), "info: a listener has a new certificate"));
}

}  // namespace
}  // namespace pointsman::net
