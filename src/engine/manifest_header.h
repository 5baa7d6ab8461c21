// The headers of row manifests and change lists as JSON; docs/manifest.md lists their fields.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/change_list.h"
#include "engine/manifest.h"

namespace migrate {

std::string manifest_header_json(const ManifestHeader& header);
std::string change_list_header_json(const ChangeListHeader& header);
// `path` is for messages. Errors: manifest_damaged, for what no migrate writes; manifest_version, for what a newer one
// does. A field that is not known is one of a newer migrate: to pass over it might be to trust what is no longer true.
Result<ManifestHeader> manifest_header(std::string_view json, const std::string& path);
Result<ChangeListHeader> change_list_header(std::string_view json, const std::string& path);

}  // namespace migrate
