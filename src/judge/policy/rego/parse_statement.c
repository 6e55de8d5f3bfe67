// Packages, imports, and the statements of a module in turn.
#include "judge/policy/rego/parse_impl.h"

// -- keywords as names of rules -------------------------------------------------------------------

// What, behind a keyword, makes a statement a rule of that name.
bool pt_flaw_rule_name(pt_parser *p, bool is_default) {
    enum {
        ASSIGNED = 1,
        IF = 2,
        CALLED = 4
    };
    static const struct {
        pt_token tok;
        unsigned followers;
    } names[] = {
        {PT_TOK_EVERY, ASSIGNED | IF | CALLED},
        {PT_TOK_IF, ASSIGNED | IF | CALLED},
        {PT_TOK_IN, ASSIGNED | IF | CALLED},
        {PT_TOK_SOME, ASSIGNED | IF | CALLED},
        {PT_TOK_AS, ASSIGNED | IF | CALLED},
        {PT_TOK_PACKAGE, ASSIGNED | CALLED},
        {PT_TOK_IMPORT, ASSIGNED | CALLED},
        {PT_TOK_NOT, ASSIGNED | IF},
        {PT_TOK_LOGICAL_AND, ASSIGNED | IF},
        {PT_TOK_LOGICAL_OR, ASSIGNED | IF},
        {PT_TOK_CONTAINS, IF},
    };
    unsigned followers = 0;
    for (size_t i = 0; i < PT_COUNT(names); i++)
        followers = names[i].tok == p->s.tok ? names[i].followers : followers;
    if (!followers)
        return false;
    if (!is_default) {
        pt_state saved = p->s;
        pt_scan(p);
        pt_token t = p->s.tok;
        p->s = saved;
        bool assigned = t == PT_TOK_ASSIGN || t == PT_TOK_UNIFY;
        bool headed = t == PT_TOK_IF || t == PT_TOK_CONTAINS;
        bool called = t == PT_TOK_LPAREN;
        if (!(followers & (unsigned)(assigned * ASSIGNED | headed * IF | called * CALLED)))
            return false;
    }
    pt_flaw_at(p, pt_here(p), "%s keyword cannot be used for rule name", pt_token_name(p->s.tok));
    return true;
}

// -- package --------------------------------------------------------------------------------------

// Behind the keyword: is it a path? `package.x` is a ref.
static bool at_path(pt_parser *p) {
    pt_scan_blank(p);
    if (p->s.tok == PT_TOK_DOT || p->s.tok == PT_TOK_LBRACK)
        return false;
    if (p->s.tok == PT_TOK_BLANK)
        pt_scan(p);
    if (p->s.tok != PT_TOK_IDENT && !pt_ref_keyword(p)) {
        pt_illegal_token(p);
        return false;
    }
    p->s.tok = PT_TOK_IDENT;
    return true;
}

// data, the name as a string, the other steps.
static pt_term *package_path(pt_parser *p, pt_term *t) {
    const pt_term *head = t->kind == PT_TERM_REF ? t->items.v[0] : t;
    if (head->kind != PT_TERM_VAR) {
        pt_flaw_at(p, head->loc, "unexpected %s token: expecting var", pt_term_kind_name(head));
        return NULL;
    }
    pt_term *path = pt_made(p, pt_term_new(p->arena, PT_TERM_REF, t->loc));
    pt_term *data =
        pt_made(p, pt_term_var(p->arena, head->loc, pt_sym_of(p->symbols, PT_STR("data"))));
    if (!path || !pt_add(p, &path->items, data) ||
        !pt_add(p, &path->items, pt_term_string(p, head->loc, head->sym->name)))
        return NULL;
    for (size_t i = 1; t->kind == PT_TERM_REF && i < t->items.n; i++) {
        pt_term *step = t->items.v[i];
        if (step->kind != PT_TERM_CONST || pt_tag_of(step->value) != PT_STRING) {
            pt_flaw_at(p, step->loc, "unexpected %s token: expecting string",
                       pt_term_kind_name(step));
            return NULL;
        }
        if (!pt_add(p, &path->items, step))
            return NULL;
    }
    return path;
}

static bool read_package(pt_parser *p, pt_stmt *ret) {
    *ret = (pt_stmt){.kind = PT_STMT_PACKAGE, .loc = pt_here(p)};
    if (!at_path(p))
        return false;
    pt_term *t = pt_read_term(p);
    if (t && t->kind != PT_TERM_VAR && t->kind != PT_TERM_REF) {
        pt_illegal_token(p);
        return false;
    }
    ret->package = t ? package_path(p, t) : NULL;
    if (!ret->package && !p->s.flaws)
        pt_flaw_at(p, pt_here(p), "expected path");
    return ret->package;
}

// -- import ---------------------------------------------------------------------------------------

static bool starts(const pt_term *path, const char *name) {
    const pt_term *head = path->kind == PT_TERM_REF ? path->items.v[0] : path;
    return head->kind == PT_TERM_VAR && pt_str_eqz(head->sym->name, name);
}

// The path, read without any future keyword.
static pt_term *read_path(pt_parser *p) {
    pt_keywords_saved keywords =
        pt_keywords_set(p, p->lex.keywords & ~(unsigned)PT_KEYWORDS_FUTURE);
    pt_term *t = pt_read_term(p);
    pt_keywords_restore(p, &keywords);
    for (size_t i = 1; t && t->kind == PT_TERM_REF && i < t->items.n; i++) {
        const pt_term *step = t->items.v[i];
        if (step->kind != PT_TERM_CONST || pt_tag_of(step->value) != PT_STRING) {
            pt_flaw_at(p, step->loc, "unexpected %s token: expecting string",
                       pt_term_kind_name(step));
            return NULL;
        }
    }
    if (!t || (t->kind != PT_TERM_VAR && t->kind != PT_TERM_REF)) {
        pt_flaw_at(p, pt_here(p), "expected path");
        return NULL;
    }
    return t;
}

static bool check_root(pt_parser *p, const pt_term *path) {
    static const char *const roots[] = {"input", "data", "future", "rego"};
    for (size_t i = 0; i < PT_COUNT(roots); i++) {
        if (starts(path, roots[i]))
            return true;
    }
    const pt_term *head = path->kind == PT_TERM_REF ? path->items.v[0] : path;
    pt_hint_add(p, "if this is unexpected, try updating OPA");
    pt_flaw_at(p, path->loc,
               "unexpected import path, must begin with one of: {data, future, input, rego}, got: "
               "%.*s",
               PT_PRI(head->kind == PT_TERM_VAR ? head->sym->name : pt_loc_text(head->loc)));
    return false;
}

static bool read_alias(pt_parser *p, pt_import *imp, pt_loc *ret_loc) {
    pt_scan(p);
    if (p->s.tok != PT_TOK_IDENT) {
        pt_illegal(p, "expected var");
        return false;
    }
    const pt_term *t = pt_read_term(p);
    if (t && pt_is_root(t)) {
        pt_flaw_at(p, t->loc, "unexpected import alias, must not be a reserved name, got: %.*s",
                   PT_PRI(t->sym->name));
        return false;
    }
    if (!t || t->kind != PT_TERM_VAR) {
        pt_illegal(p, "expected var");
        return false;
    }
    imp->alias = t->sym;
    *ret_loc = t->loc;
    return true;
}

// The name that the import gives must be no keyword.
static void check_name(pt_parser *p, const pt_term *path) {
    const pt_term *last = path->kind == PT_TERM_REF ? path->items.v[path->items.n - 1] : path;
    pt_str name = last->kind == PT_TERM_VAR ? last->sym->name : pt_text(last->value);
    if ((path->kind == PT_TERM_REF && starts(path, "future")) ||
        !pt_keyword_name(name, p->opts->version))
        return;
    pt_hint_add(p, "import a different path or use an alias");
    pt_flaw_at(p, last->loc, "unexpected import path, must not end with a keyword, got: %.*s",
               PT_PRI(name));
}

// Which keywords does the path name? 0: what is wrong has been told.
static unsigned future_keywords(pt_parser *p, const pt_import *imp, const pt_loc *alias) {
    const pt_term *path = imp->path;
    size_t n = path->kind == PT_TERM_REF ? path->items.n : 1;
    if (n == 1 || !pt_str_eqz(pt_text(path->items.v[1]->value), "keywords")) {
        pt_flaw_at(p, path->loc, "invalid import, must be `future.keywords`");
        return 0;
    }
    if (imp->alias) {
        pt_flaw_at(p, *alias, "`future` imports cannot be aliased");
        return 0;
    }
    if (n != 3)
        return PT_KEYWORDS_FUTURE;
    pt_token t = pt_keyword(pt_text(path->items.v[2]->value), PT_KEYWORDS_FUTURE);
    if (t == PT_TOK_IDENT) {
        pt_flaw_at(p, path->loc,
                   "unexpected keyword, must be one of [and contains every if in not or]");
        return 0;
    }
    // `every` needs `in`.
    return PT_KEYWORD(t) | (t == PT_TOK_EVERY ? PT_KEYWORD(PT_TOK_IN) : 0u);
}

static unsigned rego_keywords(pt_parser *p, const pt_import *imp, const pt_loc *alias) {
    const pt_term *path = imp->path;
    bool pair = path->kind == PT_TERM_REF && path->items.n == 2;
    pt_str version = pair ? pt_text(path->items.v[1]->value) : (pt_str){NULL, 0};
    bool v2 = pt_str_eqz(version, "v2");
    if (!v2 && !pt_str_eqz(version, "v1"))
        pt_flaw_at(p, path->loc, "invalid import `%.*s`, must be one of: `rego.v1`, `rego.v2`",
                   PT_PRI(pt_loc_text(path->loc)));
    else if (imp->alias)
        pt_flaw_at(p, *alias, "`rego` imports cannot be aliased");
    else
        return v2 ? PT_KEYWORDS_FUTURE : PT_KEYWORDS_V0_FUTURE;
    return 0;
}

// The token behind the import was read before its keywords were known.
static void add_keywords(pt_parser *p, unsigned keywords) {
    p->lex.keywords |= keywords;
    p->not_bodies = p->not_bodies || (keywords & PT_KEYWORD(PT_TOK_NOT));
    if (p->s.tok == PT_TOK_IDENT)
        p->s.tok = pt_keyword(pt_lit(p), p->lex.keywords & PT_KEYWORDS_FUTURE);
}

static bool read_import(pt_parser *p, pt_stmt *ret) {
    pt_import imp = {.loc = pt_here(p)};
    pt_loc alias = imp.loc;
    if (!at_path(p))
        return false;
    imp.path = read_path(p);
    if (!imp.path || !check_root(p, imp.path))
        return false;
    if (p->s.tok == PT_TOK_AS) {
        if (!read_alias(p, &imp, &alias))
            return false;
    } else {
        check_name(p, imp.path);
    }
    imp.loc = pt_span_last(p, imp.loc);
    *ret = (pt_stmt){.kind = PT_STMT_IMPORT, .loc = imp.loc, .import = imp};
    if (p->s.tok == PT_TOK_SUB)
        return true; // no part of the path: the caller tells
    if (starts(imp.path, "future"))
        add_keywords(p, future_keywords(p, &imp, &alias));
    else if (starts(imp.path, "rego"))
        add_keywords(p, rego_keywords(p, &imp, &alias));
    return true;
}

// -- statements -----------------------------------------------------------------------------------

static bool add_stmt(pt_parser *p, pt_stmt s) {
    pt_stmt *slot = pt_made(p, PT_PUSH(p->arena, &p->stmts));
    if (slot)
        *slot = s;
    return slot;
}

// A package or an import. *ret_done: it is one, or it is wrong.
static bool read_declaration(pt_parser *p, bool *ret_done) {
    pt_state saved = p->s;
    pt_stmt s;
    bool read = p->s.tok == PT_TOK_PACKAGE ? read_package(p, &s) : read_import(p, &s);
    *ret_done = read || p->s.flaws;
    if (!*ret_done)
        p->s = saved; // package.x is a ref
    if (read && p->s.tok == PT_TOK_SUB) {
        pt_illegal_token(p);
        return false;
    }
    return read && add_stmt(p, s);
}

static bool read_statement(pt_parser *p, bool rules) {
    if (rules && pt_flaw_rule_name(p, false))
        return false;
    bool done = false;
    if (p->s.tok == PT_TOK_PACKAGE || p->s.tok == PT_TOK_IMPORT) {
        bool read = read_declaration(p, &done);
        if (done)
            return read;
    }
    if (rules) {
        pt_state saved = p->s;
        if (pt_read_rules(p))
            return true;
        if (p->s.flaws)
            return false;
        p->s = saved;
    }
    pt_body body = pt_read_query(p, true, PT_TOK_EOF);
    return body.n &&
           add_stmt(p, (pt_stmt){.kind = PT_STMT_BODY, .loc = body.v[0]->loc, .body = body});
}

void pt_read_statements(pt_parser *p, bool rules) {
    while (p->s.tok != PT_TOK_EOF && !p->full) {
        p->height = 0;
        if (!read_statement(p, rules))
            break;
        pt_memo_forget(p);
    }
}
