// Steps that install packages behind a step that copies sources: a builder's cache keeps a step as
// long as nothing before it changed, so that each change of the sources installs them anew.
#include "judge/image/waste_impl.h"

enum {
    SOURCES_FROM = 10, // files: fewer may be what the installation needs
};

static const struct {
    pt_str command;
    const char *advice;
} installs[] = {
    {PT_STR("apt-get install"), "install the system's packages before copying"},
    {PT_STR("apt install"), "install the system's packages before copying"},
    {PT_STR("apk add"), "install the system's packages before copying"},
    {PT_STR("dnf install"), "install the system's packages before copying"},
    {PT_STR("microdnf install"), "install the system's packages before copying"},
    {PT_STR("yum install"), "install the system's packages before copying"},
    {PT_STR("zypper install"), "install the system's packages before copying"},
    {PT_STR("pip install -r"), "copy the requirements alone, install, then copy the rest"},
    {PT_STR("pip install --no-cache-dir -r"), "copy the requirements alone, then copy the rest"},
    {PT_STR("pip3 install -r"), "copy the requirements alone, install, then copy the rest"},
    {PT_STR("poetry install"), "copy pyproject.toml and its lock alone, then the rest"},
    {PT_STR("uv sync"), "copy pyproject.toml and its lock alone, then the rest"},
    {PT_STR("npm ci"), "copy package.json and its lock alone, then the rest"},
    {PT_STR("npm install"), "copy package.json and its lock alone, then the rest"},
    {PT_STR("yarn install"), "copy package.json and its lock alone, then the rest"},
    {PT_STR("pnpm install"), "copy package.json and its lock alone, then the rest"},
    {PT_STR("bundle install"), "copy the Gemfile and its lock alone, then the rest"},
    {PT_STR("composer install"), "copy composer.json and its lock alone, then the rest"},
    {PT_STR("go mod download"), "copy go.mod and go.sum alone, then the rest"},
    {PT_STR("cargo fetch"), "copy Cargo.toml and its lock alone, then the rest"},
};

static pt_str step_of(pt_value h) {
    return pt_text(pt_getz(h, "step"));
}

// The layer that a step made, from 1; 0: none.
static size_t layer_of(pt_value h, size_t layers) {
    int64_t n = 0;
    return pt_to_int(pt_getz(h, "layer"), &n) && n > 0 && (uint64_t)n <= layers ? (size_t)n : 0;
}

// "COPY . /src # buildkit"; as of old "/bin/sh -c #(nop) COPY dir:4be1… in /src ".
static bool copies_sources(pt_value h, size_t files) {
    static const pt_str old = PT_STR("/bin/sh -c #(nop) ");
    pt_str step = step_of(h);
    pt_str word = {0};
    if (pt_str_starts(step, old))
        step = pt_str_sub(step, old.n, step.n);
    bool copy = pt_str_word(&step, &word) && (pt_str_eqz(word, "COPY") || pt_str_eqz(word, "ADD"));
    if (!copy || !pt_str_word(&step, &word) || pt_str_starts(word, PT_STR("file:")))
        return false;
    bool all = pt_str_eqz(word, ".") || pt_str_eqz(word, "./");
    return all || files >= SOURCES_FROM;
}

// Its row, or PT_COUNT(installs).
static size_t install_of(pt_value h) {
    pt_str step = step_of(h);
    bool run = pt_str_starts(step, PT_STR("RUN ")) || pt_str_starts(step, PT_STR("/bin/sh -c ")) ||
               pt_str_starts(step, PT_STR("|"));
    size_t row = 0;
    while (row < PT_COUNT(installs) && !pt_str_has(step, installs[row].command))
        row++;
    return run ? row : PT_COUNT(installs);
}

typedef struct pending {
    pt_value copy;
    size_t layer, files;
    pt_list repeats;
    uint64_t bytes;
} pending;

static void end_one(pending *p, pt_list *ret) {
    pt_obj o = {.a = ret->a};
    if (!p->layer || !p->repeats.items.n)
        return;
    pt_obj_set(&o, "layer", pt_int((int64_t)p->layer));
    pt_obj_set(&o, "step", pt_string(step_of(p->copy)));
    pt_obj_set(&o, "files", pt_int((int64_t)p->files));
    pt_obj_set(&o, "bytes", pt_waste_int(p->bytes));
    pt_obj_set(&o, "repeats", pt_list_end(&p->repeats));
    pt_list_add(ret, pt_obj_end(&o));
}

static void repeat(pending *p, pt_value h, size_t layer, uint64_t bytes, size_t row) {
    pt_obj o = {.a = p->repeats.a};
    pt_obj_set(&o, "layer", pt_int((int64_t)layer));
    pt_obj_set(&o, "step", pt_string(step_of(h)));
    pt_obj_set(&o, "bytes", pt_waste_int(bytes));
    pt_obj_set(&o, "advice", pt_stringz(installs[row].advice));
    pt_list_add(&p->repeats, pt_obj_end(&o));
    p->bytes = pt_waste_sum(p->bytes, bytes);
}

pt_value pt_waste_order(pt_value doc, const size_t *files, const uint64_t *bytes, size_t layers,
                        pt_arena *a) {
    pt_value history = pt_getz(pt_getz(doc, "image"), "history");
    pending p = {.repeats = {.a = a}};
    pt_list l = {.a = a};
    for (size_t i = 0; i < pt_len(history); i++) {
        pt_value h = pt_at(history, i);
        size_t layer = layer_of(h, layers);
        size_t row = install_of(h);
        if (!layer)
            continue;
        if (copies_sources(h, files[layer - 1])) {
            end_one(&p, &l);
            p = (pending){h, layer, files[layer - 1], {.a = a}, 0};
        } else if (p.layer && row < PT_COUNT(installs))
            repeat(&p, h, layer, bytes[layer - 1], row);
    }
    end_one(&p, &l);
    return pt_list_end(&l);
}
