#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace pointsman::config {

// A directory of files that are there for one test.
class FileDirectory {
 public:
  FileDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "pointsman-config-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~FileDirectory() { std::filesystem::remove_all(path_); }
  FileDirectory(const FileDirectory&) = delete;
  FileDirectory& operator=(const FileDirectory&) = delete;

  std::string path(const std::string& name) const { return path_ + "/" + name; }
  // Its whole path.
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

 private:
  std::string path_;
};

}  // namespace pointsman::config
