// libfyaml, silenced. It writes to stderr whatever it is told in some paths unless it has an output
// function of its own; its first error is the cause, the others follow from it.
#include "value/yaml_impl.h"

static void swallow(struct fy_diag *diag, void *user, const char *buf, size_t len) {
    (void)diag;
    (void)user;
    (void)buf;
    (void)len;
}

pt_code pt_yaml_parser_open(pt_yaml_parser *p, pt_str bytes, pt_yaml_dialect dialect, pt_err *e) {
    // Go's reader is of YAML 1.1: its line breaks, and flow style that ignores indentation.
    // Nesting is bounded by the builder, which needs no stack for it.
    static const unsigned of_dialect[] = {
        [PT_YAML_KUBERNETES] = FYPCF_DEFAULT_VERSION_1_1 | FYPCF_SLOPPY_FLOW_INDENTATION,
        [PT_YAML_CORE] = FYPCF_DEFAULT_VERSION_1_2,
        [PT_YAML_GO] = FYPCF_DEFAULT_VERSION_1_1 | FYPCF_SLOPPY_FLOW_INDENTATION,
    };
    // Not by fy_diag_cfg_default: it asks the kernel whether stderr is a terminal, which kills a
    // worker behind its walls.
    const struct fy_diag_cfg diag = {
        .output_fn = swallow, .level = FYET_ERROR, .module_mask = (1U << FYEM_MAX) - 1};
    *p = (pt_yaml_parser){.bytes = bytes, .diag = fy_diag_create(&diag)};
    if (!p->diag)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    fy_diag_set_collect_errors(p->diag, true);
    struct fy_parse_cfg cfg = {
        .flags = (enum fy_parse_cfg_flags)(of_dialect[dialect] | FYPCF_QUIET | FYPCF_JSON_NONE |
                                           FYPCF_DISABLE_DEPTH_LIMIT),
        .diag = p->diag,
    };
    p->fyp = fy_parser_create(&cfg);
    if (p->fyp &&
        fy_parser_set_string(p->fyp, bytes.n ? bytes.p : "\n", bytes.n ? bytes.n : 1) == 0)
        return PT_OK;
    pt_yaml_parser_close(p);
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

void pt_yaml_parser_close(pt_yaml_parser *p) {
    if (p->fyp)
        fy_parser_destroy(p->fyp);
    if (p->diag)
        fy_diag_destroy(p->diag);
    *p = (pt_yaml_parser){0};
}

pt_str pt_yaml_token_text(struct fy_token *t) {
    size_t n = 0;
    const char *p = t ? fy_token_get_text(t, &n) : NULL;
    return (pt_str){p, p ? n : 0};
}

// To Go's scanner it ends at another character, and what follows is a text: `&a:b` is the text
// ":b".
static bool is_name(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-')
            return false;
    }
    return true;
}

const char *pt_yaml_parser_otherwise(const pt_yaml_parser *p, pt_yaml_dialect dialect,
                                     struct fy_event *ev, size_t *ret_at) {
    if (dialect == PT_YAML_CORE)
        return NULL;
    struct fy_token *name =
        ev->type == FYET_ALIAS ? ev->alias.anchor : fy_event_get_anchor_token(ev);
    const struct fy_mark *from = name ? fy_token_start_mark(name) : NULL;
    if (from && !is_name(pt_yaml_token_text(name))) {
        *ret_at = from->input_pos;
        return "the name of an anchor may hold A-Z, a-z, 0-9, _ and - only";
    }
    struct fy_token *tag = fy_event_get_tag_token(ev);
    const struct fy_mark *to = tag ? fy_token_end_mark(tag) : NULL;
    if (!to || to->input_pos >= p->bytes.n || strchr(" \t\r\n", p->bytes.p[to->input_pos]))
        return NULL;
    *ret_at = to->input_pos;
    return "a tag without a blank behind it"; // commas and brackets belong to it
}

pt_code pt_yaml_fault(pt_str bytes, size_t offset, pt_code code, const char *what, pt_err *e) {
    pt_err_set(e, code, "%s%s", code == PT_E_FORMAT ? "not valid YAML: " : "", what);
    if (e) {
        e->offset = offset;
        pt_line_of(bytes, offset, &e->line, &e->column);
    }
    return code;
}

// libfyaml's words to the operator's. The first that begins the message counts.
static const struct {
    const char *theirs, *ours, *remedy;
} sentences[] = {
    {"tab character may not", "a tab where indentation is expected", "indent with spaces"},
    {"invalid tab ", "a tab where indentation is expected", "indent with spaces"},
    {"cannot use tab ", "a tab where indentation is expected", "indent with spaces"},
    {"Indentation used tabs", "a tab where indentation is expected", "indent with spaces"},
    {"invalid nested block mapping", "a second \": \" on one line",
     "put the text in quotes, or the inner key on a line of its own"},
    {"invalid block mapping key on same line", "a second key on one line", NULL},
    {"did not find expected key", "a key is expected here", NULL},
    {"did not find expected '-'", "a list item (\"- \") is expected here", NULL},
    {"did not find expected node content", "a value is expected here", NULL},
    {"could not find expected ':'", "a key without \":\"", NULL},
    {"missing ':'", "a key without \":\"", NULL},
    {"invalid value after mapping", "text without \":\" where a key is expected", NULL},
    {"invalid mapping in plain multiline", "a line that is indented less than the one above it",
     "indent keys of one map equally"},
    {"invalid indentation in mapping", "a key that is indented unlike the others of its map",
     "indent keys of one map equally"},
    {"invalid mapping indent for", "a key that is indented unlike the others of its map",
     "indent keys of one map equally"},
    {"wrongly indented sequence item", "a list item that is indented unlike the others", NULL},
    {"wrong indendation in sequence", "a list item that is indented unlike the others", NULL},
    {"invalid scalar at the end of block sequence", "text where a list item (\"- \") is expected",
     NULL},
    {"block sequence on the same line", "a list item (\"- \") on the line of its key",
     "begin the list on a line of its own"},
    {"block sequence entries not allowed", "a list item (\"- \") is not possible here", NULL},
    {"illegal block sequence on the same line", "a list item (\"- \") on the line of its anchor",
     NULL},
    {"invalid mapping key (not allowed", "a key is not possible here", NULL},
    {"flow sequence without a closing bracket", "the closing bracket ] is missing", NULL},
    {"mismatched flow", "a closing bracket or brace that does not match the opening one", NULL},
    {"missing comma in flow", "a comma is missing between two entries", NULL},
    {"flow sequence with invalid extra comma", "a comma too many", NULL},
    {"flow sequence with invalid comma", "a comma without an entry before it", NULL},
    {"double-quoted scalar without closing", "the closing double quote is missing", NULL},
    {"single-quoted scalar without closing", "the closing single quote is missing", NULL},
    {"invalid trailing content after", "text behind the closing quote", NULL},
    {"invalid escape", "an escape that YAML does not know",
     "use single quotes to keep a backslash as it is"},
    {"double-quoted scalar has invalid", "an escape with wrong digits", NULL},
    {"plain scalar cannot start with blank", "a character that no text can begin with", NULL},
    {"plain scalar cannot start with", "a character that no text without quotes can begin with",
     "put the text in quotes"},
    {"wrongly indented", "this is indented less than what it belongs to", NULL},
    {"block scalar with wrongly indented", "the text below | or > is indented less than its blanks",
     NULL},
    {"invalid multiline", "a key that spans several lines", NULL},
    {"undefined tag prefix", "a tag whose prefix nobody declared", NULL},
    {"missing document start", "text behind the end of the document", NULL},
    {"invalid content after document end", "text behind \"...\"", NULL},
    {"stream with directives without", "a % line without a document", "remove the % line"},
    {"directive(s) without a document", "a % line without a document", "remove the % line"},
    {"missing explicit document end", "a % line inside a document", NULL},
    {"invalid combination of anchor plus alias", "an alias cannot have an anchor", NULL},
    {"invalid document-", "a document marker inside a quoted text", NULL},
};

static pt_code fault_of(const pt_yaml_parser *p, const struct fy_diag_error *error, pt_err *e) {
    const struct fy_mark *mark = error->fyt ? fy_token_start_mark(error->fyt) : NULL;
    size_t at = mark && mark->input_pos <= p->bytes.n ? mark->input_pos : p->bytes.n;
    for (size_t i = 0; i < PT_COUNT(sentences); i++)
        if (pt_str_starts(pt_str_of(error->msg), pt_str_of(sentences[i].theirs))) {
            pt_yaml_fault(p->bytes, at, PT_E_FORMAT, sentences[i].ours, e);
            if (sentences[i].remedy)
                pt_err_remedy(e, "%s", sentences[i].remedy);
            return PT_E_FORMAT;
        }
    return pt_yaml_fault(p->bytes, at, PT_E_FORMAT, error->msg, e);
}

pt_code pt_yaml_parser_fault(const pt_yaml_parser *p, pt_err *e) {
    void *iter = NULL;
    const struct fy_diag_error *error;
    while ((error = fy_diag_errors_iterate(p->diag, &iter)))
        if (error->type == FYET_ERROR && error->msg)
            return fault_of(p, error, e);
    return pt_yaml_fault(p->bytes, 0, PT_E_FORMAT, "libfyaml refuses it without a reason", e);
}
