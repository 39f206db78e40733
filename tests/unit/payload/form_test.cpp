#include "pointsman/payload/form.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "pointsman/payload/splice.hpp"

namespace pointsman::payload {
namespace {

std::string part(std::string_view header, std::string_view value) {
  return "--b\r\n" + std::string(header) + "\r\n\r\n" + std::string(value) + "\r\n";
}

std::string field(std::string_view name, std::string_view value) {
  return part("Content-Disposition: form-data; name=\"" + std::string(name) + "\"", value);
}

const std::string file =
    part("Content-Disposition: form-data; name=\"file\"; filename=\"model\"\r\nContent-Type: audio/wav",
         std::string("RIFF\0--b\r\r\n--a\r\nname=\"model\"\r\n\r\nx--b", 36));

struct Read {
  std::string model;
  bool stream = false;
  std::string refused;
  std::string field;
};

Read read(const std::string& body, std::string_view boundary = "b") {
  // A copy that ends where the text ends, so that AddressSanitizer sees whoever reads further.
  const std::vector<char> exact(body.begin(), body.end());
  std::string_view error_param;
  const auto fields = scan_form({exact.data(), exact.size()}, boundary, error_param);
  Read result;
  if (!fields) {
    result.refused = fields.error().message;
    result.field = error_param;
    return result;
  }
  if (fields->model) {
    EXPECT_EQ(body.substr(fields->model_offset, fields->model_size), *fields->model);
    result.model = *fields->model;
  }
  result.stream = fields->stream;
  return result;
}

TEST(Form, FindsTheModelWhereverItStands) {
  const std::vector<std::string> bodies{
      field("model", "m") + "--b--\r\n",
      field("model", "m") + file + "--b--",
      file + field("model", "m") + "--b--\r\n",
      "a preamble\r\nin lines\r\n" + file + field("model", "m") + field("prompt", "x") + "--b--\r\nan epilogue",
      file + part("CONTENT-disposition:form-data ;NAME=model", "m") + "--b-- \t\r\n",
      part("X: y\r\nContent-Disposition: FORM-DATA; name=model; x=\"y; name=decoy\"\r\nContent-Type: text/plain", "m") +
          "--b--\r\n",
      "--b  \r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--b\t\r\n\r\nof nobody\r\n--b--\r\n",
      part("Content-Disposition: form-data; name=\"model\"\r\nContent-Transfer-Encoding: 8BIT", "m") + "--b--",
      field("Model", "decoy") + field("model[]", "decoy") + field("", "decoy") + field("model", "m") + "--b--",
      part("Content-Disposition: form-data; filename=model", "decoy") + field("model", "m") + "--b--",
      part("Content-Disposition: form-data; name=file; filename=\"a\\\"; name=\\\"model\"", "decoy") +
          field("model", "m") + "--b--",
  };
  for (const auto& body : bodies) {
    SCOPED_TRACE(body);
    const auto found = read(body);
    EXPECT_EQ(found.refused, "");
    EXPECT_EQ(found.model, "m");
    EXPECT_FALSE(found.stream);
  }
}

TEST(Form, KeepsTheValueAsItIs) {
  for (const std::string name : {"org/m:1b", " m ", "gr\xc3\xbc\xc3\x9f", "\"m\"", "a\r\nb", "--", "\r\n"}) {
    EXPECT_EQ(read(file + field("model", name) + "--b--").model, name);
  }
}

TEST(Form, SaysWhetherItStreams) {
  EXPECT_TRUE(read(field("stream", "true") + field("model", "m") + "--b--").stream);
  EXPECT_FALSE(read(field("stream", "false") + field("model", "m") + "--b--").stream);
  EXPECT_EQ(read(field("stream", "true") + field("stream", "true") + "--b--").field, "stream");
}

TEST(Form, MayNameNoModel) {
  EXPECT_EQ(read(file + "--b--").refused, "");
  EXPECT_EQ(read(file + "--b--").model, "");
  EXPECT_EQ(read("--b--").refused, "");
}

TEST(Form, RefusesAModelThatIsNoName) {
  for (const auto& body : {
           field("model", "m") + field("model", "m"),
           field("model", ""),
           field("model", std::string(max_model_size + 1, 'm')),
           field("model", "\xff"),
           part("Content-Disposition: form-data; name=model; filename=x", "m"),
           part("Content-Disposition: form-data; name=model; filename*=x", "m"),
           part("Content-Disposition: form-data; name=model\r\nContent-Transfer-Encoding: base64", "bQ=="),
       }) {
    const auto found = read(body + "--b--\r\n");
    EXPECT_NE(found.refused, "") << body;
    EXPECT_EQ(found.field, "model") << body;
  }
  EXPECT_EQ(read(field("model", std::string(max_model_size, 'm')) + "--b--").refused, "");
}

TEST(Form, RefusesWhatTwoReadersCouldUnderstandDifferently) {
  const auto model = field("model", "m");
  const std::string named = "Content-Disposition: form-data; name=model";
  for (const auto& body : std::vector<std::string>{
           "",
           "{\"model\":\"m\"}",
           model,                                          // not closed
           model + "--b",                                  // cut
           model + "--b-",                                 //
           model + "--b--x",                               //
           model + "--b--\n",                              //
           model + "--b--\r\n" + model,                    // more behind the end
           model + "--b--\r\n--b--\r\n",                   //
           model + "--bx\r\n\r\n\r\n--b--",                // a line that only begins like a boundary
           "--b\n" + named + "\n\nm\n--b--\n",             // without CR
           "--b\r\n" + named + "\n\r\nm\r\n--b--",         //
           "--b\r\n" + named + "\r\n\nm\r\n--b--",         //
           model + "--b\r\n\r\nx\n--b\r\n\r\ny\r\n--b--",  //
           "--b\r\n" + named + "\r\nm\r\n--b--",           // no empty line
           "--b\r\n--b--",                                 // nothing at all between two
           "--b\r\n" + named + "\r\n\r\n--b--",            //
           part("Content-Disposition : form-data; name=model", "m") + "--b--",
           part("Content-Disposition: form-data;\r\n name=model", "m") + "--b--",
           part("Content-Disposition: form-data; name=mo\r; x=y", "m") + "--b--",
           part("Content-Disposition: attachment; name=model", "m") + "--b--",
           part("Content-Disposition: form-data; name=model; name=x", "m") + "--b--",
           part("Content-Disposition: form-data; name=x; NAME=model", "m") + "--b--",
           part("Content-Disposition: form-data; name*=utf-8''model", "m") + "--b--",
           part("Content-Disposition: form-data; name*0=mo; name*1=del", "m") + "--b--",
           part("Content-Disposition: form-data; name=\"mo\\del\"", "m") + "--b--",
           part("Content-Disposition: form-data; name=\"model", "m") + "--b--",
           part("Content-Disposition: form-data; name=\"model\"x", "m") + "--b--",
           part("Content-Disposition: form-data name=model", "m") + "--b--",
           part("Content-Disposition: form-data; name = model", "m") + "--b--",
           part(named + "\r\nContent-Disposition: form-data; name=x", "m") + "--b--",
           part(named + std::string("\r\nX: \0", 6), "m") + "--b--",
           part("no header", "m") + "--b--",
       }) {
    const auto found = read(body);
    EXPECT_NE(found.refused, "") << body;
    EXPECT_EQ(found.model, "") << body;
  }
}

TEST(Form, IsBounded) {
  std::string parts;
  for (std::size_t i = 0; i < max_form_parts; ++i) parts += field("x", "");
  EXPECT_EQ(read(parts + "--b--").refused, "");
  EXPECT_NE(read(parts + field("x", "") + "--b--").refused.find("parts"), std::string::npos);

  const auto with_header = [](std::size_t size) {
    return part("X: " + std::string(size - 3 - 4, 'x'), "value") + "--b--";
  };
  EXPECT_EQ(read(with_header(max_part_header)).refused, "");
  EXPECT_NE(read(with_header(max_part_header + 1)).refused.find("header"), std::string::npos);
}

TEST(Form, TakesTheBoundaryOfTheContentType) {
  const auto boundary = [](std::string_view type) {
    const auto found = form_boundary(type);
    return found ? *found : "";
  };
  EXPECT_EQ(boundary("multipart/form-data; boundary=b"), "b");
  EXPECT_EQ(boundary("multipart/form-data;boundary=\"a:b=c\""), "a:b=c");
  EXPECT_EQ(boundary("multipart/form-data; charset=utf-8 ; BOUNDARY=----=_Part;"), "----=_Part");
  EXPECT_EQ(boundary("multipart/form-data; boundary=\"a\\b\""), "ab");
  for (const auto* type : {"multipart/form-data", "multipart/form-data; boundary",
                           "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
                           "multipart/form-data; boundary=a; boundary=b", "multipart/form-data; boundary*=a",
                           "multipart/form-data; boundary=\"a", "multipart/form-data; boundary=\"a b\"",
                           "multipart/form-data; boundary=a b", "multipart/form-data boundary=a",
                           "multipart/form-data; boundary=a\xff", "multipart/form-data; boundary=a\"b\""}) {
    EXPECT_EQ(boundary(type), "") << type;
  }
  EXPECT_EQ(boundary("multipart/form-data; boundary=" + std::string(70, 'b')), std::string(70, 'b'));
  EXPECT_EQ(boundary("multipart/form-data; boundary=" + std::string(71, 'b')), "");

  EXPECT_TRUE(is_form("multipart/form-data; boundary=b"));
  EXPECT_TRUE(is_form("Multipart/Form-Data"));
  EXPECT_FALSE(is_form("multipart/mixed; boundary=b"));
  EXPECT_FALSE(is_form("application/json"));
  EXPECT_FALSE(is_form(""));
}

TEST(Form, TakesAnotherModelInPlace) {
  const auto body = file + field("model", "m") + field("prompt", "m") + "--b--\r\n";
  std::string_view error_param;
  const auto fields = scan_form(body, "b", error_param);
  ASSERT_TRUE(fields);
  const auto spliced = splice(body, *fields, "org/\"other\"", Notation::plain);
  std::string written;
  for (const auto piece : spliced.pieces()) written += piece;
  EXPECT_EQ(written, file + field("model", "org/\"other\"") + field("prompt", "m") + "--b--\r\n");
}

}  // namespace
}  // namespace pointsman::payload
