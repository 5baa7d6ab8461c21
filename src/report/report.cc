// write_report(): the three files.
#include "report/report.h"

#include "base/file.h"

namespace migrate {

Result<void> write_report(const ReportData& data, const std::string& folder) {
  CHECK_OK(make_folders(folder));
  CHECK_OK(write_file(folder + "/report.json", report_json(data)));
  CHECK_OK(write_file(folder + "/report.md", report_markdown(data)));
  return write_file(folder + "/index.html", report_html(data));
}

}  // namespace migrate
