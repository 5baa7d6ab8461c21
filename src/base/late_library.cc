// late_function().
#include "base/late_library.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace migrate {

void* late_function(const char* library, const char* name) {
  // Global, so that what this program puts in the place of a library's function holds for what that library brings.
  void* handle = dlopen(library, RTLD_NOW | RTLD_GLOBAL);
  void* function = handle ? dlsym(handle, name) : nullptr;
  if (function) return function;
  constexpr int as_the_dynamic_loader = 127;
  std::fprintf(stderr, "migrate: error: %s\nhint: install the packages that migrate depends on\n", dlerror());
  std::_Exit(as_the_dynamic_loader);
}

}  // namespace migrate
