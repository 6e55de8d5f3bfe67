// What the test of the sensor runs under it.
#pragma once

// Make the calls that sensor_test.c expects, in a folder of its own below /tmp; the exit code.
int pt_sensor_script(const char *folder);
