// The walls around a process that reads bytes of an attacker's making, in two steps: first the
// server that forks the jobs, then each job. What a flaw in a parser is worth behind them: the
// descriptors that the job was given, some memory, some seconds, and a wrong answer.
#pragma once

#include "base/err.h"

// Of the server, before it has any hostile byte: no capability, nobody's user and group if it was
// root, no_new_privs, no file at all (Landlock, where the kernel has it), and of system calls those
// that taking descriptors, forking and waiting need; any other kills it.
// PT_E_UNSUPPORTED: the kernel refuses; nothing must be read then. A kernel without Landlock is no
// refusal: open is not among the calls either.
PT_CHECK pt_code pt_sandbox_serve(pt_err *e);

typedef struct pt_sandbox_limits {
    uint32_t seconds; // of processor and of wall clock: then it is killed
    size_t bytes_max; // of address space; 0: no limit (sanitizers need terabytes)
} pt_sandbox_limits;

// Of a job, for good: limits of resources, and of system calls only reading and writing what is
// open, memory, and the end; any other kills it. What it needs to open, load or allocate by other
// calls comes before. The same errors.
PT_CHECK pt_code pt_sandbox_enter(const pt_sandbox_limits *l, pt_err *e);
