#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "pointsman/base/clock.hpp"
#include "support/command.hpp"
#include "support/configuration.hpp"
#include "support/doctor_visit.hpp"
#include "support/fake_upstream.hpp"
#include "support/key_command.hpp"

// `pointsman doctor` as people and their scripts meet it: each finding provoked once, on real files and sockets.
namespace pointsman::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

TEST_F(Doctor, FindsNothingWrongWhereNothingIs) {
  const FakeUpstream gpu({"m"}, {{chat, json(200, "{}")}});
  const auto found = see("endpoints:\n" + endpoint("gpu", gpu.url()));
  EXPECT_EQ(found.exit_code, 0) << found.output;
  EXPECT_EQ(found.severity("configuration", "1 endpoint"), "ok");
  EXPECT_EQ(found.severity("files", "nobody may change it"), "ok");
  EXPECT_EQ(found.severity("listeners", "is free"), "okok");
  EXPECT_EQ(found.severity("databases", "not there"), "okokok");
  EXPECT_EQ(found.severity("machine", "file descriptors"), "ok");
  EXPECT_EQ(found.severity("machine", "memory"), "ok");
  EXPECT_EQ(found.severity("endpoints", "gpu: is up"), "note") << "of no kind that is known";
  EXPECT_THAT(found.output, Not(HasSubstr("\"warning\"")));
  EXPECT_FALSE(std::filesystem::exists(database())) << "it makes nothing";
}

TEST_F(Doctor, SaysTheSameToPeople) {
  const auto file = written(yaml("endpoints:\n" + endpoint("gpu", "http://127.0.0.1:" + std::to_string(free_port()))));
  const auto [exit_code, output] = run_command({"doctor", "--config", file});
  EXPECT_EQ(exit_code, 1);
  EXPECT_THAT(output,
              AllOf(HasSubstr("configuration\n  ok       " + file + ": is understood; 1 endpoint\n"),
                    HasSubstr("endpoints\n  error    gpu: nothing listens at 127.0.0.1:"),
                    HasSubstr("\n           do: `pointsman probe http://"), HasSubstr("\n1 error, 0 warnings, ")));
  EXPECT_THAT(output, Not(HasSubstr("\033"))) << "this is no terminal";
}

TEST_F(Doctor, IsUsedWrongly) {
  EXPECT_EQ(run_command({"doctor", "--nonsense"}).exit_code, 2);
  EXPECT_EQ(run_command({"doctor", "--config", ""}).exit_code, 2);
}

TEST_F(Doctor, FindsEveryMistakeInTheFile) {
  const auto found = visit({"--config", written("lisen: 1\nworkers: many\n")});
  EXPECT_EQ(found.exit_code, 1);
  EXPECT_EQ(found.severity("configuration", "pointsman.yaml:1:1: unknown key `lisen`"), "error");
  EXPECT_EQ(found.severity("configuration", "pointsman.yaml:2:10: `workers`"), "error");
  const auto missing = visit({"--config", "/no/such/file.yaml"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_EQ(missing.severity("configuration", "there is no such file"), "error");
}

TEST_F(Doctor, FindsFilesThatEverybodyMayReadOrWrite) {
  const auto key = file("gpu.key", "a-key-that-nobody-may-see\n");
  const auto more = "endpoints:\n" + endpoint("gpu", "http://127.0.0.1:1", "api_key_file: \"" + key + "\"");
  ::chmod(key.c_str(), 0644);
  const auto path = written(yaml(more));
  ::chmod(path.c_str(), 0666);
  const auto found = visit({"--offline", "--config", path});
  EXPECT_EQ(found.severity("files", "gpu.key: everybody on this machine may read the key"), "warning");
  EXPECT_EQ(found.severity("files", "pointsman.yaml: everybody on this machine may change it"), "error");
  EXPECT_EQ(found.exit_code, 1);
  EXPECT_THAT(found.output, Not(HasSubstr("a-key-that")));
}

TEST_F(Doctor, KnowsFilesWithAKeyByWhatTheyHold) {
  const auto rights = [&](const std::string& certificate, const std::string& key) {
    return visit({"--offline", "--config",
                  written("listen: [{address: \"127.0.0.1:" + std::to_string(free_port()) +
                          "\", tls: {certificate: \"" + certificate + "\", key: \"" + key +
                          "\"}}]\noperations: \"127.0.0.1:" + std::to_string(free_port()) + "\"\n" + store())});
  };
  const auto may_read = [](const Visit& found, const std::string& name) {
    return found.severity("files", name + ": everybody on this machine may read the key in it");
  };
  const auto certificate = file("certificate.pem", certificate_.pem());
  const auto key = file("key.pem", certificate_.key());
  ::chmod(certificate.c_str(), 0644);
  ::chmod(key.c_str(), 0600);
  EXPECT_EQ(rights(certificate, key).severity("files", "certificate.pem"), "");
  const auto swapped = rights(key, certificate);
  EXPECT_EQ(swapped.exit_code, 1);
  EXPECT_EQ(swapped.severity("configuration",
                             "key.pem: it holds a private key, not a certificate: are certificate and "
                             "key swapped?"),
            "error");
  EXPECT_EQ(may_read(swapped, "certificate.pem"), "") << "there is none in it";
  ::chmod(key.c_str(), 0644);
  EXPECT_EQ(may_read(rights(key, certificate), "key.pem"), "warning");
  const auto both = file("both.pem", certificate_.pem() + certificate_.key());
  ::chmod(both.c_str(), 0644);
  EXPECT_EQ(may_read(rights(both, both), "both.pem"), "warning");
  ::chmod(certificate.c_str(), 0666);
  EXPECT_EQ(rights(certificate, key).severity("files", "certificate.pem: everybody on this machine may change it"),
            "error");
}

TEST_F(Doctor, FindsLogsThatCannotBeWritten) {
  const auto logs = [&](const std::string& main, const std::string& access) {
    return visit({"--offline", "--config",
                  written(yaml("log: {file: \"" + main + "\", access: {file: \"" + access + "\"}}\n"))});
  };
  const auto here = (files_.path() / "main.log").string();
  const auto found = logs("/nonexistent/dir/x.log", files_.path().string());
  EXPECT_EQ(found.exit_code, 1);
  EXPECT_EQ(found.severity("files", "/nonexistent/dir/x.log: the log cannot be written: No such file or directory"),
            "error");
  EXPECT_EQ(found.severity("files", ": the log cannot be written: Is a directory"), "error");
  EXPECT_THAT(found.advice("Is a directory"), HasSubstr("`log.access.file`"));
  EXPECT_EQ(logs(here, here).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(here)) << "it makes nothing";
}

TEST_F(Doctor, FindsAListenerThatSomebodyElseHas) {
  const FakeUpstream other({});
  const auto path = written("listen: \"127.0.0.1:" + std::to_string(other.port()) +
                            "\"\noperations: \"192.0.2.7:8485\"\naccess: open\n" + store());
  const auto found = visit({"--offline", "--config", path});
  EXPECT_EQ(found.exit_code, 1);
  EXPECT_EQ(found.severity("listeners",
                           "does not answer as a pointsman does (`listen`): GET /healthz is answered with "
                           "HTTP 404"),
            "error");
  EXPECT_EQ(found.severity("listeners", "192.0.2.7:8485: cannot be listened on"), "error");
}

TEST_F(Doctor, KnowsSocketFilesThatAreFreeStaleOrNoSockets) {
  namespace local = boost::asio::local;
  const auto path = (files_.path() / "main.sock").string();
  const auto found = [&] {
    return visit({"--offline", "--config",
                  written("listen: \"unix:" + path + "\"\noperations: \"127.0.0.1:" + std::to_string(free_port()) +
                          "\"\n" + store())});
  };
  EXPECT_EQ(found().severity("listeners", "main.sock: is free"), "ok");
  EXPECT_FALSE(std::filesystem::exists(path));
  {
    boost::asio::io_context context;
    const local::stream_protocol::acceptor acceptor(context, local::stream_protocol::endpoint(path));
    EXPECT_EQ(found().severity("listeners", "main.sock: somebody listens there"), "error");
  }
  EXPECT_EQ(found().severity("listeners", "main.sock: is free"), "ok") << "what is left of a dead process";
  std::filesystem::remove(path);
  file("main.sock", "");
  EXPECT_EQ(found().severity("listeners", "main.sock: cannot be listened on"), "error");
}

TEST_F(Doctor, SaysWhoCanReachTheListeners) {
  const auto listen = [&](const std::string& access) {
    return visit({"--offline", "--config",
                  written("listen: \"0.0.0.0:" + std::to_string(free_port()) +
                          "\"\noperations: \"0.0.0.0:" + std::to_string(free_port()) + "\"\n" + access + store())});
  };
  EXPECT_EQ(listen("").severity("listeners", "there are no keys"), "error");
  EXPECT_THAT(listen("").advice("there are no keys"), HasSubstr("--config " + files_.path().string()));
  const auto open = listen("access: open\n");
  EXPECT_EQ(open.exit_code, 0) << open.output;
  EXPECT_EQ(open.severity("listeners", "everybody who reaches it may use every model"), "warning");
  EXPECT_EQ(open.severity("listeners", "everybody who reaches it sees the metrics"), "warning");
  EXPECT_EQ(open.severity("listeners", "in clear text"), "warningwarning");
  const auto keyed = listen("access: {keys: [{name: a, key: a-key-of-a-good-length}]}\n");
  EXPECT_EQ(keyed.exit_code, 0);
  EXPECT_EQ(keyed.severity("listeners", "everybody"), "");
  EXPECT_THAT(keyed.output, Not(HasSubstr("a-key-of-a-good")));
}

TEST_F(Doctor, FindsDatabasesThatAreDamagedForeignNewerOrCannotBe) {
  make_databases();
  const auto look = [&](const std::string& words) {
    const auto found = visit({"--offline", "--config", written(yaml(""))});
    return std::to_string(found.exit_code) + found.severity("databases", words);
  };
  EXPECT_EQ(look("pointsman.db: is sound, with schema 4"), "0ok");

  SQLite::Database(database(), SQLite::OPEN_READWRITE)
      .exec("INSERT INTO schema_migrations VALUES (9999, 'later', 'x', 1)");
  EXPECT_EQ(look("pointsman.db: has schema 9999, written by a newer"), "1error");

  {
    std::fstream damage(database(), std::ios::binary | std::ios::in | std::ios::out);
    damage.seekp(4096);
    damage << std::string(8192, '\xff');
  }
  EXPECT_EQ(look("pointsman.db: is damaged"), "1error");

  std::filesystem::remove(database());
  SQLite::Database(database(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE t (x); PRAGMA application_id = 7");
  EXPECT_EQ(look("pointsman.db: is no database of pointsman"), "1error");

  const auto nowhere =
      visit({"--offline", "--config",
             written("store: {path: \"" + file("a-file", "") +
                     "/none/pointsman.db\"}\noperations: \"127.0.0.1:" + std::to_string(free_port()) + "\"\n")});
  EXPECT_EQ(nowhere.severity("databases", "/a-file is a file, no directory"), "errorerror") << "the ledger neither";
  EXPECT_THAT(nowhere.output, Not(HasSubstr("user that asks")));
}

TEST_F(Doctor, TakesKeysOfTheDatabaseForKeys) {
  make_databases();
  const auto path = written("listen: \"0.0.0.0:" + std::to_string(free_port()) +
                            "\"\noperations: \"127.0.0.1:" + std::to_string(free_port()) + "\"\n" + store());
  token_from("create", path, {"--name", "team"});
  const auto found = visit({"--offline", "--config", path});
  EXPECT_EQ(found.exit_code, 0) << found.output;
  EXPECT_EQ(found.severity("listeners", "there are no keys"), "");
  EXPECT_EQ(found.severity("databases", "keys.db: is sound"), "ok");
}

TEST_F(Doctor, SaysOfLostKeysWhatServeSays) {
  const auto path = written(yaml(""));
  token_from("create", path, {"--name", "team"});
  make_databases();  // a gateway saw the key
  const auto keys_db = files_.path() / "state" / "keys.db";
  const auto look = [&](const std::string& words) {
    const auto found = visit({"--offline", "--config", path});
    return std::to_string(found.exit_code) + found.severity("databases", "keys.db: " + words);
  };
  const auto serve = [&] { return run_command({"serve", "--config", path}); };
  EXPECT_EQ(look("is sound"), "0ok");
  std::filesystem::rename(keys_db, files_.path() / "good");

  EXPECT_EQ(look("is not there, but this gateway had keys"), "1error");
  EXPECT_EQ(serve().exit_code, 1);
  const auto listed = run_keys("list", path);
  EXPECT_EQ(listed.exit_code, 0);
  EXPECT_THAT(listed.output, AllOf(HasSubstr("although the gateway once saw some"), HasSubstr("--forget-keys")));

  std::ofstream(keys_db).close();
  EXPECT_EQ(look("is an empty file"), "1error");
  EXPECT_THAT(serve().output, HasSubstr("is an empty file"));
  EXPECT_EQ(std::filesystem::file_size(keys_db), 0u) << "it changes nothing";
  EXPECT_THAT(run_keys("list", path).output, HasSubstr("is an empty file"));

  std::filesystem::remove(keys_db);
  std::filesystem::create_symlink("nowhere", keys_db);
  EXPECT_EQ(look("is a symbolic link that leads nowhere"), "1error");
  EXPECT_EQ(serve().exit_code, 1);

  std::filesystem::remove(keys_db);
  std::filesystem::copy_file(files_.path() / "good", keys_db);
  SQLite::Database(keys_db, SQLite::OPEN_READWRITE).exec("PRAGMA foreign_keys = ON; DELETE FROM keys");
  EXPECT_EQ(look("has no key, but this gateway had keys"), "1error");
  EXPECT_EQ(serve().exit_code, 1);
  EXPECT_THAT(run_keys("list", path).output, HasSubstr("although the gateway once saw some"));

  std::filesystem::rename(files_.path() / "good", keys_db);
  EXPECT_EQ(look("is sound"), "0ok");
  EXPECT_THAT(run_keys("list", path).output, Not(HasSubstr("once saw")));
}

TEST_F(Doctor, FindsCertificatesThatEndSoon) {
  const auto now = SystemClock().wall();
  const Certificate soon({.until = now + std::chrono::days(20)});
  const Certificate over({.until = now - std::chrono::minutes(1)});
  const auto with = [&](const std::string& tls, const std::string& ca) {
    return visit({"--offline", "--config",
                  written("listen: [{address: \"127.0.0.1:" + std::to_string(free_port()) + "\", tls: " + tls +
                          "}]\noperations: \"127.0.0.1:" + std::to_string(free_port()) + "\"\n" + store() +
                          "traces: {collector: \"https://127.0.0.1:1\", ca_file: \"" + file("otel.pem", soon.pem()) +
                          "\"}\nendpoints:\n" + endpoint("gpu", "https://127.0.0.1:1", "tls: {ca: \"" + ca + "\"}"))});
  };
  const auto found = with(tls_of("soon", soon), file("over.pem", over.pem()));
  EXPECT_EQ(found.severity("certificates", "otel.pem: the authority /CN=authority expires in 19 days"), "warning");
  EXPECT_EQ(found.severity("certificates", "soon.pem: the certificate /CN=authority expires in 19 days"), "warning");
  EXPECT_EQ(found.severity("certificates", "over.pem: the authority /CN=authority expired"), "error");
  const auto own =
      with(tls_of("over2", over), file("good.pem", Certificate({.until = now + std::chrono::days(90)}).pem()));
  EXPECT_EQ(own.severity("configuration", "the certificate expired"), "error");
}

TEST_F(Doctor, SaysForWhomTheCertificateIs) {
  const auto with = [&](const std::string& tls) {
    return visit({"--offline", "--config",
                  written("listen: [{address: \"127.0.0.1:" + std::to_string(free_port()) + "\", tls: " + tls +
                          "}]\noperations: \"127.0.0.1:" + std::to_string(free_port()) + "\"\n" + store())});
  };
  const auto until = SystemClock().wall() + std::chrono::days(90);
  const Certificate own({.names = "DNS:gateway.internal,IP:127.0.0.1,IP:::1,email:a@b.example", .until = until});
  EXPECT_EQ(
      with(tls_of("own", own)).severity("certificates", ", for gateway.internal, 127.0.0.1, ::1; it signs itself"),
      "ok");
  const auto signed_by_another = with(tls_of("signed", Certificate({.until = until}, authority_)));
  EXPECT_EQ(signed_by_another.severity("certificates", ", for 127.0.0.1"), "ok");
  EXPECT_EQ(signed_by_another.severity("certificates", "signs itself"), "");
  const auto nameless = with(tls_of("nameless", Certificate({.names = "email:a@b.example", .until = until})));
  EXPECT_EQ(nameless.severity("certificates", "nameless.pem: no host and no address is in its subjectAltName"),
            "warning");
}

TEST_F(Doctor, FindsLimitsThatTheMachineDoesNotHave) {
  const auto found = visit({"--offline", "--config",
                            written("limits: {buffered: 100TiB, connections: 1000000}\noperations: \"127.0.0.1:" +
                                    std::to_string(free_port()) + "\"\n" + store())});
  EXPECT_EQ(found.severity("machine", "more than there are"), "warning");
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_EQ(found.severity("machine", "file descriptors: "), limit.rlim_max < 2'000'128 ? "note" : "ok");
}

TEST_F(Doctor, LooksAroundWithoutAFile) {
  const auto found = visit({"--offline"});
  EXPECT_EQ(found.severity("configuration", "no file is named"), "note");
}

}  // namespace
}  // namespace pointsman::test
