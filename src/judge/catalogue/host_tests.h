// Tests of the host tables that look deeper than one scalar. As pt_test (judge/finding.h).
#pragma once

#include "judge/finding.h"

// kernel.core_pattern: a handler of the system, or an absolute path.
pt_verdict pt_test_core_pattern(pt_value v, pt_str want, pt_seen *seen);
// An array of {"path", "mode", "uid", "gid"}: each as pt_test_mode wants it. None: not applicable.
pt_verdict pt_test_modes(pt_value v, pt_str want, pt_seen *seen);
// A list of sshd's algorithms, "+a,b" and the like: none holds one of the pieces "cbc|md5".
pt_verdict pt_test_no_algorithm(pt_value v, pt_str want, pt_seen *seen);
// {"synchronised", "error_us"}: synchronised, and off by less than `want` microseconds.
pt_verdict pt_test_clock(pt_value v, pt_str want, pt_seen *seen);
// {"path", "free", "inodes"}: at least `want` percent are left of both; "inodes" may be missing.
pt_verdict pt_test_free(pt_value v, pt_str want, pt_seen *seen);
// A text whose first word is one of "a|b", in any case.
pt_verdict pt_test_first_word(pt_value v, pt_str want, pt_seen *seen);
// An integer with none of the bits of `want`, which is decimal.
pt_verdict pt_test_no_bits(pt_value v, pt_str want, pt_seen *seen);
// An array of texts without items; the evidence holds the first few and the number.
pt_verdict pt_test_few(pt_value v, pt_str want, pt_seen *seen);
// The packet filter ("firewall"): ports that Docker publishes have something that refuses before
// them.
pt_verdict pt_test_published_guarded(pt_value v, pt_str want, pt_seen *seen);
// An array without items, or of exactly one.
pt_verdict pt_test_none(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_single(pt_value v, pt_str want, pt_seen *seen);
// running/NAME: an array that is not empty.
pt_verdict pt_test_runs(pt_value v, pt_str want, pt_seen *seen);
// {"pending", "lists_age_days", "oldest_list"}: nothing waits. {"running", "newest"}: the same.
pt_verdict pt_test_no_updates(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_newest(pt_value v, pt_str want, pt_seen *seen);
