// paratia-worker: reads images for paratia, which starts it with a socket as standard input. Not
// for people.
#include "collect/image/jobs.h"
#include "collect/packages/os/warm.h"
#include "crypto/crypto.h"

int main(void) {
    // OpenSSL loads its settings and its tables on first use, which behind the walls is too late.
    pt_str nothing = {0};
    (void)pt_sha256(&nothing, 1);
    (void)pt_hmac_sha256(nothing, nothing);
    pt_digest_run *r = pt_digest_new();
    for (pt_digest_kind k = 0; k < PT_DIGEST_KINDS; k++)
        PT_IGNORE(pt_digest_start(r, k)); // if it fails, it does behind the walls, too
    pt_digest_free(r);
    pt_readers_warm();
    return pt_worker_serve(0, pt_image_jobs, PT_JOB_COUNT, NULL) ? 1 : 0;
}
