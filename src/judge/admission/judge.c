// One request, judged.
#include "judge/admission/admission_impl.h"

#define MIRROR "kubernetes.io/config.mirror"

const char *pt_admission_end_word(pt_admission_end end) {
    static const char *const WORDS[] = {
        [PT_ADMISSION_ALLOWED] = "allowed", [PT_ADMISSION_EXCLUDED] = "excluded",
        [PT_ADMISSION_GLASS] = "glass",     [PT_ADMISSION_WARNED] = "warned",
        [PT_ADMISSION_DENIED] = "denied",   [PT_ADMISSION_UNJUDGED] = "unjudged",
        [PT_ADMISSION_LATE] = "late",
    };
    static_assert(PT_COUNT(WORDS) == PT_ADMISSION_END_COUNT, "each has a word");
    return WORDS[end];
}

// -- what is found --------------------------------------------------------------------------------

// Cut at a character, and so that one sees it.
static pt_str cut(pt_arena *a, pt_str s) {
    if (s.n <= PT_ADMISSION_MESSAGE_BYTES_MAX)
        return s;
    size_t n = PT_ADMISSION_MESSAGE_BYTES_MAX - 3;
    while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return pt_arena_printf(a, "%.*s…", PT_PRI(pt_str_sub(s, 0, n)));
}

static void push(pt_arena *a, void **v, size_t *n, size_t *cap, pt_str s) {
    pt_str *slot = s.p ? pt_vec_push(a, v, n, cap, sizeof s) : NULL;
    if (slot)
        *slot = s;
}
#define PUSH(c, vec, s) push((c)->a, (void **)&(vec)->v, &(vec)->n, &(vec)->cap, (s))

void pt_admission_deny(pt_admission_case *c, pt_admission_end end, int code, pt_str line) {
    if (end > c->end || !c->code) {
        c->end = end;
        c->code = code;
    }
    PUSH(c, &c->denials, line);
}

void pt_admission_warn(pt_admission_case *c, pt_str text) {
    PUSH(c, &c->v->warnings, text);
}

void pt_admission_note(pt_admission_case *c, const char *key, pt_str value) {
    PUSH(c, &c->v->annotations, pt_str_of(key));
    PUSH(c, &c->v->annotations, cut(c->a, value));
}

static pt_str join(pt_arena *a, const pt_str *lines, size_t n) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)2 * PT_ADMISSION_MESSAGE_BYTES_MAX);
    size_t i = 0;
    for (; i < n && (i == 0 || b.n + lines[i].n < PT_ADMISSION_MESSAGE_BYTES_MAX); i++) {
        pt_buf_putz(&b, i ? "\n" : "");
        pt_buf_put(&b, cut(a, lines[i]));
    }
    if (i < n)
        pt_buf_printf(&b, "\n… and %zu more", n - i);
    if (b.full)
        a->full = true;
    return pt_arena_str(a, pt_buf_str(&b));
}

// -- the request ----------------------------------------------------------------------------------

bool pt_admission_lists(const pt_str *list, size_t n, pt_str word) {
    for (size_t i = 0; word.n && i < n; i++)
        if (pt_str_eq(list[i], word))
            return true;
    return false;
}

bool pt_admission_in_groups(const pt_admission_request *r, const pt_str *groups, size_t n) {
    for (size_t i = 0; i < pt_len(r->groups); i++)
        if (pt_admission_lists(groups, n, pt_text(pt_at(r->groups, i))))
            return true;
    return false;
}

bool pt_admission_is_namespace(const pt_admission_request *r) {
    return !r->group.n && pt_str_eqz(r->kind, "Namespace");
}

bool pt_admission_writes(const pt_admission_request *r) {
    return pt_str_eqz(r->operation, "CREATE") || pt_str_eqz(r->operation, "UPDATE");
}

// The namespace that it is in, or that it is.
static pt_str namespace_of(const pt_admission_request *r) {
    if (!pt_admission_is_namespace(r))
        return r->namespace;
    pt_value object = pt_defined(r->object) ? r->object : r->old_object;
    return r->name.n ? r->name : pt_text(pt_getz(pt_getz(object, "metadata"), "name"));
}

// -- what is not judged ---------------------------------------------------------------------------

static bool is_mirror_of(pt_value pod, pt_str node) {
    pt_value annotations = pt_getz(pt_getz(pod, "metadata"), "annotations");
    return pt_defined(pt_getz(annotations, MIRROR)) &&
           pt_str_eq(pt_text(pt_getz(pt_getz(pod, "spec"), "nodeName")), node);
}

// A static pod runs already: its node reports it, and nobody can prevent it here.
static bool is_static_pod(const pt_admission_request *r) {
    static const pt_str nodes = PT_STR("system:nodes");
    static const pt_str prefix = PT_STR("system:node:");
    pt_str node = pt_str_sub(r->user, prefix.n, r->user.n);
    bool status = pt_str_eqz(r->subresource, "status");
    if (r->group.n || !pt_str_eqz(r->resource, "pods") || (r->subresource.n && !status) ||
        !pt_str_starts(r->user, prefix) || !node.n || !pt_admission_in_groups(r, &nodes, 1))
        return false;
    if (pt_str_eqz(r->operation, "CREATE"))
        return !status && is_mirror_of(r->object, node);
    if (pt_str_eqz(r->operation, "DELETE"))
        return !status && is_mirror_of(r->old_object, node);
    return status && pt_str_eqz(r->operation, "UPDATE") && is_mirror_of(r->object, node) &&
           is_mirror_of(r->old_object, node);
}

static bool is_excluded(const pt_admission_case *c) {
    pt_str namespace = namespace_of(c->r);
    for (size_t i = 0; namespace.n && i < c->p->n_excluded; i++)
        if (pt_gk_glob(c->p->excluded[i], namespace))
            return true;
    return is_static_pod(c->r);
}

// -- the end --------------------------------------------------------------------------------------

static void end_allowed(pt_admission_case *c) {
    c->v->end = c->v->warnings.n ? PT_ADMISSION_WARNED : PT_ADMISSION_ALLOWED;
    c->v->allowed = true;
    c->v->code = 200;
}

static void end_glass(pt_admission_case *c) {
    pt_admission_verdict *v = c->v;
    pt_admission_warn(c, pt_arena_printf(c->a,
                                         "the glass is broken (%.*s, by %.*s: %.*s): this is "
                                         "allowed, and would be denied otherwise",
                                         PT_PRI(v->glass_ticket), PT_PRI(v->glass_by),
                                         PT_PRI(v->glass_reason)));
    for (size_t i = 0; i < c->denials.n; i++)
        pt_admission_warn(c, c->denials.v[i]);
    pt_admission_note(c, "break-glass",
                      pt_arena_printf(c->a, "%.*s, by %.*s: %.*s", PT_PRI(v->glass_ticket),
                                      PT_PRI(v->glass_by), PT_PRI(v->glass_reason)));
    v->end = PT_ADMISSION_GLASS;
    v->allowed = true;
    v->code = 200;
}

static pt_code finish(pt_admission_case *c, pt_err *e) {
    if (!c->code)
        end_allowed(c);
    else if (pt_admission_glass_broken(c))
        end_glass(c);
    else {
        c->v->end = c->end;
        c->v->code = c->code;
    }
    if (c->code)
        c->v->message = join(c->a, c->denials.v, c->denials.n);
    return c->a->full ? pt_err_set(e, PT_E_NOMEM, "judging it needs more memory than the limit")
                      : PT_OK;
}

pt_code pt_admission_judge(pt_arena *a, const pt_admission_policy *p, const pt_admission_world *w,
                           const pt_admission_request *r, pt_admission_verdict *ret, pt_err *e) {
    pt_admission_case c = {.a = a, .p = p, .w = w, .r = r, .v = ret};
    *ret = (pt_admission_verdict){0};
    if (r->namespace.n && !pt_admission_is_namespace(r))
        c.namespace = pt_get(w->namespaces, r->namespace);
    if (!pt_admission_glass_allowed(&c)) {
        ret->end = c.end;
        ret->code = c.code;
        ret->message = join(a, c.denials.v, c.denials.n);
        return a->full ? pt_err_set(e, PT_E_NOMEM, "no memory to say no") : PT_OK;
    }
    if (is_excluded(&c)) {
        *ret = (pt_admission_verdict){.end = PT_ADMISSION_EXCLUDED, .allowed = true, .code = 200};
        return PT_OK;
    }
    pt_code code = pt_admission_by_policies(&c, e);
    if (!code)
        code = pt_admission_by_podsec(&c, e);
    if (!code)
        pt_admission_by_scans(&c);
    return code ? code : finish(&c, e);
}
