// Shell completions and the manual page, on stdout.
#pragma once

#include <string>

namespace migrate {

void print_completions(const std::string& shell);  // bash, zsh or fish
void print_manual();                               // roff, for man(1)

}  // namespace migrate
