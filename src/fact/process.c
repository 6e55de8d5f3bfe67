// The table of processes: chains by pid, and each entry in one list of its age: alive in order of
// birth, dead in order of death, dead with children, or gone (replaced or evicted, freed by the
// next sweep, so that an event's pointers outlast it). Nothing walks the table but
// pt_processes_each.
#include "fact/process.h"

#include <stdlib.h>
#include <string.h>

typedef struct entry entry;

typedef struct list {
    entry *first, *last;
    size_t n;
} list;

struct entry {
    pt_process p; // first: a pt_process is its entry
    entry *chain; // of the same hash
    list *in;
    entry *before, *after;                      // in it
    entry *children, *sibling, *sibling_before; // of the tree
    pt_processes *table;
};

struct pt_processes {
    entry **chains;
    size_t n_chains, n, max, evicted;
    list live, dead, parents, gone; // parents: dead ones that have children
};

// A text that several processes may hold.
typedef struct shared {
    size_t holders, n;
    char bytes[];
} shared;

static entry *of(pt_process *p) {
    return (entry *)p;
}

static const entry *of_const(const pt_process *p) {
    return (const entry *)p;
}

static pt_process *process(entry *x) {
    return x ? &x->p : NULL;
}

// -- texts ----------------------------------------------------------------------------------------
static shared *holder(pt_str s) {
    union {
        const char *bytes;
        void *mine; // pt_process_set allocated them
    } u = {.bytes = s.p - offsetof(shared, bytes)};
    return u.mine;
}

static void drop(pt_str *field) {
    if (field->p) {
        shared *s = holder(*field);
        if (--s->holders == 0)
            free(s);
    }
    *field = (pt_str){0};
}

static void share(pt_str *to, pt_str from) {
    if (from.p)
        holder(from)->holders++;
    drop(to);
    *to = from;
}

bool pt_process_set(pt_process *p, pt_str *field, pt_str text) {
    (void)p; // whose field it is; the text knows its holders itself
    if (pt_str_eq(*field, text) && field->p)
        return true;
    shared *s = NULL;
    if (text.n && text.n < SIZE_MAX - sizeof *s - 1)
        s = malloc(sizeof *s + text.n + 1);
    if (s) {
        s->holders = 1;
        s->n = text.n;
        memcpy(s->bytes, text.p, text.n);
        s->bytes[text.n] = '\0';
    }
    drop(field);
    if (s)
        *field = (pt_str){s->bytes, s->n};
    return s || text.n == 0;
}

static pt_str *const *texts(pt_process *p, pt_str *fields[6]) {
    fields[0] = &p->comm, fields[1] = &p->exe, fields[2] = &p->exe_path;
    fields[3] = &p->args, fields[4] = &p->environment, fields[5] = &p->cwd;
    return fields;
}
#define TEXTS 6

// -- lists ----------------------------------------------------------------------------------------
static void take_out(entry *x) {
    list *l = x->in;
    if (!l)
        return;
    *(x->before ? &x->before->after : &l->first) = x->after;
    *(x->after ? &x->after->before : &l->last) = x->before;
    x->before = x->after = NULL;
    x->in = NULL;
    l->n--;
}

static void put_last(list *l, entry *x) {
    take_out(x);
    x->before = l->last;
    *(l->last ? &l->last->after : &l->first) = x;
    l->last = x;
    x->in = l;
    l->n++;
}

// -- the tree -------------------------------------------------------------------------------------
static bool is_gone(const entry *x) {
    return x->in == &x->table->gone;
}

static void leave_parent(entry *x) {
    if (!x->p.parent || is_gone(x)) // what is gone is nobody's child: it only says whose it was
        return;
    entry *parent = of(x->p.parent);
    *(x->sibling_before ? &x->sibling_before->sibling : &parent->children) = x->sibling;
    if (x->sibling)
        x->sibling->sibling_before = x->sibling_before;
    x->sibling = x->sibling_before = NULL;
    x->p.parent = NULL;
    if (!parent->children && parent->in == &parent->table->parents)
        put_last(&parent->table->dead, parent);
}

// A parent is older than its child, and whoever inherits an orphan is an ancestor: a record that
// says otherwise is wrong, and believing it could close a circle.
static bool is_older(const pt_process *a, const pt_process *b) {
    return a->start_ns < b->start_ns || (a->start_ns == b->start_ns && a->pid < b->pid);
}

void pt_process_adopt(pt_process *child, pt_process *parent) {
    entry *x = of(child);
    leave_parent(x);
    if (!parent || is_gone(x) || is_gone(of(parent)) || !is_older(parent, child))
        return;
    entry *to = of(parent);
    x->sibling = to->children;
    if (to->children)
        to->children->sibling_before = x;
    to->children = x;
    child->parent = parent;
}

pt_process *pt_process_first_child(const pt_process *p) {
    return process(of_const(p)->children);
}

pt_process *pt_process_next_child(const pt_process *child) {
    return process(of_const(child)->sibling);
}

// Those that live: the dead ones are swept before their parent, and moving them would cost each
// ancestor's death all of its descendants.
static void give_children(entry *x, pt_process *heir) {
    for (entry *child = x->children, *next; child; child = next) {
        next = child->sibling;
        if (child->p.dead)
            continue;
        pt_process_adopt(&child->p, heir);
        if (heir)
            child->p.ppid = heir->pid;
    }
}

static void orphan_children(entry *x) {
    while (x->children)
        leave_parent(x->children);
}

void pt_process_inherit(pt_process *child, const pt_process *parent) {
    pt_process from = *parent;
    pt_process *p = child;
    pt_str *mine[TEXTS];
    pt_str *theirs[TEXTS];
    texts(p, mine);
    texts(&from, theirs);
    for (size_t i = 0; i < TEXTS; i++)
        share(mine[i], *theirs[i]);
    p->sid = from.sid, p->vsid = from.vsid, p->pgid = from.pgid, p->vpgid = from.vpgid;
    p->pidns = from.pidns, p->tty = from.tty;
    p->uid = from.uid, p->gid = from.gid, p->login_uid = from.login_uid;
    p->cap_effective = from.cap_effective, p->cap_permitted = from.cap_permitted;
    p->exe_flags = from.exe_flags, p->exe_dev = from.exe_dev, p->exe_ino = from.exe_ino;
    p->exe_ctime_ns = from.exe_ctime_ns, p->exe_mtime_ns = from.exe_mtime_ns;
    p->container = from.container;
    p->stale = from.stale, p->image_ns = from.image_ns;
}

// -- the table ------------------------------------------------------------------------------------
static size_t chain_of(const pt_processes *all, uint32_t pid) {
    return (size_t)(pid * UINT32_C(2654435769)) & (all->n_chains - 1);
}

pt_processes *pt_processes_new(size_t processes_max) {
    pt_processes *all = calloc(1, sizeof *all);
    if (!all)
        return NULL;
    all->max = processes_max ? processes_max : PT_PROCESSES_MAX_DEFAULT;
    all->n_chains = 256;
    all->chains = (entry **)calloc(all->n_chains, sizeof(entry *));
    if (!all->chains) {
        free(all);
        return NULL;
    }
    return all;
}

static void free_list(list *l) {
    for (entry *x = l->first, *next; x; x = next) {
        next = x->after;
        pt_str *fields[TEXTS];
        texts(&x->p, fields);
        for (size_t i = 0; i < TEXTS; i++)
            drop(fields[i]);
        free(x);
    }
    *l = (list){0};
}

void pt_processes_free(pt_processes *all) {
    if (!all)
        return;
    free_list(&all->live);
    free_list(&all->dead);
    free_list(&all->parents);
    free_list(&all->gone);
    free((void *)all->chains);
    free(all);
}

static entry *lookup(const pt_processes *all, uint32_t pid) {
    if (!all)
        return NULL;
    entry *x = all->chains[chain_of(all, pid)];
    while (x && x->p.pid != pid)
        x = x->chain;
    return x;
}

const pt_process *pt_process_find(const pt_processes *all, uint32_t pid) {
    return process(lookup(all, pid));
}

pt_process *pt_process_get(pt_processes *all, uint32_t pid) {
    return process(lookup(all, pid));
}

// No longer found, no longer anybody's parent or child; what it says stays readable.
static void forget(pt_processes *all, entry *x) {
    entry **at = &all->chains[chain_of(all, x->p.pid)];
    while (*at != x)
        at = &(*at)->chain;
    *at = x->chain;
    x->chain = NULL;
    all->n--;
    orphan_children(x);
    pt_process *parent = x->p.parent;
    leave_parent(x);
    put_last(&all->gone, x);
    // The parent of what is gone is still its parent for whoever reads it now: it can be gone
    // itself only by a later call, and both are freed by one sweep.
    x->p.parent = parent && of(parent)->in ? parent : NULL;
}

static void make_room(pt_processes *all) {
    while (all->n >= all->max) {
        entry *x = all->dead.first ? all->dead.first : all->parents.first;
        forget(all, x ? x : all->live.first);
        all->evicted++;
    }
}

// Twice the chains once there are more entries than chains; without memory they only get longer.
static void grow(pt_processes *all) {
    if (all->n < all->n_chains)
        return;
    entry **chains = (entry **)calloc(all->n_chains * 2, sizeof(entry *));
    if (!chains)
        return;
    entry **old = all->chains;
    size_t n_old = all->n_chains;
    all->chains = chains;
    all->n_chains = n_old * 2;
    for (size_t i = 0; i < n_old; i++) {
        for (entry *x = old[i], *next; x; x = next) {
            next = x->chain;
            entry **at = &chains[chain_of(all, x->p.pid)];
            x->chain = *at;
            *at = x;
        }
    }
    free((void *)old);
}

pt_process *pt_process_add(pt_processes *all, uint32_t pid, uint64_t start_ns) {
    entry *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    entry *old = lookup(all, pid);
    if (old)
        forget(all, old);
    make_room(all);
    grow(all);
    x->table = all;
    x->p.pid = x->p.vpid = pid;
    x->p.start_ns = start_ns;
    x->p.login_uid = -1;
    entry **at = &all->chains[chain_of(all, pid)];
    x->chain = *at;
    *at = x;
    all->n++;
    put_last(&all->live, x);
    return &x->p;
}

void pt_process_end(pt_processes *all, pt_process *p, pt_process *heir) {
    entry *x = of(p);
    give_children(x, heir == p ? NULL : heir);
    if (p->dead || is_gone(x))
        return;
    p->dead = true;
    put_last(&all->dead, x);
}

void pt_processes_sweep(pt_processes *all, uint64_t before_ns) {
    while (all->dead.first && all->dead.first->p.end_ns < before_ns) {
        entry *x = all->dead.first;
        if (x->children)
            put_last(&all->parents, x); // comes back when the last one leaves
        else
            forget(all, x);
    }
    free_list(&all->gone);
}

void pt_processes_each(pt_processes *all, void (*each)(void *ctx, pt_process *p), void *ctx) {
    const list *lists[] = {&all->live, &all->dead, &all->parents};
    for (size_t i = 0; i < PT_COUNT(lists); i++)
        for (entry *x = lists[i]->first; x; x = x->after)
            each(ctx, &x->p);
}

pt_processes_count pt_processes_counted(const pt_processes *all) {
    return (pt_processes_count){all->live.n, all->dead.n + all->parents.n, all->evicted};
}
