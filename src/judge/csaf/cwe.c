// Names of the weaknesses (MITRE's CWE) that advisories name most.
#include "judge/csaf/impl.h"

static const struct {
    const char *id, *name;
} weaknesses[] = {
    {"CWE-20", "Improper Input Validation"},
    {"CWE-22", "Improper Limitation of a Pathname to a Restricted Directory ('Path Traversal')"},
    {"CWE-59", "Improper Link Resolution Before File Access ('Link Following')"},
    {"CWE-74", "Improper Neutralization of Special Elements in Output Used by a Downstream "
               "Component ('Injection')"},
    {"CWE-77",
     "Improper Neutralization of Special Elements used in a Command ('Command Injection')"},
    {"CWE-78", "Improper Neutralization of Special Elements used in an OS Command ('OS Command "
               "Injection')"},
    {"CWE-79", "Improper Neutralization of Input During Web Page Generation ('Cross-site "
               "Scripting')"},
    {"CWE-88",
     "Improper Neutralization of Argument Delimiters in a Command ('Argument Injection')"},
    {"CWE-89", "Improper Neutralization of Special Elements used in an SQL Command ('SQL "
               "Injection')"},
    {"CWE-94", "Improper Control of Generation of Code ('Code Injection')"},
    {"CWE-119", "Improper Restriction of Operations within the Bounds of a Memory Buffer"},
    {"CWE-120", "Buffer Copy without Checking Size of Input ('Classic Buffer Overflow')"},
    {"CWE-121", "Stack-based Buffer Overflow"},
    {"CWE-122", "Heap-based Buffer Overflow"},
    {"CWE-125", "Out-of-bounds Read"},
    {"CWE-134", "Use of Externally-Controlled Format String"},
    {"CWE-190", "Integer Overflow or Wraparound"},
    {"CWE-191", "Integer Underflow (Wrap or Wraparound)"},
    {"CWE-200", "Exposure of Sensitive Information to an Unauthorized Actor"},
    {"CWE-203", "Observable Discrepancy"},
    {"CWE-250", "Execution with Unnecessary Privileges"},
    {"CWE-252", "Unchecked Return Value"},
    {"CWE-269", "Improper Privilege Management"},
    {"CWE-276", "Incorrect Default Permissions"},
    {"CWE-284", "Improper Access Control"},
    {"CWE-285", "Improper Authorization"},
    {"CWE-287", "Improper Authentication"},
    {"CWE-295", "Improper Certificate Validation"},
    {"CWE-306", "Missing Authentication for Critical Function"},
    {"CWE-311", "Missing Encryption of Sensitive Data"},
    {"CWE-312", "Cleartext Storage of Sensitive Information"},
    {"CWE-319", "Cleartext Transmission of Sensitive Information"},
    {"CWE-327", "Use of a Broken or Risky Cryptographic Algorithm"},
    {"CWE-330", "Use of Insufficiently Random Values"},
    {"CWE-345", "Insufficient Verification of Data Authenticity"},
    {"CWE-347", "Improper Verification of Cryptographic Signature"},
    {"CWE-352", "Cross-Site Request Forgery (CSRF)"},
    {"CWE-362", "Concurrent Execution using Shared Resource with Improper Synchronization ('Race "
                "Condition')"},
    {"CWE-367", "Time-of-check Time-of-use (TOCTOU) Race Condition"},
    {"CWE-369", "Divide By Zero"},
    {"CWE-384", "Session Fixation"},
    {"CWE-400", "Uncontrolled Resource Consumption"},
    {"CWE-401", "Missing Release of Memory after Effective Lifetime"},
    {"CWE-415", "Double Free"},
    {"CWE-416", "Use After Free"},
    {"CWE-426", "Untrusted Search Path"},
    {"CWE-427", "Uncontrolled Search Path Element"},
    {"CWE-434", "Unrestricted Upload of File with Dangerous Type"},
    {"CWE-444", "Inconsistent Interpretation of HTTP Requests ('HTTP Request/Response Smuggling')"},
    {"CWE-476", "NULL Pointer Dereference"},
    {"CWE-502", "Deserialization of Untrusted Data"},
    {"CWE-522", "Insufficiently Protected Credentials"},
    {"CWE-532", "Insertion of Sensitive Information into Log File"},
    {"CWE-601", "URL Redirection to Untrusted Site ('Open Redirect')"},
    {"CWE-611", "Improper Restriction of XML External Entity Reference"},
    {"CWE-617", "Reachable Assertion"},
    {"CWE-639", "Authorization Bypass Through User-Controlled Key"},
    {"CWE-667", "Improper Locking"},
    {"CWE-674", "Uncontrolled Recursion"},
    {"CWE-732", "Incorrect Permission Assignment for Critical Resource"},
    {"CWE-770", "Allocation of Resources Without Limits or Throttling"},
    {"CWE-772", "Missing Release of Resource after Effective Lifetime"},
    {"CWE-787", "Out-of-bounds Write"},
    {"CWE-798", "Use of Hard-coded Credentials"},
    {"CWE-824", "Access of Uninitialized Pointer"},
    {"CWE-835", "Loop with Unreachable Exit Condition ('Infinite Loop')"},
    {"CWE-843", "Access of Resource Using Incompatible Type ('Type Confusion')"},
    {"CWE-862", "Missing Authorization"},
    {"CWE-863", "Incorrect Authorization"},
    {"CWE-908", "Use of Uninitialized Resource"},
    {"CWE-918", "Server-Side Request Forgery (SSRF)"},
    {"CWE-1284", "Improper Validation of Specified Quantity in Input"},
    {"CWE-1321", "Improperly Controlled Modification of Object Prototype Attributes ('Prototype "
                 "Pollution')"},
    {"CWE-1333", "Inefficient Regular Expression Complexity"},
};

// Names change from one edition to the next, so that another name is not yet a wrong one; that of
// another weakness is.
void pt_csaf_cwe(pt_csaf *c) {
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_value cwe = pt_getz(pt_at(c->vulns, i), "cwe");
        pt_str id = pt_csaf_text(cwe, "id");
        for (size_t k = 0; k < PT_COUNT(weaknesses); k++)
            if (pt_str_eqz(pt_csaf_text(cwe, "name"), weaknesses[k].name) &&
                !pt_str_eqz(id, weaknesses[k].id))
                pt_csaf_found(c, "its name is that of another weakness", id);
    }
}
