// Checks of local images by their configuration (CIS Docker Benchmark 1.6, section 4: ids only).
// clang-format off
#include "judge/catalogue/docker_tests.h"
#include "judge/catalogue/tables.h"

#define IMAGE(ID, SEVERITY, CIS, SET)                                                              \
    .id = ID, .severity = SEVERITY, .kind = PT_KIND_IMAGE,                                         \
    .interrupts = "nothing: build the image anew",                                                 \
    .remedy = SET "\n",                                                                            \
    .standards = "CIS Docker 1.6: " CIS

static const pt_check checks[] = {
    {
        IMAGE("PT-IMG-ROOT", PT_MEDIUM, "4.1; NIST SP 800-190: 4.1.2", "# Dockerfile\nRUN useradd --system --uid 10001 app\nUSER 10001"),
        .title = "Image runs as root by default",
        .good = "Image runs as an ordinary user",
        .act = "Give %s a USER",
        .consequence = "Every container of it starts as root unless someone says otherwise.",
        .why = "The default decides what runs: few people set --user.",
        .conds = {{"inspect", "Config.User", pt_test_not_root, NULL, PT_FAIL, "User is unset (uid 0)"}},
    },
    {
        IMAGE("PT-IMG-SECRET-ENV", PT_HIGH, "4.10", "# Dockerfile: RUN --mount=type=secret,id=token …\n# change the secret first: it is in every copy of the image"),
        .title = "Image holds a credential",
        .good = "No secret by name, known token or URL login",
        .act = "Change the credential in %s and build anew",
        .consequence = "Whoever pulls the image has the credential.",
        .why = "ENV is part of the image's configuration, readable by everyone who can pull it.",
        .conds = {{"inspect", "Config.Env", pt_test_env_secret, NULL, PT_NOT_APPLICABLE, "the image sets no environment"}},
    },
    {
        IMAGE("PT-IMG-HEALTH", PT_LOW, "4.6", "# Dockerfile\nHEALTHCHECK CMD curl -fsS http://127.0.0.1:8080/health || exit 1"),
        .title = "Image has no health check",
        .good = "Image has a health check",
        .act = "Give %s a HEALTHCHECK",
        .consequence = "A hung service looks alive.",
        .why = "Without a check Docker knows only whether the process exists.",
        .conds = {{"inspect", "Config", pt_test_healthcheck, NULL, PT_NOT_EVALUATED, ""}},
    },
};

const pt_check_table pt_image_checks = {checks, PT_COUNT(checks)};
