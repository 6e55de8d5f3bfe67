#include "fact/command.h"

#include <string.h>

static bool is_of_word(char c) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || (c && strchr("._+-/@", c));
}

static bool is_break(char c) {
    return c == '\n' || c == ' ' || c == '\t' || c == ';';
}

bool pt_command_word(pt_str *rest, pt_str *ret) {
    size_t i = 0;
    while (i < rest->n && !is_of_word(rest->p[i])) {
        bool comment = rest->p[i] == '#' && i && is_break(rest->p[i - 1]);
        i += comment ? pt_str_find(pt_str_sub(*rest, i, rest->n), '\n') : 1;
    }
    size_t from = i;
    while (i < rest->n && is_of_word(rest->p[i]))
        i++;
    *ret = pt_str_sub(*rest, from, i);
    *rest = pt_str_sub(*rest, i, rest->n);
    return ret->n > 0;
}
