# The Debian package, which ./dev package makes: docs/packaging.md says what is in it and why. The paths are those of the
# package, below "/", because the units and the documents name them.

# Debian wants documents compressed, and the same bytes from the same text (-n: without the time).
set(compressed_directory ${PROJECT_BINARY_DIR}/compressed)
file(MAKE_DIRECTORY ${compressed_directory})
function(pointsman_compress source target)
  add_custom_command(OUTPUT ${compressed_directory}/${target}.gz
    COMMAND gzip -9nc ${source} > ${compressed_directory}/${target}.gz
    DEPENDS ${source} VERBATIM)
endfunction()

configure_file(${CMAKE_CURRENT_LIST_DIR}/changelog.in ${compressed_directory}/changelog.Debian @ONLY)
pointsman_compress(${compressed_directory}/changelog.Debian changelog.Debian)
pointsman_compress(${PROJECT_SOURCE_DIR}/CHANGELOG.md changelog)
pointsman_compress(${PROJECT_SOURCE_DIR}/docs/man/pointsman.1 pointsman.1)
pointsman_compress(${PROJECT_SOURCE_DIR}/docs/man/pointsman.yaml.5 pointsman.yaml.5)
set(compressed changelog.Debian.gz changelog.gz pointsman.1.gz pointsman.yaml.5.gz)
list(TRANSFORM compressed PREPEND ${compressed_directory}/)
add_custom_target(package_documents ALL DEPENDS ${compressed})

install(TARGETS pointsman RUNTIME DESTINATION usr/bin)
install(FILES config/pointsman.yaml DESTINATION etc/pointsman)
install(FILES config/pointsman.service config/pointsman.socket config/pointsman-operations.socket
  DESTINATION lib/systemd/system)
install(FILES config/pointsman.bash-completion DESTINATION usr/share/bash-completion/completions RENAME pointsman)
install(FILES ${compressed_directory}/pointsman.1.gz DESTINATION usr/share/man/man1)
install(FILES ${compressed_directory}/pointsman.yaml.5.gz DESTINATION usr/share/man/man5)
install(FILES ${compressed_directory}/changelog.gz ${compressed_directory}/changelog.Debian.gz config/debian/copyright
  DESTINATION usr/share/doc/pointsman)
# All pages, because they lead to each other; a component, so that tests/docs_test.py can follow the links by itself.
install(FILES README.md SECURITY.md DESTINATION usr/share/doc/pointsman COMPONENT pages)
install(DIRECTORY docs DESTINATION usr/share/doc/pointsman COMPONENT pages PATTERN man EXCLUDE PATTERN openapi.json EXCLUDE)
set(POINTSMAN_VERSION ${PROJECT_VERSION})
configure_file(docs/openapi.json ${PROJECT_BINARY_DIR}/openapi.json @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/openapi.json DESTINATION usr/share/doc/pointsman/docs COMPONENT pages)
install(DIRECTORY config/grafana config/prometheus DESTINATION usr/share/doc/pointsman/examples)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "pointsman maintainers <maintainers@pointsman.invalid>")
set(CPACK_PACKAGE_DESCRIPTION
"It finds out which of many inference servers (Ollama, vLLM, llama.cpp,
OpenRouter and others) has which model and which API, without using a token,
sends each request to one that has both, and passes the bytes through as they
are, both ways. Keys with limits, a ledger of what was used, metrics.")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "pass-through gateway for OpenAI-compatible inference servers")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, systemd")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "")
foreach(file conffiles postinst prerm postrm)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/${file})
endforeach()
include(CPack)
