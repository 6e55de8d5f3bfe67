// Names of hosts that rules compare with (fd.sip.name), as /etc/hosts has them. No resolver is
// asked: whether a rule holds must not depend on what a network answers.
#include <arpa/inet.h>
#include <string.h>

#include "cli/input.h"
#include "cli/watch.h"

static bool read_address(pt_str word, pt_endpoint *ret) {
    char z[INET6_ADDRSTRLEN];
    if (word.n >= sizeof z)
        return false;
    memcpy(z, word.p, word.n);
    z[word.n] = '\0';
    *ret = (pt_endpoint){.known = true};
    if (inet_pton(AF_INET, z, ret->ip) == 1)
        return true;
    ret->v6 = true;
    return inet_pton(AF_INET6, z, ret->ip) == 1;
}

static bool is_asked(const pt_str *names, size_t n, pt_str name) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_eq_nocase(names[i], name))
            return true;
    return false;
}

typedef PT_VEC(pt_falco_host) hosts;

// "ADDRESS NAME NAME… # comment" (hosts(5)).
static bool read_line(pt_arena *a, pt_str line, const pt_str *names, size_t n, hosts *to) {
    pt_str rest = pt_str_sub(line, 0, pt_str_find(line, '#'));
    pt_str word;
    pt_endpoint at;
    if (!pt_str_word(&rest, &word) || !read_address(word, &at))
        return true;
    while (pt_str_word(&rest, &word)) {
        if (!is_asked(names, n, word))
            continue;
        pt_falco_host *h = PT_PUSH(a, to);
        if (!h)
            return false;
        *h = (pt_falco_host){.name = word, .address = at};
    }
    return true;
}

bool pt_watch_hosts(pt_arena *a, const pt_watch_judge *j, pt_falco_context *ret) {
    size_t n;
    const pt_str *names = pt_falco_program_hosts(j->program, &n);
    hosts found = {0};
    pt_str text = {0};
    pt_str line;
    bool good = true;
    if (n > 0)
        PT_IGNORE(pt_input_text(a, "/etc/hosts", &text, NULL)); // without it no name is known
    while (good && pt_str_split(&text, '\n', &line))
        good = read_line(a, line, names, n, &found);
    ret->hosts = found.v;
    ret->n_hosts = found.n;
    return good;
}
