#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/verb.h"

void pt_say_error(const pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(8192);
    pt_buf_putz(&b, "error: ");
    pt_buf_put_safe(&b, pt_str_of(e->what));
    if (e->where[0]) {
        pt_buf_putz(&b, "\n  at:  ");
        pt_buf_put_safe(&b, pt_str_of(e->where));
        if (e->line)
            pt_buf_printf(&b, ":%u:%u", e->line, e->column);
    }
    if (e->remedy[0]) {
        pt_buf_putz(&b, "\n  try: ");
        pt_buf_put_safe(&b, pt_str_of(e->remedy));
    }
    fprintf(stderr, "%.*s\n", PT_PRI(pt_buf_str(&b)));
}

pt_code pt_put_stdout(pt_str text, pt_err *e) {
    pt_err why = {0};
    pt_code code = pt_fd_write_all(STDOUT_FILENO, text, &why);
    if (!code || why.sys == EPIPE)
        return PT_OK;
    *e = why;
    return code;
}

pt_code pt_put_json(pt_str json, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(SIZE_MAX);
    if (!isatty(STDOUT_FILENO))
        return pt_put_stdout(json, e);
    pt_buf_put_safe_json(&b, json);
    return b.full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : pt_put_stdout(pt_buf_str(&b), e);
}

void pt_help_top(pt_buf *b) {
    pt_buf_putz(b, "Paratia keeps a breach in one container from sinking the host.\n\n"
                   "  sudo paratia audit            judge this host, Docker and its containers\n"
                   "  paratia check deploy/         judge Kubernetes manifests\n"
                   "  paratia explain PT-CTR-SOCKET why a check matters and what to do\n\n"
                   "Verbs\n");
    for (const pt_verb *v = pt_verbs; v->name; v++)
        pt_buf_printf(b, "  %-8s %s\n", v->name, v->summary);
    pt_buf_putz(b, "\nEverywhere\n"
                   "  --help of a verb shows an example, its defaults and exit codes\n"
                   "  --version, --completion bash|zsh|fish, --man [VERB]\n\n"
                   "Exit  0 nothing at or above --fail-on   1 findings   2 usage   3 could not\n");
}

// Bytes that do not begin a code point take no cell of their own ("…" is three bytes, one cell).
static size_t cells(const char *z) {
    size_t n = 0;
    for (; *z; z++)
        n += (*z & 0xc0) != 0x80;
    return n;
}

enum {
    HELP_CELLS = 80
};

// "text               [default]", the bracket at the right edge.
static void put_fallback(pt_buf *b, const pt_option *o, size_t used) {
    if (o->fallback) {
        size_t width = cells(o->fallback) + 2;
        size_t at = HELP_CELLS > used + width ? HELP_CELLS - used - width : 1;
        pt_buf_fill(b, ' ', at);
        pt_buf_printf(b, "[%s]", o->fallback);
    }
    pt_buf_putc(b, '\n');
}

static void put_option(pt_buf *b, const pt_option *o) {
    char left[64];
    char brief[8] = "";
    if (o->short_name)
        snprintf(brief, sizeof brief, "-%c, ", o->short_name);
    snprintf(left, sizeof left, "  %s--%s%s%s", brief, o->name, o->arg ? " " : "",
             o->arg ? o->arg : "");
    size_t used = cells(left);
    pt_buf_putz(b, left);
    size_t pad = used < 24 ? 24 - used : 2;
    pt_buf_fill(b, ' ', pad);
    pt_buf_putz(b, o->help);
    put_fallback(b, o, used + pad + cells(o->help));
}

// All options of a verb, or those that a subcommand takes, under their headings.
static void put_options(pt_buf *b, const pt_verb *v, const pt_sub *s) {
    const char *heading = NULL;
    for (const pt_option *o = v->options; o && o->name; o++) {
        heading = o->group ? o->group : heading;
        if (s && !pt_sub_takes(s, o))
            continue;
        if (heading)
            pt_buf_printf(b, "\n%s\n", heading);
        heading = NULL;
        put_option(b, o);
    }
    pt_buf_putc(b, '\n');
}

void pt_help_sub(pt_buf *b, const pt_verb *v, const pt_sub *s) {
    pt_buf_printf(b, "paratia %s %s: %s\n\n  %s\n", v->name, s->name, s->about, s->example);
    put_options(b, v, s);
    if (v->files)
        pt_buf_printf(b, "Files  %s\n", v->files);
    pt_buf_printf(b, "Exit   %s\nSee    paratia %s --help\n", s->exits, v->name);
}

void pt_help_verb(pt_buf *b, const pt_verb *v) {
    pt_buf_printf(b, "paratia %s%s%s: %s\n\n  %s\n", v->name, v->operands[0] ? " " : "",
                  v->operands, v->about, v->example);
    if (v->subs)
        pt_buf_printf(b, "\nWhat (paratia %s WHAT --help says more)\n", v->name);
    for (const pt_sub *s = v->subs; s && s->name; s++)
        pt_buf_printf(b, "  %-8s %s\n", s->name, s->summary);
    put_options(b, v, NULL);
    if (v->files)
        pt_buf_printf(b, "Files  %s\n", v->files);
    pt_buf_printf(b, "Exit   %s\n",
                  v->exits
                      ? v->exits
                      : "0 nothing at or above --fail-on   1 findings   2 usage   3 could not");
    if (v->see)
        pt_buf_printf(b, "See    %s\n", v->see);
}

// roff: a line that begins with a dot or a quote is a request, '-' is a hyphen unless escaped.
static void put_roff(pt_buf *b, const char *z) {
    bool start = true;
    for (; *z; z++) {
        if (start && (*z == '.' || *z == '\''))
            pt_buf_putz(b, "\\&");
        if (*z == '\\' || *z == '-')
            pt_buf_putc(b, '\\');
        pt_buf_putc(b, *z);
        start = *z == '\n';
    }
}

static void man_options(pt_buf *b, const pt_verb *v) {
    pt_buf_putz(b, ".SH OPTIONS\n");
    for (const pt_option *o = v->options; o && o->name; o++) {
        pt_buf_putz(b, ".TP\n\\fB\\-\\-");
        put_roff(b, o->name);
        pt_buf_putz(b, "\\fR");
        if (o->short_name)
            pt_buf_printf(b, ", \\fB\\-%c\\fR", o->short_name);
        if (o->arg) {
            pt_buf_putz(b, " \\fI");
            put_roff(b, o->arg);
            pt_buf_putz(b, "\\fR");
        }
        pt_buf_putc(b, '\n');
        put_roff(b, o->help);
        if (o->fallback) {
            pt_buf_putz(b, " (default: ");
            put_roff(b, o->fallback);
            pt_buf_putc(b, ')');
        }
        pt_buf_putc(b, '\n');
    }
}

static void man_subs(pt_buf *b, const pt_verb *v) {
    for (const pt_sub *s = v->subs; s && s->name; s++) {
        pt_buf_printf(b, "%s.SS %s %s\n", s == v->subs ? ".SH SUBCOMMANDS\n" : "", v->name,
                      s->name);
        put_roff(b, s->about);
        pt_buf_putz(b, "\n.PP\nOptions:");
        for (const pt_option *o = v->options; o && o->name; o++)
            if (pt_sub_takes(s, o)) {
                pt_buf_putz(b, " \\-\\-");
                put_roff(b, o->name);
            }
        pt_buf_putz(b, "\n.PP\nExample: ");
        put_roff(b, s->example);
        pt_buf_putz(b, "\n.PP\nExit: ");
        put_roff(b, s->exits);
        pt_buf_putc(b, '\n');
    }
}

static void man_exit(pt_buf *b, const char *exits) {
    pt_buf_putz(b, ".SH EXIT STATUS\n");
    if (exits) {
        put_roff(b, exits);
        pt_buf_putc(b, '\n');
        return;
    }
    pt_buf_putz(b, ".TP\n0\nnothing at or above \\-\\-fail\\-on\n.TP\n1\nfindings "
                   "at or above it\n.TP\n2\nusage error\n.TP\n3\ncould not do the job\n");
}

void pt_help_man(pt_buf *b, const pt_verb *v) {
    if (!v) {
        pt_buf_putz(b, ".TH PARATIA 1 \"\" \"Paratia " PT_VERSION "\"\n.SH NAME\nparatia \\- the "
                       "bulkhead for container hosts\n.SH SYNOPSIS\n\\fBparatia\\fR \\fIVERB\\fR "
                       "[\\fIOPTION\\fR...]\n.SH VERBS\n");
        for (v = pt_verbs; v->name; v++) {
            pt_buf_printf(b, ".TP\n\\fBparatia\\-%s\\fR(1)\n", v->name);
            put_roff(b, v->summary);
            pt_buf_putc(b, '\n');
        }
        man_exit(b, NULL);
        return;
    }
    pt_buf_printf(b,
                  ".TH PARATIA\\-%s 1 \"\" \"Paratia " PT_VERSION "\"\n.SH NAME\nparatia\\-%s \\- ",
                  v->name, v->name);
    put_roff(b, v->summary);
    pt_buf_printf(b, "\n.SH SYNOPSIS\n\\fBparatia %s\\fR [\\fIOPTION\\fR...] ", v->name);
    put_roff(b, v->operands);
    pt_buf_putz(b, "\n.SH DESCRIPTION\n");
    put_roff(b, v->about);
    pt_buf_putc(b, '\n');
    man_subs(b, v);
    man_options(b, v);
    pt_buf_putz(b, ".SH EXAMPLE\n.nf\n");
    put_roff(b, v->example);
    pt_buf_putz(b, "\n.fi\n");
    man_exit(b, v->exits);
    if (v->files) {
        pt_buf_putz(b, ".SH FILES\n");
        put_roff(b, v->files);
        pt_buf_putc(b, '\n');
    }
}

// The words that may follow: options, and the verb's subcommands unless one is given.
static void put_words(pt_buf *b, const pt_verb *v, const pt_sub *of) {
    for (const pt_sub *s = v->subs; !of && s && s->name; s++)
        pt_buf_printf(b, "%s ", s->name);
    bool first = true;
    for (const pt_option *o = v->options; o && o->name; o++) {
        if (of && !pt_sub_takes(of, o))
            continue;
        pt_buf_printf(b, o->short_name ? "%s--%s -%c" : "%s--%s", first ? "" : " ", o->name,
                      o->short_name);
        first = false;
    }
}

static void bash_subs(pt_buf *b, const pt_verb *v) {
    pt_buf_putz(b, "      [ \"$COMP_CWORD\" = 2 ] || case ${COMP_WORDS[2]} in\n");
    for (const pt_sub *s = v->subs; s->name; s++) {
        pt_buf_printf(b, "        (%s) words=\"", s->name);
        put_words(b, v, s);
        pt_buf_putz(b, "\" ;;\n");
    }
    pt_buf_putz(b, "      esac ;;\n");
}

static void completion_bash(pt_buf *b) {
    pt_buf_putz(b, "_paratia() {\n"
                   "  local cur=${COMP_WORDS[COMP_CWORD]} words=\n"
                   "  if [ \"$COMP_CWORD\" = 1 ]; then words=\"");
    for (const pt_verb *v = pt_verbs; v->name; v++)
        pt_buf_printf(b, "%s ", v->name);
    pt_buf_putz(b, "--help --version\"\n  else case ${COMP_WORDS[1]} in\n");
    for (const pt_verb *v = pt_verbs; v->name; v++) {
        pt_buf_printf(b, "    %s) words=\"", v->name);
        put_words(b, v, NULL);
        pt_buf_putz(b, v->subs ? "\"\n" : "\" ;;\n");
        if (v->subs)
            bash_subs(b, v);
    }
    pt_buf_putz(b, "  esac; fi\n"
                   "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\") $(compgen -f -- \"$cur\"))\n"
                   "}\ncomplete -o filenames -F _paratia paratia\n");
}

static void zsh_subs(pt_buf *b, const pt_verb *v) {
    pt_buf_putz(b, " if (( CURRENT == 3 )); then\n      local -a subs=(\n");
    for (const pt_sub *s = v->subs; s->name; s++)
        pt_buf_printf(b, "        '%s:%s'\n", s->name, s->summary);
    pt_buf_putz(b, "      )\n      _describe subcommand subs\n    else case $words[3] in\n");
    for (const pt_sub *s = v->subs; s->name; s++) {
        pt_buf_printf(b, "      (%s) compadd -- ", s->name);
        put_words(b, v, s);
        pt_buf_putz(b, " ;;\n");
    }
    pt_buf_putz(b, "    esac; fi ;;\n");
}

static void completion_zsh(pt_buf *b) {
    pt_buf_putz(b, "#compdef paratia\nif (( CURRENT == 2 )); then\n  local -a verbs=(\n");
    for (const pt_verb *v = pt_verbs; v->name; v++)
        pt_buf_printf(b, "    '%s:%s'\n", v->name, v->summary);
    pt_buf_putz(b, "  )\n  _describe verb verbs\nelse\n  case $words[2] in\n");
    for (const pt_verb *v = pt_verbs; v->name; v++) {
        pt_buf_printf(b, "    %s)", v->name);
        if (v->subs) {
            zsh_subs(b, v);
            continue;
        }
        pt_buf_putz(b, " compadd -- ");
        put_words(b, v, NULL);
        pt_buf_putz(b, " ;;\n");
    }
    pt_buf_putz(b, "  esac\n  _files\nfi\n");
}

static void fish_option(pt_buf *b, const pt_verb *v, const pt_option *o) {
    pt_buf_printf(b, "complete -c paratia -n '__fish_seen_subcommand_from %s", v->name);
    bool every = true;
    for (const pt_sub *s = v->subs; s && s->name; s++)
        every = every && pt_sub_takes(s, o);
    if (!every) {
        pt_buf_putz(b, "; and __fish_seen_subcommand_from");
        for (const pt_sub *s = v->subs; s->name; s++)
            if (pt_sub_takes(s, o))
                pt_buf_printf(b, " %s", s->name);
    }
    pt_buf_printf(b, "' -l %s", o->name);
    if (o->short_name)
        pt_buf_printf(b, " -s %c", o->short_name);
    pt_buf_putz(b, o->arg ? " -r\n" : "\n");
}

static void completion_fish(pt_buf *b) {
    for (const pt_verb *v = pt_verbs; v->name; v++) {
        pt_buf_printf(b, "complete -c paratia -n __fish_use_subcommand -a %s -d '%s'\n", v->name,
                      v->summary);
        for (const pt_sub *s = v->subs; s && s->name; s++)
            pt_buf_printf(b,
                          "complete -c paratia -n '__fish_seen_subcommand_from %s' -a %s -d '%s'\n",
                          v->name, s->name, s->summary);
        for (const pt_option *o = v->options; o && o->name; o++)
            fish_option(b, v, o);
    }
}

bool pt_help_completion(pt_buf *b, pt_str shell) {
    static const struct {
        const char *name;
        void (*write)(pt_buf *b);
    } shells[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};
    for (size_t i = 0; i < PT_COUNT(shells); i++)
        if (pt_str_eqz(shell, shells[i].name)) {
            shells[i].write(b);
            return true;
        }
    return false;
}
