// libparatia-policy: Rego policies, compiled once and evaluated by any number of threads.
//
// A policy is made of modules and functions, then compiled; queries are prepared against it.
// Neither changes from then on. JSON goes in and comes out. A text that comes with its length needs
// no NUL; what the library gives ends with one that its length does not count.
//
// Every function that may fail fills *e, unless e is NULL, and leaves it alone if it does not fail.
// Wrong use (NULL, a query before the policy is compiled) is an error, too.
//
// Rego is OPA's, 1.x; see paratia-policy(3).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PARATIA_POLICY_API __attribute__((visibility("default")))

typedef struct paratia_policy paratia_policy;
typedef struct paratia_query paratia_query;

// What went wrong: OPA's code ("rego_parse_error", "eval_conflict_error", …), or one of ours
// ("usage_error", "limit_error", "json_error"), and OPA's text with place, line and hint.
typedef struct paratia_error {
    char code[40];
    char message[4096];   // cut if it is longer
    uint32_t row, column; // of the first diagnostic; 0: none
    char file[256];       // likewise; "": none, or a query
} paratia_error;

// Text that the library made.
typedef struct paratia_answers {
    char *json; // malloc's: free(). Of paratia_policy_format: a module
    size_t n;
} paratia_answers;

typedef struct paratia_limits {
    size_t memory_bytes;   // of one evaluation's values, and of its answers; 0: 256 MiB
    uint64_t milliseconds; // of one evaluation; 0: no limit
} paratia_limits;

// -- making a policy: by one thread ---------------------------------------------------------------

PARATIA_POLICY_API paratia_policy *paratia_policy_new(void); // NULL: no memory

// NULL is fine. Queries that are still there keep what they need.
PARATIA_POLICY_API void paratia_policy_free(paratia_policy *p);

// A function of the embedder's, of up to four operands: JSON of its operands (an array) in, JSON of
// its result out, in memory of malloc's that the library frees, ended by a NUL. NULL: undefined;
// or, with *ret_error set (a text that stays), the evaluation ends with that error. It is called by
// the thread that evaluates, so that threads may call it at the same time.
typedef char *paratia_function(void *context, const char *operands, size_t n,
                               const char **ret_error);

// `name` as policies call it: "shop.price". Before the first module.
PARATIA_POLICY_API bool paratia_policy_function(paratia_policy *p, const char *name, unsigned arity,
                                                paratia_function *fn, void *context,
                                                paratia_error *e);

// Let policies use the network through `fn`, which does it, called as functions are. Without this a
// call of http.send or net.lookup_ip_addr ends the evaluation. `fn` decides who may be reached, for
// every request and every redirect, which are requests of their own. JSON goes in:
//
//   {"method": "GET", "url": "https://example.org/a", "headers": {NAME: TEXT}, "body": TEXT,
//    "host": what the header Host says, "timeout_ms": N (0: none), "tls": {"insecure": BOOLEAN,
//    "system": BOOLEAN, "server_name": TEXT, "ca": …, "ca_file": …, "ca_env": …, "cert": …, "key":
//    …}}
//
// (empty texts and false are left out of "tls"), and {"status_code": 200, "status": "200 OK",
// "headers": {NAME: [TEXT, …]}, "body": TEXT} comes out; or {"lookup": NAME}, and {"addresses":
// [TEXT, …]}. NULL: that may not be reached; or, with *ret_error set, there is no answer.
// Before the policy is compiled.
PARATIA_POLICY_API bool paratia_policy_network(paratia_policy *p, paratia_function *fn,
                                               void *context, paratia_error *e);

// Text and file name (for errors; may be NULL) are copied. `v0`: in the syntax before OPA 1.0.
// A module that is refused is not part of the policy.
PARATIA_POLICY_API bool paratia_policy_module(paratia_policy *p, const char *file, const char *text,
                                              size_t n, bool v0, paratia_error *e);

// A key that signs bundles. What is given is copied.
typedef struct paratia_key {
    const char *id;        // as signatures name it; NULL: none
    const char *algorithm; // "ES256", "RS256" …
    const char *text;      // PEM: a public key or a certificate; of HS256 …: the secret
    size_t n;
} paratia_key;

// Load a file, a folder or an archive, as `opa eval -d` does, or with `bundle` as -b: modules, and
// data, which are base documents unless paratia_policy_data gives others. With keys a bundle, and
// every archive, is used only if one of them signed all of it and the signature is not over.
// Nothing is read after the policy is compiled. If it fails the policy can only be freed.
PARATIA_POLICY_API bool paratia_policy_load(paratia_policy *p, const char *path, bool bundle,
                                            const paratia_key *keys, size_t n_keys,
                                            paratia_error *e);

// A JSON schema (JSON, copied): what it does not list, modules and queries may not ask for. `name`
// NULL: the input's, which annotations call `schema`; else "a/b" for what they call schema.a.b.
// Before the policy is compiled; of equal names the last counts.
PARATIA_POLICY_API bool paratia_policy_schema(paratia_policy *p, const char *name, const char *json,
                                              size_t n, paratia_error *e);

// `strict`: unused variables and imports, deprecated functions … are errors. Data that is there
// already must not clash with rules. A policy that does not compile can only be freed.
PARATIA_POLICY_API bool paratia_policy_compile(paratia_policy *p, bool strict, paratia_error *e);

// All that was wrong with modules and found by compiling, where an error has the first of it: an
// array of {"code", "message", "file", "row", "col", "line", "hint", "details"}; what there is none
// of is left out. By the thread that makes the policy.
PARATIA_POLICY_API bool paratia_policy_diagnostics(const paratia_policy *p, paratia_answers *ret,
                                                   paratia_error *e);

// A module as `opa fmt` writes it; of no policy. One that would come out as another module, or lose
// a comment, is an error.
PARATIA_POLICY_API bool paratia_policy_format(const char *text, size_t n, bool v0,
                                              paratia_answers *ret, paratia_error *e);

// -- using it: by any thread, once it is compiled -------------------------------------------------

// Replace the base documents (a JSON object, copied); also before the policy is compiled.
// Evaluations that are under way keep the ones that they began with.
PARATIA_POLICY_API bool paratia_policy_data(paratia_policy *p, const char *json, size_t n,
                                            paratia_error *e);

// `text` ends with a NUL. What a query was compiled to stays until the policy and all its queries
// are freed, the same text once: give what changes as input.
PARATIA_POLICY_API paratia_query *paratia_query_new(paratia_policy *p, const char *text,
                                                    paratia_error *e);
PARATIA_POLICY_API void paratia_query_free(paratia_query *q); // NULL is fine

// Evaluate with `input` (JSON; NULL: none). The answers are those of `opa eval`: an array of
// {"bindings": {…}, "expressions": [{"text": …, "value": …}]}, empty if the query is undefined.
// `limits` may be NULL. Any number of threads may evaluate the same query.
PARATIA_POLICY_API bool paratia_query_eval(const paratia_query *q, const char *input, size_t n,
                                           const paratia_limits *limits, paratia_answers *ret,
                                           paratia_error *e);

// A document that is read once and judged often, by any thread; nothing changes it.
typedef struct paratia_value paratia_value;
PARATIA_POLICY_API paratia_value *paratia_value_new(const char *json, size_t n, paratia_error *e);
PARATIA_POLICY_API void paratia_value_free(paratia_value *v); // NULL is fine

// As paratia_query_eval, with an input that was read before; NULL: none.
PARATIA_POLICY_API bool paratia_query_eval_value(const paratia_query *q, const paratia_value *input,
                                                 const paratia_limits *limits, paratia_answers *ret,
                                                 paratia_error *e);

// What a query says of an input when nobody needs to read the answers.
typedef enum paratia_verdict {
    PARATIA_UNDEFINED, // there is no answer
    PARATIA_FALSE,     // an expression of every answer is false
    PARATIA_TRUE,      // an answer has no expression that is false
} paratia_verdict;
PARATIA_POLICY_API bool paratia_query_decide(const paratia_query *q, const paratia_value *input,
                                             const paratia_limits *limits, paratia_verdict *ret,
                                             paratia_error *e);

PARATIA_POLICY_API const char *paratia_policy_version(void);

#ifdef __cplusplus
}
#endif
