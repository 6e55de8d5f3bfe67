// What paratia-sensor and the programs in the kernel share beside the records themselves (wire.h):
// which calls are wanted and how their arguments are read, the counters, the areas to build records
// in. Both are of one build, so that nothing here has a version.
#pragma once

#include "collect/runtime/wire.h"

// -- arguments ------------------------------------------------------------------------------------
// How one argument of a call is read. `from` is the call's argument (0 to 5), `with` says more.
enum pt_how {
    PT_HOW_NONE,
    PT_HOW_RESULT,      // the call's result
    PT_HOW_LONG,        // 64 bits as they are (32 of a 32-bit call)
    PT_HOW_INT,         // 32 bits, signed
    PT_HOW_UINT,        // 32 bits, unsigned
    PT_HOW_TEXT,        // of a pointer
    PT_HOW_PATH,        // of a pointer; joined with the working directory if it is relative
    PT_HOW_PATH_AT,     // joined with the descriptor that argument `with` is
    PT_HOW_ADDRESS,     // a socket address of `from`, its length is argument `with`
    PT_HOW_ADDRESS_OUT, // the same, argument `with` points to its length
    PT_HOW_DATA,        // bytes of `from`, as many as the result says
    PT_HOW_DATA_OF,     // bytes of `from`, as many as argument `with` says
    PT_HOW_VECTOR,      // a struct iovec: the first piece
    PT_HOW_MESSAGE,     // a struct msghdr: a datagram's address, the first piece of its data
    PT_HOW_MESSAGES,    // the first of many struct mmsghdr
    PT_HOW_BYTES,       // bytes of `from`, as many as argument `with` says or (PT_BYTES_RESULT) the
                        // result
    PT_HOW_CAPS,        // a set of struct __user_cap_data, `with` bytes behind its start
    PT_HOW_FIELD,       // 8 bytes of the structure at `from`, `with` bytes behind its start
    PT_HOW_FIELD_4,     // 4 bytes, unsigned
    PT_HOW_SIGNED_4,    // 4 bytes, signed
    PT_HOW_TEXT_IF,     // a text, if argument 0 is `with`
};

enum pt_call_flag {
    PT_CALL_ENTRY = 1 << 0, // its text or address is copied at entry: other threads could change it
    PT_CALL_NEW = 1 << 1,   // tells of a new process: what succeeds is told by the fork program
    PT_CALL_EXEC = 1 << 2,  // what succeeds is told by the exec program
    PT_CALL_OPENED = 1 << 3,   // the result is a file that was opened by a path
    PT_CALL_ACCEPTED = 1 << 4, // the result is a connection that this end took
    PT_CALL_CWD = 1 << 5,      // the working directory is another afterwards
    PT_CALL_IDS = 1 << 6,      // session and process group are
};

#define PT_BYTES_RESULT 255
#define PT_CALL_ARGS    8
#define PT_CALLS        512
#define PT_NO_FILE      255 // of pt_call.file
#define PT_FILE_RESULT  254

struct pt_call_arg {
    uint8_t index; // of PT_WIRE_ARG
    uint8_t how;   // pt_how
    uint8_t from, with;
};
struct pt_call {
    uint8_t n;
    uint8_t file;  // the argument whose descriptor the event is about, PT_FILE_RESULT or PT_NO_FILE
    uint8_t flags; // pt_call_flag
    uint8_t entry; // of PT_CALL_ENTRY: the row of `arg` that is copied
    struct pt_call_arg arg[PT_CALL_ARGS];
};

// -- counters: an array that readers map, one element a processor
// -------------------------------------
enum {
    PT_LOST_SPACE,
    PT_LOST_LARGE,
    PT_LOST_FAULT,
    PT_LOST_MAP,
    PT_LOST_SHED,
    PT_LOST_KINDS,
};
struct pt_sensor_cpu {
    uint64_t sent, bytes, filtered;
    uint64_t lost[PT_LOST_KINDS];
    uint64_t sequence;
    uint64_t gap; // something was lost since the last record that was sent
    uint64_t reserved[6];
};
// The element behind the last processor's: what readers say.
struct pt_sensor_reader {
    uint64_t asleep; // nobody looks at the rings: the next record must wake him
    uint64_t reserved[15];
};

// -- areas
// ---------------------------------------------------------------------------------------------- A
// record is built in an area of its processor and of its program: a program that another one
// interrupted must not find its bytes changed.
enum pt_slot {
    PT_SLOT_CALL,
    PT_SLOT_EXEC,
    PT_SLOT_FORK,
    PT_SLOT_EXIT,
    PT_SLOT_SNAPSHOT,
    PT_SLOTS,
};

#define PT_AREA_BYTES 32768 // a power of two; a part begins below PT_AREA_LAST
#define PT_AREA_LAST  24000
struct pt_area {
    uint32_t used, parts;
    uint32_t flags;    // pt_wire_flag of the record
    uint32_t large;    // a part did not fit
    uint32_t dirs;     // how many descriptors of directories the call named so far
    uint32_t relative; // the working directory is a part of it
    uint32_t compat;   // a call of 32 bits
    uint32_t type;
    int64_t result;
    uint64_t args[8];                     // of the call, six of them
    uint64_t scalar;                      // through here a pointer becomes a number (record.bpf.h)
    uint32_t path_at, path_end;           // the path that was walked last, in `path`
    uint8_t path[PT_WIRE_TEXT_MAX + 256]; // walked from its end to its start
    uint8_t bytes[PT_AREA_BYTES + PT_WIRE_TEXT_MAX + 64];
};

// What a thread's call was given, read before the kernel reads it.
struct pt_entry {
    uint32_t type;
    int32_t length; // of the text, without its NUL; negative: it could not be read
    uint8_t text[PT_WIRE_TEXT_MAX];
};
#define PT_EXEC_ARGS_MAX 16 // pointers of argv that are followed when exec fails
struct pt_exec_entry {
    struct pt_entry path;
    uint32_t length, cut;
    uint8_t argv[PT_WIRE_TEXT_MAX + PT_WIRE_TEXT_MAX];
};

// Settings, fixed before loading.
struct pt_sensor_settings {
    uint64_t wanted[PT_CALLS / 64 + 1]; // by type; a bit behind the calls' is PROCEXIT's
    uint64_t secret;                    // addresses of the kernel are shown mixed with it
    uint32_t ours[2];                   // thread groups that are never told of
    uint32_t rings;                     // 1, or one a processor
    uint32_t cpus;
    uint32_t data_bytes;
    uint8_t environment;
    uint8_t by_cgroup;
    uint8_t reserved[6];
};
