// For the worker, before its walls.
#pragma once

void pt_read_rpm_warm(void); // SQLite opens a file for its random numbers
