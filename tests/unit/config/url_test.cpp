#include "pointsman/config/url.hpp"

#include <gtest/gtest.h>

namespace pointsman::config {
namespace {

TEST(ParseUrl, FindsWhereTheRoutesBegin) {
  const struct {
    std::string_view written;
    std::string_view text;
    std::string_view base_path;
    std::string_view root_path;
    std::string_view authority;
    std::uint16_t port;
  } rows[] = {
      {"http://gpu:11434", "http://gpu:11434/v1", "/v1", "", "gpu:11434", 11434},
      {"http://gpu:11434/", "http://gpu:11434/v1", "/v1", "", "gpu:11434", 11434},
      {"http://gpu:11434/v1", "http://gpu:11434/v1", "/v1", "", "gpu:11434", 11434},
      {"http://gpu:11434/v1///", "http://gpu:11434/v1", "/v1", "", "gpu:11434", 11434},
      {"HTTP://GPU.Example", "http://gpu.example/v1", "/v1", "", "gpu.example", 80},
      {"http://gpu:80", "http://gpu/v1", "/v1", "", "gpu", 80},
      {"http://gpu:", "http://gpu/v1", "/v1", "", "gpu", 80},
      {"http://gpu:443", "http://gpu:443/v1", "/v1", "", "gpu:443", 443},
      {"https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1", "/api/v1", "/api", "openrouter.ai", 443},
      {"https://gw:80/v1", "https://gw:80/v1", "/v1", "", "gw:80", 80},
      {"https://g.example/v1beta/openai", "https://g.example/v1beta/openai", "/v1beta/openai", "/v1beta/openai",
       "g.example", 443},
      {"https://r.openai.azure.com/openai/v1", "https://r.openai.azure.com/openai/v1", "/openai/v1", "/openai",
       "r.openai.azure.com", 443},
      {"http://gpu/prefix", "http://gpu/prefix/v1", "/prefix/v1", "/prefix", "gpu", 80},
      {"http://gpu/vllm", "http://gpu/vllm/v1", "/vllm/v1", "/vllm", "gpu", 80},
      {"http://gpu/V1", "http://gpu/V1/v1", "/V1/v1", "/V1", "gpu", 80},
      {"http://gpu/v", "http://gpu/v/v1", "/v/v1", "/v", "gpu", 80},
      {"http://gpu/v2", "http://gpu/v2", "/v2", "", "gpu", 80},
      {"http://gpu/engines/llama.cpp/v1/", "http://gpu/engines/llama.cpp/v1", "/engines/llama.cpp/v1",
       "/engines/llama.cpp", "gpu", 80},
      {"http://gpu/rerank", "http://gpu/rerank/v1", "/rerank/v1", "/rerank", "gpu", 80},
      {"http://gpu/models", "http://gpu/models/v1", "/models/v1", "/models", "gpu", 80},
      {"http://gpu/a%20b/v1", "http://gpu/a%20b/v1", "/a%20b/v1", "/a%20b", "gpu", 80},
      {"http://[::1]:8000/prefix", "http://[::1]:8000/prefix/v1", "/prefix/v1", "/prefix", "[::1]:8000", 8000},
      {"http://[2001:DB8::1]", "http://[2001:db8::1]/v1", "/v1", "", "[2001:db8::1]", 80},
      {"http://10.0.0.11:65535", "http://10.0.0.11:65535/v1", "/v1", "", "10.0.0.11:65535", 65535},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.written);
    const auto url = parse_url(row.written);
    ASSERT_TRUE(url) << url.error().message;
    EXPECT_EQ(url->text(), row.text);
    EXPECT_EQ(url->base_path, row.base_path);
    EXPECT_EQ(url->root_path, row.root_path);
    EXPECT_EQ(url->authority(), row.authority);
    EXPECT_EQ(url->port, row.port);
    EXPECT_EQ(url->unix_path, "");
    EXPECT_EQ(parse_url(url->text()).value(), *url);
  }
  EXPECT_EQ(parse_url("http://[::1]:8000").value().host, "::1");
}

TEST(ParseUrl, TakesSockets) {
  for (const auto written : {"unix:/run/llama.sock", "unix:///run/llama.sock"}) {
    const auto url = parse_url(written).value();
    EXPECT_EQ(url.scheme, "unix");
    EXPECT_EQ(url.host, "");
    EXPECT_EQ(url.unix_path, "/run/llama.sock");
    EXPECT_EQ(url.base_path, "/v1");
    EXPECT_EQ(url.root_path, "");
    EXPECT_EQ(url.authority(), "localhost");
    EXPECT_EQ(url.text(), "unix:/run/llama.sock");
  }
}

TEST(ParseUrl, SaysWhatToWrite) {
  const std::string unfit = "the URL contains a space, a control character or a letter that is not ASCII";
  const std::string scheme = "the URL must begin with http://, https:// or unix:/";
  const std::string query =
      "the URL contains a query or a fragment; end it before the ? or #, and write a key as api_key";
  const std::string no_host = "the URL has no host; write it like http://127.0.0.1:11434";
  const std::string bad_host = "the URL has a host that is neither a name of at most 253 letters nor an address";
  const std::string bad_v6 = "the URL has no numeric IPv6 address in its brackets; write it like http://[::1]:8000";
  const std::string bad_path = "the URL has a character in its path that must be percent-encoded, such as %20";
  const std::string bad_socket = "the URL needs an absolute path after unix:, such as unix:/run/name.sock";
  const std::string segments = "the URL has an empty segment, a . or a .. in its path; write the path that is meant";
  const std::string bad_port = "the URL has a port that is not a number from 1 to 65535";
  const struct {
    std::string written;
    std::string message;
  } rows[] = {
      {"", "the URL is empty; write one such as http://127.0.0.1:11434"},
      {"gpu:11434", "the URL has no scheme; write http://gpu:11434"},
      {"localhost:11434/v1", "the URL has no scheme; write http://localhost:11434/v1"},
      {"ftp://gpu", scheme},
      {"://gpu", scheme},
      {"http://gpu:1/v1/chat/completions",
       "the URL ends with /chat/completions, the route of one API; write http://gpu:1/v1"},
      {"http://gpu/v1/chat/completions/",
       "the URL ends with /chat/completions, the route of one API; write http://gpu/v1"},
      {"http://gpu/chat/completions", "the URL ends with /chat/completions, the route of one API; write http://gpu"},
      {"http://gpu/v1/models", "the URL ends with /models, the route of one API; write http://gpu/v1"},
      {"https://gpu/api/v1/responses", "the URL ends with /responses, the route of one API; write https://gpu/api/v1"},
      {"http://gpu/v1/rerank", "the URL ends with /rerank, the route of one API; write http://gpu/v1"},
      {"http://gpu/v1/audio/speech/", "the URL ends with /audio/speech, the route of one API; write http://gpu/v1"},
      {"http://gpu/v1?key=s3cret", query},
      {"http://gpu/#v1", query},
      {"gpu:80?key=s3cret", query},
      {"http://gp u", unfit},
      {"http://gpu\r\nHost: x", unfit},
      {"http://gp\xc3\xbc", unfit},
      {"http://", no_host},
      {"http://:80", no_host},
      {"http:///v1", no_host},
      {"http://::1:80", no_host},
      {"http://" + std::string(254, 'a'), bad_host},
      {"http://g%70u", bad_host},
      {"http://gpu,other", bad_host},
      {"http://gpu]", bad_host},
      {"http://" + std::string(2048, 'a'), "the URL is longer than 2048 bytes"},
      {"http://gpu:0", bad_port},
      {"http://gpu:65536", bad_port},
      {"http://gpu:99999999999999999999", bad_port},
      {"http://gpu:http", bad_port},
      {"http://gpu:80:80", bad_port},
      {"http://[::1]80", bad_port},
      {"http://[::1", bad_v6},
      {"http://[", bad_v6},
      {"http://[]", bad_v6},
      {"http://[::g]", bad_v6},
      {"http://[v1.x]", bad_v6},
      {"http://[10.0.0.1]", bad_v6},
      {"http://gpu/%zz", bad_path},
      {"http://gpu/%2", bad_path},
      {"http://gpu/a|b", bad_path},
      {"http://gpu/a\\b", bad_path},
      {"http://gpu//v1", segments},
      {"http://gpu/../v1", segments},
      {"http://gpu/./v1", segments},
      {"unix:", bad_socket},
      {"unix:llama.sock", bad_socket},
      {"unix:/run/\n", "the URL contains a control character, or is not UTF-8"},
      {"unix:/" + std::string(107, 'a'),
       "the URL has a socket path of more than 107 bytes, which the system does not take; use a shorter one"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.written);
    const auto url = parse_url(row.written);
    ASSERT_FALSE(url) << url->text();
    EXPECT_EQ(url.error().message, row.message);
    EXPECT_EQ(url.error().code, ErrorCode::invalid_input);
  }
}

TEST(ParseUrl, NeverRepeatsCredentials) {
  for (const auto written : {"http://user:s3cret@gpu/v1", "http://s3cret@gpu", "user:s3cret@gpu:80", "ftp://s3cret@gpu",
                             "http://user:s3@cret@gpu/v1/chat/completions", "http://s3cret@gpu?x"}) {
    SCOPED_TRACE(written);
    const auto url = parse_url(written);
    ASSERT_FALSE(url);
    EXPECT_EQ(url.error().message, "the URL contains credentials; take them out and use api_key");
  }
}

}  // namespace
}  // namespace pointsman::config
