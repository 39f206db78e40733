#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "pointsman/base/error.hpp"
#include "pointsman/payload/request_fields.hpp"

// Forms (multipart/form-data, RFC 7578): what routing needs of one, as RequestScanner finds it in JSON.
namespace pointsman::payload {

inline constexpr std::size_t max_form_parts = 1024;
inline constexpr std::size_t max_part_header = 8 * 1024;  // bytes of one part's header

bool is_form(std::string_view content_type);

// The boundary in the value of a Content-Type (RFC 2046 §5.1.1), quoted or not. An error is the client's
// (invalid_input): there is none, or two, or none that delimits.
Result<std::string> form_boundary(std::string_view content_type);

// The fields `model` and `stream` of a form. `model` points into the body, as do its offset and size: they are the
// value's, without a quote. `stream` is set by the value "true".
//
// The whole body is read, and read strictly: what two readers of forms could understand differently is refused, so that
// no endpoint can see another model than we did. What a part holds is not looked at, and an unknown field is nobody's
// business. Takes time in proportion to the body, whatever it is made of.
//
// Errors are the client's (invalid_input), and their message is fit to be answered: no form with that boundary, one
// that does not end, more than max_form_parts, a part's header that is malformed or longer than max_part_header, two
// `model` or `stream` fields, a `model` that is a file, is encoded, is not UTF-8, is empty or longer than
// max_model_size. `error_param` is then the field to name: "model", "stream" or "".
Result<RequestFields> scan_form(std::string_view body, std::string_view boundary, std::string_view& error_param);

}  // namespace pointsman::payload
