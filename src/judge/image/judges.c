// The table of judges. A new one is one file, its line in judges.h and its line here.
#include "judge/image/judges.h"

pt_image_judge *const pt_image_judges[] = {
    pt_judge_denied,          pt_judge_hardening,
    pt_judge_licences,        pt_judge_packages,
    pt_judge_policy,          pt_judge_reading,
    pt_judge_secrets,         pt_judge_tampering,
    pt_judge_vulnerabilities, NULL,
};
