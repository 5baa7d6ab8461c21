// Names of types: see model.h.
#include "contract/model.h"

namespace migrate {

std::string_view type_name(AttributeType type) {
  switch (type) {
    case AttributeType::S:
      return "S";
    case AttributeType::N:
      return "N";
    case AttributeType::B:
      return "B";
    case AttributeType::BOOL:
      return "BOOL";
    case AttributeType::SS:
      return "SS";
    case AttributeType::NS:
      return "NS";
    case AttributeType::BS:
      return "BS";
    case AttributeType::M:
      return "M";
    case AttributeType::L:
      return "L";
    case AttributeType::Null:
      return "NULL";
  }
  return "S";
}

}  // namespace migrate
