// Names that servers accept: of at most 64 characters of the Basic Multilingual Plane, without a blank at the end
// (MySQL 8.0 manual, 9.2). A name that does not fit is cut, and ends in a digest of the whole.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "contract/model.h"
#include "contract/project.h"

namespace migrate {

std::string server_name(std::string_view name);
// Of the view of an entity; an empty entity: of the table's view.
std::string view_name(const Project& project, std::string_view table, std::string_view entity);
// An alias for a column of a view: server_name(), and unlike all in `taken` in any case; added there in lower case.
std::string column_alias(std::string_view attribute, std::set<std::string>& taken);

// Other views of the contract with the name of one of this table's are errors.
void check_view_names(const Contract& contract, const Table& table, const Project& project, Diagnostics& diagnostics);

}  // namespace migrate
