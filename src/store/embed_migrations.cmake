# Puts a directory of migrations into the binary: a generated source that defines pointsman::MODULE::NAME(), for a
# database of that module's. A migration is called NNNN_what_it_does.sql; a changed, added or removed one makes CMake
# run again.
function(pointsman_embed_migrations module name directory)
  set(migrations_source ${CMAKE_CURRENT_BINARY_DIR}/${module}/${name}.cpp)
  file(GLOB migration_files CONFIGURE_DEPENDS ${directory}/*.sql)
  list(SORT migration_files)

  set(rows "")
  foreach(migration_file ${migration_files})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${migration_file})
    get_filename_component(migration_name ${migration_file} NAME_WE)
    if(NOT migration_name MATCHES "^0*([1-9][0-9]*)_")
      message(FATAL_ERROR "${migration_file}: the name of a migration begins with its number, as 0001_what_it_does.sql")
    endif()
    set(migration_version ${CMAKE_MATCH_1})
    file(READ ${migration_file} migration_sql)
    string(APPEND rows "    {${migration_version}, \"${migration_name}\", R\"sql(${migration_sql})sql\"},\n")
  endforeach()

  file(WRITE ${migrations_source}.new "\
#include \"pointsman/store/migration.hpp\"

namespace pointsman::${module} {

std::span<const store::Migration> ${name}();

std::span<const store::Migration> ${name}() {
  static constexpr store::Migration all[] = {
${rows}  };
  return all;
}

}  // namespace pointsman::${module}
")
  # Only a change makes the compiler run again.
  file(COPY_FILE ${migrations_source}.new ${migrations_source} ONLY_IF_DIFFERENT)
  target_sources(pointsman_${module} PRIVATE ${migrations_source})
endfunction()
