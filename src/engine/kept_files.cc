// What is kept between runs: see kept_files.h.
#include "engine/kept_files.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/log.h"
#include "engine/change_list.h"
#include "engine/load_log.h"

namespace migrate {
namespace {

namespace fs = std::filesystem;

KeyAttribute attribute(const std::string& name, AttributeType type) {
  return {name, type == AttributeType::N ? 'N' : type == AttributeType::B ? 'B' : 'S'};
}

std::string nominal_base(const RunState& state) { return state.base.empty() ? "none" : state.base; }

// Whether what the header says is of this job's source and target.
template <class Header>
bool is_of(const Header& header, const NativeJob& job) {
  const ManifestHeader ours = manifest_header_of(job);
  return header.source == ours.source && header.target == ours.target && header.pk == ours.pk && header.sk == ours.sk;
}

template <class Record, class Reader>
Result<void> each(Reader& reader) {
  for (Record record;;) {
    TRY(more, reader.next(record));
    if (!more) return {};
  }
}
Result<void> read_whole(ManifestReader& reader) { return each<ManifestEntry>(reader); }
Result<void> read_whole(LoadLogReader& reader) { return each<LogRecord>(reader); }
Result<void> read_whole(ChangeListReader& reader) { return each<Change>(reader); }

class Looking {
 public:
  Looking(const NativeJob& job, bool to_their_ends) : job_(job), to_their_ends_(to_their_ends) {}

  Result<KeptFiles> run() {
    CHECK_OK(make_folders(job_.state.folder));
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(job_.state.folder, error)) {
      names.push_back(entry.path().filename().string());
    }
    if (error) {
      return Error(ErrorKind::io, "the folder '" + job_.state.folder + "' cannot be read: " + error.message());
    }
    std::sort(names.begin(), names.end());  // the numbers have one width
    for (const std::string& name : names) CHECK_OK(take(name));
    if (!job_.state.base.empty() && !out_.manifest) {
      log_warning("the row manifest of '" + job_.views.table + "' is lost ('" + path(job_.state.base + ".manifest") +
                  "'): source and target are compared, and it is made anew");
    }
    return std::move(out_);
  }

 private:
  std::string path(const std::string& name) const { return job_.state.folder + "/" + name; }

  Result<void> take(const std::string& name) {
    const std::string prefix = nominal_base(job_.state) + "+";
    if (!job_.state.base.empty() && name == job_.state.base + ".manifest") {
      return add<ManifestReader>(name, [&](const ManifestHeader& header) {
        out_.manifest = path(name);
        // Entries name them by their places.
        out_.shapes.insert(out_.shapes.begin(), header.shapes.begin(), header.shapes.end());
      });
    }
    if (name.starts_with(prefix) && name.ends_with(".log")) {
      return add<LoadLogReader>(name, [&](const LoadLogHeader& header) {
        out_.logs.push_back(path(name));
        out_.one_plan = out_.one_plan && header.plan == job_.state.plan;
        add_shape(header.attributes);
      });
    }
    if (name.starts_with(prefix) && name.ends_with(".changes")) {
      return add<ChangeListReader>(name, [&](const ChangeListHeader& header) {
        out_.changes.push_back(path(name));
        for (const auto& shape : header.shapes) add_shape(shape);
      });
    }
    return remove(name);
  }

  void add_shape(const std::vector<std::string>& shape) {
    if (std::find(out_.shapes.begin(), out_.shapes.end(), shape) == out_.shapes.end()) out_.shapes.push_back(shape);
  }

  template <class Reader, class Take>
  Result<void> add(const std::string& name, const Take& take) {
    auto reader = Reader::open(path(name));
    Result<void> whole;
    if (!reader) {
      whole = reader.error();
    } else if (to_their_ends_) {
      whole = read_whole(*reader);
    }
    if (!whole) {
      if (whole.error().kind != ErrorKind::manifest_damaged) return whole;
      log_warning(describe(whole.error()) + "; it is not used");
      return remove(name);
    }
    if (!is_of(reader->header(), job_)) return remove(name);
    take(reader->header());
    return {};
  }

  Result<void> remove(const std::string& name) const {
    std::error_code error;
    fs::remove(path(name), error);
    if (!error) return {};
    return Error(ErrorKind::io, "'" + path(name) + "' cannot be removed: " + error.message());
  }

  const NativeJob& job_;
  const bool to_their_ends_;
  KeptFiles out_;
};

std::string new_path(const RunState& state, size_t number, const char* kind) {
  std::string digits = std::to_string(number);
  digits.insert(0, digits.size() < 6 ? 6 - digits.size() : 0, '0');
  return state.folder + "/" + nominal_base(state) + "+" + digits + kind;
}

// One more than the last, whichever were removed meanwhile.
size_t number_after(const std::vector<std::string>& paths) {
  if (paths.empty()) return 1;
  const std::string& last = paths.back();
  return std::stoull(last.substr(last.rfind('+') + 1)) + 1;
}

}  // namespace

Result<KeptFiles> kept_files(const NativeJob& job, bool to_their_ends) { return Looking(job, to_their_ends).run(); }

// What cannot be removed now is when the table runs again.
void forget_before(const std::string& folder, const std::string& run) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename().string() != run + ".manifest") fs::remove(entry.path(), error);
  }
}

std::string manifest_path(const RunState& state) { return state.folder + "/" + state.run + ".manifest"; }

std::string new_log_path(const RunState& state, const KeptFiles& kept) {
  return new_path(state, number_after(kept.logs), ".log");
}

std::string new_changes_path(const RunState& state, const KeptFiles& kept) {
  return new_path(state, number_after(kept.changes), ".changes");
}

ManifestHeader manifest_header_of(const NativeJob& job) {
  ManifestHeader out;
  out.source = job.state.source;
  out.target = job.state.target;
  out.run = job.state.run;
  out.pk = attribute(job.views.pk, job.views.pk_type);
  if (!job.views.sk.empty()) out.sk = attribute(job.views.sk, job.views.sk_type);
  out.shapes = {attribute_names(job.views)};
  return out;
}

}  // namespace migrate
