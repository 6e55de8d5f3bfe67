// Which pods may a cluster take? cc policy.c $(pkg-config --cflags --libs paratia-policy)
#include <paratia/policy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char MODULE[] = "package admission\n"
                             "deny contains msg if {\n"
                             "  some c in input.containers\n"
                             "  registry := split(c.image, \"/\")[0]\n"
                             "  not registry in data.registries\n"
                             "  msg := sprintf(\"%s is from %s\", [c.name, registry])\n"
                             "}\n";
static const char DATA[] = "{\"registries\": [\"registry.example\"]}";
static const char POD[] =
    "{\"containers\": [{\"name\": \"shop\", \"image\": \"elsewhere.example/shop\"}]}";

int main(void) {
    paratia_error e;
    paratia_answers answers = {0};
    paratia_limits limits = {.memory_bytes = 16 << 20, .milliseconds = 1000};
    paratia_query *query = NULL;
    paratia_policy *policy = paratia_policy_new();
    bool good = policy &&
                paratia_policy_module(policy, "pods.rego", MODULE, strlen(MODULE), false, &e) &&
                paratia_policy_data(policy, DATA, strlen(DATA), &e) &&
                paratia_policy_compile(policy, true, &e) &&
                (query = paratia_query_new(policy, "data.admission.deny", &e)) &&
                paratia_query_eval(query, POD, strlen(POD), &limits, &answers, &e);
    if (good)
        puts(answers.json);
    else
        fprintf(stderr, "%s\n", policy ? e.message : "out of memory");
    free(answers.json);
    paratia_query_free(query);
    paratia_policy_free(policy);
    return good ? 0 : 1;
}
