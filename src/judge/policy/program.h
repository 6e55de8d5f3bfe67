// The compiled form of policies: a register machine. docs/policy-engine.md says why.
//
// A procedure answers one question: the value of a rule's document, of a function's call, or of a
// query. Its code fails forward: every instruction that can fail names where it goes on then, which
// is the next candidate of the innermost loop or the procedure's next clause. There is no unifier
// and no trail: after the compiler has ordered the literals, each occurrence of a variable either
// sets its register or reads it.
#pragma once

#include "judge/policy/builtin.h"

// An operand is a register of the frame, or a constant of the code.
#define PT_OPERAND_CONST UINT32_C(0x80000000)
#define PT_OPERAND_NONE  UINT32_C(0x7fffffff)

// name, what it does. `fail` is where it goes if it cannot. List: n operands from code->lists[x].
#define PT_OPS(X)                                                                              \
    X(MOVE)      /* a = b */                                                                   \
    X(JUMP)      /* go to fail */                                                              \
    X(INPUT)     /* a = input below the n keys of list b */                                    \
    X(BASE)      /* a = base data below the n keys of list b */                                \
    X(GET)       /* a = b[c] */                                                                \
    X(ITER)      /* begin a loop over b; a, a + 1 are its registers */                         \
    X(NEXT)      /* the next of loop a: value to b, key to c (or none) */                      \
    X(NODE)      /* a = the document of rule tree node b, to be walked */                      \
    X(NODE_GET)  /* a = b[c], b a document to be walked or a value */                          \
    X(NODE_ITER) /* begin a loop over document b; a … a + 2 are its registers */               \
    X(NODE_NEXT) /* the next of loop a: document to b, key to c */                             \
    X(NODE_END)  /* a = the value of document b */                                             \
    X(ARRAY)     /* a = array of list b */                                                     \
    X(SET)       /* a = set of list b */                                                       \
    X(OBJECT)    /* a = object of list b: n keys and values in turn */                         \
    X(IS_ARRAY)  /* b is an array of n items */                                                \
    X(IS_OBJECT) /* b is an object of n entries */                                             \
    X(EQ)        /* b == c */                                                                  \
    X(NE)        /* b != c */                                                                  \
    X(LT)        /* b < c */                                                                   \
    X(LE)        /* b <= c */                                                                  \
    X(GT)        /* b > c */                                                                   \
    X(GE)        /* b >= c */                                                                  \
    X(TRUE)      /* b is not false */                                                          \
    X(DEFINED)   /* b is a value */                                                            \
    X(CALL)      /* a = built-in b of list c */                                                \
    X(FUNCTION)  /* a = function node b of list c */                                           \
    X(KEPT)      /* the same, and the answer is remembered for the operands */                 \
    X(RULE)      /* a = the document of node b, remembered in the context */                   \
    X(PART)      /* a = what entry b gives for the keys of list c, remembered likewise */      \
    X(NODE_PART) /* a, a partial rule's document to be walked, becomes its part: see below */  \
    X(PRINT)     /* print array b */                                                           \
    X(GATHER)    /* begin an array, set or object (b: its tag) at a */                         \
    X(ADD)       /* put b into gathering a */                                                  \
    X(PUT)       /* put b under key c into gathering a; n: the code of a clash */              \
    X(PUT_PATH)  /* put the document that list b is the path to (the last: the leaf) into a */ \
    X(PUT_KIDS)  /* put the documents below node b into a */                                   \
    X(PUT_UNDER) /* put those that the n keys of list c leave, from their key a on */          \
    X(RESET)     /* the n registers of list b are undefined */                                 \
    X(FIND)      /* a = what table b groups under c; nothing: empty, n: its tag */             \
    X(GATHERED)  /* a = what was gathered at b */                                              \
    X(ENTER)     /* a = this context; then the one that `with` table b makes of list c */      \
    X(CONTEXT)   /* a = this context; then b's */                                              \
    X(YIELD)     /* b is an answer of this procedure, kept in a; n: pt_yield */                \
    X(RETURN)    /* the answer is a */                                                         \
    X(LOOK)      /* begin the clauses of index c for key b; a, a + 1 are its registers */      \
    X(CLAUSE)    /* go to the next clause of look-up a, of index b */                          \
    X(ANSWER)    /* list b is one answer of the query */                                       \
    X(TELL)      /* tell that n (a pt_told) happened at mark a; list b: the mark's values */

typedef enum pt_op {
#define PT_OP_ENUM(name) PT_OP_##name,
    PT_OPS(PT_OP_ENUM)
#undef PT_OP_ENUM
} pt_op;

// NODE_PART: list c begins with operands of the n next keys (none: not known), then come as many
// entries as b says. If the document's node has none of them, a stays as it is.

typedef enum pt_yield {
    PT_YIELD_RULE,     // a second, other value is a conflict of complete rules
    PT_YIELD_FUNCTION, // … of a function
    PT_YIELD_KEY,      // … of one key of a partial rule
    PT_YIELD_LAST = 4, // all candidates give the same: return at once
} pt_yield;

// A tag of GATHER with this bit: a table of such collections, by the keys of PUT.
#define PT_GATHER_GROUPS 16u
// This tag: paths below keys that are known, where nothing at all is undefined.
#define PT_GATHER_PART 32u

// The leaf of PUT_PATH.
typedef enum pt_leaf {
    PT_LEAF_VALUE, // p.a[x] := leaf
    PT_LEAF_ITEM,  // p.a[x] contains leaf
} pt_leaf;

typedef struct pt_insn {
    uint16_t op; // pt_op
    uint16_t n;
    uint32_t a, b, c;
    uint32_t fail; // an index of the same code
} pt_insn;

// -- what evaluation tells of itself, in programs that were compiled for it ----------------------

typedef enum pt_told {
    PT_TOLD_ENTER, // the mark is a rule or a body; it begins
    PT_TOLD_EXIT,  // it has an answer
    PT_TOLD_AGAIN, // it is asked for more answers; of literals too
    PT_TOLD_EVAL,  // the mark is a literal; it begins
    PT_TOLD_FAIL,  // it had no answer
    PT_TOLD_NOTE,  // the literal calls trace; the value is what it says
    PT_TOLD_CASE,  // the literal says which case of a test begins; the value is an array: its name
} pt_told;

enum {
    PT_MARK_VALUES_MAX = 64, // of one literal; what stands further right is not told
};

typedef struct pt_mark_value {
    pt_str text; // "input.x", as it was written
    uint32_t row, column;
} pt_mark_value;

// A rule, a body or a literal, and where it stands.
typedef struct pt_mark {
    pt_location place;
    pt_str written;              // the text there: of a rule, its head
    pt_str name;                 // of a rule: "data.a.p"; of a query empty, else NULL
    bool scope;                  // it is a rule or a body, else a literal
    bool made;                   // the literal is the compiler's: a call within another, say
    bool every;                  // the literal is an `every`
    uint32_t depth;              // of bodies around it, in its rule
    const pt_mark_value *values; // what FAIL tells of
    uint32_t n;
} pt_mark;

// Clauses of a rule by the constant that they compare one ref with.
typedef struct pt_rule_index_entry {
    pt_value value;
    uint32_t clause;
} pt_rule_index_entry;

typedef struct pt_rule_index_slot {
    pt_value value; // undefined: a free slot
    uint32_t first, n;
} pt_rule_index_slot;

typedef struct pt_rule_index {
    PT_VEC(pt_rule_index_entry) entries; // in the order of clauses; what it is made of
    PT_VEC(uint32_t) always;             // clauses that do not compare it
    bool composites;                     // some of the values are arrays, objects or sets
    pt_rule_index_slot *slots;           // a hash of `cap`
    uint32_t cap;
    uint32_t *clauses; // of all slots
    uint32_t *starts;  // of each clause: an instruction
    uint32_t n_starts;
} pt_rule_index;

bool pt_rule_index_seal(pt_arena *a, pt_rule_index *t); // false: the arena is full

enum {
    PT_KEYS_MAX = 8, // steps of a reference below a partial rule that an entry may know
};

typedef struct pt_chunk {
    const pt_insn *insns;
    const pt_location *places; // of each instruction
    const pt_value *consts;
    const uint32_t *lists; // operands
    const struct pt_with_plan *withs;
    const pt_rule_index *indexes;
    const struct pt_entry *entries;
    const pt_mark *marks;
    uint32_t n_insns, n_marks;
} pt_chunk;

typedef struct pt_proc {
    const pt_chunk *code;
    uint32_t start; // index of its first instruction
    uint32_t regs;  // of its frame
    uint32_t args;  // the first registers
} pt_proc;

// A partial rule's document as far as some keys are known, which stand in a reference: only what
// they leave is evaluated. The answer is what stands below the first `depth` of them, or undefined.
typedef struct pt_entry {
    uint32_t node;
    uint32_t mask;  // bit k: the k-th step below the node is known
    uint32_t lead;  // all of the first so many are
    uint32_t depth; // at most `lead`
    bool item;      // the last of them is the item of a set, and its own answer
    pt_proc proc;   // its arguments are the known keys, in order
} pt_entry;

// -- the tree of rules ----------------------------------------------------------------------------
// One node for every package and every ground prefix of a rule's head. Node 0 is `data`.

typedef struct pt_node {
    pt_value key; // a scalar
    uint32_t parent;
    uint32_t first, n; // children: nodes first … first + n - 1, sorted by key
    uint32_t depth;    // keys from the root; the root has 0
    bool has_proc;     // rules stand here: `proc` gives the document
    bool function;     // they are a function; it has no document
    bool multi;        // … as items of a set, without more variables in their heads
    bool says;         // of a function: it prints, so that it matters how often it runs
    bool open;         // heads with variables stand here: children are part of the document
    pt_proc proc;
    pt_str name; // "data.a.p"
} pt_node;

typedef enum pt_with_kind {
    PT_WITH_INPUT,   // input below `path`
    PT_WITH_DATA,    // data below `path`: base documents and rules
    PT_WITH_MOCK,    // built-in `fn` or function `node` gives a value
    PT_WITH_MOCK_BY, // … is replaced by built-in `by_fn` or function `by_node`
} pt_with_kind;

typedef struct pt_with_entry {
    pt_with_kind kind;
    uint32_t path, n_path; // keys: operands in code->lists (constants or registers)
    uint32_t node;         // the deepest node on the path
    bool whole;            // the path ends at that node
    const pt_fn *fn;       // the built-in that is mocked, or NULL: function `node`
    const pt_fn *by_fn;    // what it is replaced by, or NULL: function `by_node`
    uint32_t by_node;
} pt_with_entry;

typedef struct pt_with_plan {
    const pt_with_entry *v;
    uint32_t n; // the values are the n operands of ENTER's list
} pt_with_plan;

typedef struct pt_program {
    pt_arena *arena;
    const pt_node *nodes;
    uint32_t n_nodes;
    const pt_fn *const *fns; // built-ins, as CALL numbers them; of queries too
    uint32_t n_fns;
    const pt_entry *entries; // that rules ask for
    uint32_t n_entries;
    bool prints;          // some rule does
    bool reaches_out;     // some rule calls what others notice: the network, an embedder's function
    const pt_mark *marks; // of all rules; none unless it was compiled to tell
    uint32_t n_marks;
} pt_program;
