#include "fact/subject.h"

const pt_kind_name *pt_kind_name_of(pt_kind k) {
    static const pt_kind_name names[] = {
        [PT_KIND_HOST] = {"host", "Host", "host"},
        [PT_KIND_DOCKER] = {"docker", "Docker daemon", "docker"},
        [PT_KIND_CONTAINER] = {"container", "Containers", "containers"},
        [PT_KIND_IMAGE] = {"image", "Images", "images"},
        [PT_KIND_NETWORK] = {"network", "Networks", "networks"},
        [PT_KIND_OBJECT] = {"object", "Manifests", "manifests"},
    };
    static_assert(PT_COUNT(names) == PT_KIND_COUNT, "each kind has its words");
    pt_assert(k < PT_KIND_COUNT);
    return &names[k];
}
