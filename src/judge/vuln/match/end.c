// When releases end: until then their distribution looks after them, for everybody and without a
// contract (Debian: with its LTS). What comes after that day is told by nobody.
#include "judge/vuln/match/match_impl.h"

static const struct {
    const char *ecosystem, *day;
} ENDS[] = {
    {"Debian:7", "2018-05-31"},
    {"Debian:8", "2020-06-30"},
    {"Debian:9", "2022-06-30"},
    {"Debian:10", "2024-06-30"},
    {"Debian:11", "2026-08-31"},
    {"Debian:12", "2028-06-30"},
    {"Debian:13", "2030-06-30"},
    {"Ubuntu:14.04:LTS", "2019-04-30"},
    {"Ubuntu:16.04:LTS", "2021-04-30"},
    {"Ubuntu:18.04:LTS", "2023-05-31"},
    {"Ubuntu:20.04:LTS", "2025-05-31"},
    {"Ubuntu:22.04:LTS", "2027-04-30"},
    {"Ubuntu:24.04:LTS", "2029-04-30"},
    {"Ubuntu:22.10", "2023-07-20"},
    {"Ubuntu:23.04", "2024-01-25"},
    {"Ubuntu:23.10", "2024-07-11"},
    {"Ubuntu:24.10", "2025-07-10"},
    {"Ubuntu:25.04", "2026-01-15"},
    {"Alpine:v3.10", "2021-05-01"},
    {"Alpine:v3.11", "2021-11-01"},
    {"Alpine:v3.12", "2022-05-01"},
    {"Alpine:v3.13", "2022-11-01"},
    {"Alpine:v3.14", "2023-05-01"},
    {"Alpine:v3.15", "2023-11-01"},
    {"Alpine:v3.16", "2024-05-23"},
    {"Alpine:v3.17", "2024-11-22"},
    {"Alpine:v3.18", "2025-05-09"},
    {"Alpine:v3.19", "2025-11-01"},
    {"Alpine:v3.20", "2026-04-01"},
    {"Alpine:v3.21", "2026-11-01"},
    {"Alpine:v3.22", "2027-05-01"},
    {"Red Hat:enterprise_linux:6", "2020-11-30"},
    {"Red Hat:enterprise_linux:7", "2024-06-30"},
    {"Red Hat:enterprise_linux:8", "2029-05-31"},
    {"Red Hat:enterprise_linux:9", "2032-05-31"},
    {"AlmaLinux:8", "2029-05-31"},
    {"AlmaLinux:9", "2032-05-31"},
    {"Rocky Linux:8", "2029-05-31"},
    {"Rocky Linux:9", "2032-05-31"},
    {"Oracle Linux:7", "2024-12-31"},
    {"Oracle Linux:8", "2029-07-31"},
    {"Oracle Linux:9", "2032-06-30"},
    {"Amazon Linux:1", "2023-12-31"},
    {"Amazon Linux:2018", "2023-12-31"},
    {"Amazon Linux:2", "2026-06-30"},
    {"openSUSE:Leap 15.3", "2022-12-31"},
    {"openSUSE:Leap 15.4", "2023-12-07"},
    {"openSUSE:Leap 15.5", "2024-12-31"},
    {"openSUSE:Leap 15.6", "2026-04-30"},
    {"Photon OS:3.0", "2024-03-01"},
};

const char *pt_match_ended(pt_str ecosystem, pt_time_ns now) {
    char text[PT_RFC3339_BYTES];
    if (!now)
        return NULL;
    pt_str today = pt_str_sub(pt_time_rfc3339(now, text), 0, 10);
    for (size_t i = 0; i < PT_COUNT(ENDS); i++)
        if (pt_str_eqz(ecosystem, ENDS[i].ecosystem))
            return pt_str_cmp(pt_str_of(ENDS[i].day), today) < 0 ? ENDS[i].day : NULL;
    return NULL;
}
