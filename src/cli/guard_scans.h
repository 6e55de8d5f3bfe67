// What guards ask of an image's last scan: settings, and the record of this host.
#pragma once

#include "cli/guard.h"

// The rows of a guard's table.
// clang-format off
#define PT_GUARD_SCANNED_SETTINGS                                              \
    {"scanned", PT_SETTING_TEXT, pt_guard_take_scanned},                       \
    {"scanned-fail-on", PT_SETTING_TEXT, pt_guard_take_scanned_fail_on},       \
    {"scanned-ignore-unfixed", PT_SETTING_FLAG, pt_guard_take_scanned_unfixed}, \
    {"scanned-except", PT_SETTING_LIST, pt_guard_take_scanned_except},         \
    {"scanned-warn", PT_SETTING_FLAG, pt_guard_take_scanned_warn}
// clang-format on
pt_code pt_guard_take_scanned(pt_guard_reading *r, pt_str word);
pt_code pt_guard_take_scanned_fail_on(pt_guard_reading *r, pt_str word);
pt_code pt_guard_take_scanned_unfixed(pt_guard_reading *r, pt_str word);
pt_code pt_guard_take_scanned_except(pt_guard_reading *r, pt_str word);
pt_code pt_guard_take_scanned_warn(pt_guard_reading *r, pt_str word);

// What was read. PT_E_USAGE: what belongs to --scanned, without it.
PT_CHECK pt_code pt_guard_scanned_of(const pt_guard_reading *r, pt_scanned_policy *ret);

// The record of this host.
typedef struct pt_guard_scans {
    const char *path; // absolute; NULL: there is no state folder
} pt_guard_scans;

// Where it is, in `a`; `asked`: say on standard error if it cannot be used, for then every image is
// denied.
PT_CHECK pt_code pt_guard_scans_open(pt_guard_scans *s, const pt_args *args, pt_arena *a,
                                     bool asked, pt_err *e);

// The scan of the images that a digest leads to, or of the one that was the last under a name, as
// pt_scanned_why takes it. From any thread; `scans` is a pt_guard_scans.
pt_fact pt_guard_scan_of(void *scans, pt_arena *a, pt_str digest);
pt_fact pt_guard_scan_named(void *scans, pt_arena *a, pt_str name);
