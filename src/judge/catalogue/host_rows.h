// What the host's tables share.
// clang-format off
#pragma once

// A row about mode and owner of one file.
#define FILE_MODE(ID, SEVERITY, PATH, WANT, CHANGE)                                                \
    .id = ID, .severity = SEVERITY, .kind = PT_KIND_HOST,                                          \
    .interrupts = "nothing",                                                                       \
    .remedy = CHANGE "\n",                                                                         \
    .conds = {{"file/" PATH, NULL, pt_test_mode, WANT, PT_NOT_APPLICABLE, "the file does not exist"}}
