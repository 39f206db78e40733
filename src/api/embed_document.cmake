# Puts docs/openapi.json, with the program's version in it and without its blanks, into the binary: a generated source
# that defines pointsman::api::openapi_document(). Each listener's copy has "/" for that listener's own address. A change
# of the file makes CMake run again.
function(pointsman_embed_document file)
  set(document_source ${CMAKE_CURRENT_BINARY_DIR}/api/openapi_document.cpp)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} document)
  # No string in JSON holds a line break.
  string(REGEX REPLACE "\n *" "" document "${document}")
  string(REPLACE "@POINTSMAN_VERSION@" "${PROJECT_VERSION}" document "${document}")
  set(clients http://127.0.0.1:8484)
  set(operators http://127.0.0.1:8485)
  foreach(listener clients operators)
    string(FIND "${document}" "\"url\": \"${${listener}}\"" there)
    if(there EQUAL -1)
      message(FATAL_ERROR "${file} has no server \"url\": \"${${listener}}\"")
    endif()
    string(REPLACE "\"url\": \"${${listener}}\"" "\"url\": \"/\"" for_${listener} "${document}")
  endforeach()
  string(LENGTH "${document}" length)
  if(length GREATER 65536)
    message(FATAL_ERROR "${file} has more than 65536 bytes without its blanks: compilers need not take a longer literal")
  endif()
  file(WRITE ${document_source}.new "\
#include \"pointsman/api/openapi.hpp\"

namespace pointsman::api {

std::string_view openapi_document(Listener listener) {
  if (listener == Listener::operators) return R\"json(${for_operators})json\";
  return R\"json(${for_clients})json\";
}

}  // namespace pointsman::api
")
  # Only a change makes the compiler run again.
  file(COPY_FILE ${document_source}.new ${document_source} ONLY_IF_DIFFERENT)
  target_sources(pointsman_api PRIVATE ${document_source})
endfunction()
