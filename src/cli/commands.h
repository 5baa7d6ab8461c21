// The commands: each takes what the command line said and gives the exit code; each lives in the file of its name.
#pragma once

#include "cli/options.h"

namespace migrate {

int build_command(const Options& options);
int plan_command(const Options& options);
int clean_command(const Options& options);
int init_command(const Options& options);
int status_command(const Options& options);
int explain_command(const Options& options);
int graph_command(const Options& options);
int check_command(const Options& options);
int report_command(const Options& options);
int history_command(const Options& options);
int doctor_command(const Options& options);

}  // namespace migrate
