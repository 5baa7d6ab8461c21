// The program: everything is in src/cli.
#include "cli/cli.h"

int main(int argc, char** argv) { return migrate::run_cli(argc, argv); }
