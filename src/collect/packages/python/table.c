#include "collect/packages/python/python.h"
#include "collect/packages/readers.h"

// Files of one project include one another, by names like these.
#define REQUIREMENTS(name)                                                                    \
    {.path = "**/" name,                                                                      \
     .kind = "pypi",                                                                          \
     .read = PT_READER(pt_read_requirements),                                                 \
     .where = PT_IN_TREE,                                                                     \
     .beside = "base.txt common.txt core.txt deps.txt dev.txt develop.txt docs.txt main.txt " \
               "local.txt other.txt prod.txt production.txt test.txt testing.txt tests.txt"}

const pt_reader_row pt_python_readers[] = {
    {.path = "**/*.dist-info/METADATA",
     .kind = "pypi",
     .read = PT_READER(pt_read_python_metadata),
     .where = PT_IN_IMAGE},
    {.path = "**/*.egg-info/PKG-INFO",
     .kind = "pypi",
     .read = PT_READER(pt_read_python_metadata),
     .where = PT_IN_IMAGE},
    {.path = "**/*.egg-info",
     .kind = "pypi",
     .read = PT_READER(pt_read_python_metadata),
     .where = PT_IN_IMAGE},
    {.path = "**/EGG-INFO/PKG-INFO",
     .kind = "pypi",
     .read = PT_READER(pt_read_python_metadata),
     .where = PT_IN_IMAGE},
    {.path = "**/*.egg", .kind = "pypi", .read = PT_READER(pt_read_egg), .where = PT_IN_IMAGE},
    REQUIREMENTS("requirements.txt"),
    REQUIREMENTS("requirements-*.txt"),
    REQUIREMENTS("requirements_*.txt"),
    REQUIREMENTS("*-requirements.txt"),
    REQUIREMENTS("*_requirements.txt"),
    REQUIREMENTS("requirements/*.txt"),
    {.path = "**/Pipfile.lock",
     .kind = "pypi",
     .read = PT_READER(pt_read_pipfile_lock),
     .where = PT_IN_TREE},
    {.path = "**/poetry.lock",
     .kind = "pypi",
     .read = PT_READER(pt_read_poetry_lock),
     .where = PT_IN_TREE},
    {.path = "**/uv.lock", .kind = "pypi", .read = PT_READER(pt_read_uv_lock), .where = PT_IN_TREE},
    {.path = "**/pdm.lock",
     .kind = "pypi",
     .read = PT_READER(pt_read_pdm_lock),
     .where = PT_IN_TREE},
    {.path = "**/pylock.toml",
     .kind = "pypi",
     .read = PT_READER(pt_read_pylock),
     .where = PT_IN_TREE},
    {.path = "**/pylock.*.toml",
     .kind = "pypi",
     .read = PT_READER(pt_read_pylock),
     .where = PT_IN_TREE},
    {.path = "**/conda-meta/*.json",
     .kind = "conda",
     .read = PT_READER(pt_read_conda_meta),
     .where = PT_IN_IMAGE},
    {.path = "**/environment.yml",
     .kind = "conda",
     .read = PT_READER(pt_read_conda_environment),
     .where = PT_IN_TREE},
    {.path = "**/environment.yaml",
     .kind = "conda",
     .read = PT_READER(pt_read_conda_environment),
     .where = PT_IN_TREE},
    {0},
};
