#include "collect/packages/java/testing_zip.h"
#include "collect/packages/python/python.h"
#include "collect/packages/testing_json.h"

static void test_metadata_says_name_version_and_licence(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_python_metadata, NULL,
        "Metadata-Version: 2.1\n"
        "Name: Some_Thing\n"
        "Version: 1.2.3\n"
        "Summary: a thing\n"
        "License: Licence of\n"
        " two lines\n"
        "Classifier: License :: OSI Approved :: MIT License\n"
        "License-File: LICENSE\n"
        "\n"
        "Name: not this one\n",
        "[{\"licences\":[\"Licence of two lines\"],\"name\":\"Some_Thing\",\"version\":\"1.2.3\"}]",
        "[]");
}

static void test_metadata_expression_is_the_licence(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_python_metadata, NULL,
        "name: a\r\n"
        "VERSION: 1\r\n"
        "License: x\r\n"
        "License-Expression: MIT OR BSD-2-Clause\r\n",
        "[{\"licences\":[\"MIT OR BSD-2-Clause\"],\"name\":\"a\",\"version\":\"1\"}]", "[]");
}

static void test_metadata_classifiers_are_licences(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_python_metadata, NULL,
        "Name: a\n"
        "Version: 1\n"
        "Classifier: License :: OSI Approved\n"
        "Classifier: License :: OSI Approved :: MIT License\n"
        "Classifier: License :: Public Domain\n"
        "Classifier: Topic :: Utilities\n",
        "[{\"licences\":[\"MIT License\",\"Public Domain\"],\"name\":\"a\",\"version\":\"1\"}]",
        "[]");
}

// What is declared counts alone, but where none of the classifiers is of it.
static void test_metadata_that_contradicts_itself_has_both(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"MIT", "OSI Approved :: MIT License", "\"MIT\""},
        {"MIT", "OSI Approved :: GNU General Public License v3 (GPLv3)",
         "\"MIT\",\"License :: OSI Approved :: GNU General Public License v3 (GPLv3)\""},
        {"BSD-2-Clause", "OSI Approved :: BSD License", "\"BSD-2-Clause\""},
        {"MIT AND ISC", "OSI Approved :: MIT License", "\"MIT AND ISC\""},
        {"GPL-2.0-only", "OSI Approved :: GNU General Public License (GPL)", "\"GPL-2.0-only\""},
        {"Ask me", "OSI Approved :: MIT License", "\"Ask me\""},
        {"MIT", "OSI Approved :: Nobody's", "\"MIT\""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_testing_assert_read(
            pt_read_python_metadata, NULL,
            pt_arena_printf(&a, "Name: a\nVersion: 1\nLicense: %s\nClassifier: License :: %s\n",
                            cases[i][0], cases[i][1])
                .p,
            pt_arena_printf(&a, "[{\"licences\":[%s],\"name\":\"a\",\"version\":\"1\"}]",
                            cases[i][2])
                .p,
            "[]");
    }
}

static void test_metadata_licence_file_is_said_last(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_python_metadata, NULL,
        "Name: a\n"
        "Version: 1\n"
        "License-File: licenses/COPYING\n",
        "[{\"licences\":[\"file://licenses/COPYING\"],\"name\":\"a\",\"version\":\"1\"}]", "[]");
}

static void test_metadata_without_name_or_version_is_a_fault(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_python_metadata, NULL, "Version: 1\n", "[]",
                           "[\"line 1: a package without a name\"]");
}

static void test_metadata_continues_no_line_before_it(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_python_metadata, NULL,
                           " x\n"
                           "Name: a\n",
                           "[]", "[\"line 1: a package without a version\"]");
}

static void test_requirements_pin(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_requirements, NULL,
                           "\357\273\277# comment==1\n"
                           "click==8.0.0\n"
                           "Flask[async,dotenv] == 2.0.0 ; python_version < \"3.9\" # why\n"
                           "Jinja2==3.0.0#comment\n"
                           "a===1.0+local\n"
                           "hashed==1.2 --hash=sha256:00 \\\n"
                           "    --hash=sha256:11\n"
                           "--index-url https://example.org/simple\n"
                           "parenthesised (==4.1)\n",
                           "[{\"lines\":[2,2],\"name\":\"click\",\"version\":\"8.0.0\"},"
                           "{\"lines\":[3,3],\"name\":\"Flask\",\"version\":\"2.0.0\"},"
                           "{\"lines\":[4,4],\"name\":\"Jinja2\",\"version\":\"3.0.0\"},"
                           "{\"lines\":[5,5],\"name\":\"a\",\"version\":\"1.0+local\"},"
                           "{\"lines\":[6,6],\"name\":\"hashed\",\"version\":\"1.2\"},"
                           "{\"lines\":[9,9],\"name\":\"parenthesised\",\"version\":\"4.1\"}]",
                           "[]");
}

static void test_requirements_of_no_single_version_have_none(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_requirements, NULL,
        "pandas\n"
        "x>=1.0\n"
        "y==1.*\n"
        "z==1,!=2\n"
        ">=1.0\n"
        "u @ https://me:secret@example.org/u.zip#sha256=00\n"
        "-e git+https://me:s@cret@example.org/x\n"
        "-r missing.txt\n",
        "[{\"lines\":[1,1],\"more\":{\"asked\":\"any\"},\"name\":\"pandas\"},"
        "{\"lines\":[2,2],\"more\":{\"asked\":\">=1.0\",\"version_min\":\"1.0\"},\"name\":\"x\"},"
        "{\"lines\":[3,3],\"more\":{\"asked\":\"==1.*\",\"version_min\":\"1.0\"},\"name\":\"y\"},"
        "{\"lines\":[4,4],\"name\":\"z\",\"version\":\"1\"},"
        "{\"lines\":[6,6],\"more\":{\"asked\":\"a URL\",\"from\":\"https://example.org/"
        "u.zip#sha256=00\"},\"name\":\"u\"}]",
        "[\"line 5: not a requirement: >=1.0\",\"line 7: a package without a version: -e "
        "git+https://example.org/x\",\"line 0: a file that is included cannot be read: "
        "missing.txt\"]");
}

static void test_requirements_of_files_are_what_they_are_called(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_requirements, NULL,
        "https://u:p@h/a_b-1.0-1-py3-none-any.whl?x#sha256=0\n"
        "./dist/c-d-2.0.tar.gz ; python_version > '3'\n"
        "e @ https://h/E-3.0.zip\n"
        "f @ https://h/other-3.0.zip\n"
        "g~=1.2,!=1.3\nh==${VERSION}\n"
        "./dist\n",
        "[{\"lines\":[1,1],\"more\":{\"from\":\"https://h/a_b-1.0-1-py3-none-any.whl?x#sha256=0\"},"
        "\"name\":\"a_b\",\"version\":\"1.0\"},"
        "{\"lines\":[2,2],\"more\":{\"from\":\"./dist/c-d-2.0.tar.gz\"},\"name\":\"c-d\","
        "\"version\":\"2.0\"},"
        "{\"lines\":[3,3],\"more\":{\"from\":\"https://h/E-3.0.zip\"},\"name\":\"e\","
        "\"version\":\"3.0\"},"
        "{\"lines\":[4,4],\"more\":{\"asked\":\"a URL\",\"from\":\"https://h/other-3.0.zip\"},"
        "\"name\":\"f\"},"
        "{\"lines\":[5,5],\"more\":{\"asked\":\"~=1.2,!=1.3\",\"version_min\":\"1.2\"},"
        "\"name\":\"g\"},"
        "{\"lines\":[6,6],\"more\":{\"asked\":\"==${VERSION}\"},\"name\":\"h\"}]",
        "[\"line 7: a package without a version: ./dist\"]");
}

static void test_requirements_include_others(void **state) {
    (void)state;
    static const pt_testing_file files[] = {
        {"sub/base.txt", "b==2\n"
                         "-r deep.txt\n"
                         "-r ../requirements.txt\n"},
        {"sub/deep.txt", "c==3\n"
                         "D.e>1\n"
                         "f\n"
                         "-r deep.txt\n"},
        {"constraints.txt", "d-e==4\n"
                            "g==5\n"
                            "a==6\n"
                            "-r more.txt\n"},
        {"more.txt", "f==7\n"},
        {0},
    };
    pt_testing_assert_read(pt_read_requirements, files,
                           "a==1\n"
                           "--requirement=sub/base.txt\n"
                           "-r sub/base.txt\n"
                           "-c constraints.txt\n",
                           "[{\"lines\":[1,1],\"name\":\"a\",\"version\":\"1\"},"
                           "{\"name\":\"b\",\"version\":\"2\"},"
                           "{\"name\":\"c\",\"version\":\"3\"},"
                           "{\"name\":\"D.e\",\"version\":\"4\"},"
                           "{\"name\":\"f\",\"version\":\"7\"}]",
                           "[\"line 0: a file that is included cannot be read: "
                           "sub/../requirements.txt\"]");
}

static void test_pipfile_lock_with_a_byte_order_mark(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_pipfile_lock, NULL,
                           "\357\273\277{\n\"default\": {\"a\": {\"version\": \"==1\"}}}",
                           "[{\"lines\":[2,2],\"name\":\"a\",\"version\":\"1\"}]", "[]");
}

static void test_pipfile_lock(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_pipfile_lock, NULL,
                           "{\n"
                           "    \"_meta\": {\"sources\": []},\n"
                           "    \"default\": {\n"
                           "        \"b\": {\n"
                           "            \"hashes\": [\"sha256:00\", \"}\"],\n"
                           "            \"version\": \"==1.0\"\n"
                           "        },\n"
                           "        \"a\": {\"version\": \"==2\"},\n"
                           "        \"local\": {\"editable\": true, \"path\": \".\"}\n"
                           "    },\n"
                           "    \"develop\": {\n"
                           "        \"a\": {\"version\": \"==2\"},\n"
                           "        \"tool\": {\n"
                           "            \"version\": \"==3\"\n"
                           "        }\n"
                           "    }\n"
                           "}\n",
                           "[{\"lines\":[8,8],\"name\":\"a\",\"version\":\"2\"},"
                           "{\"lines\":[4,7],\"name\":\"b\",\"version\":\"1.0\"},"
                           "{\"lines\":[9,9],\"more\":{\"from\":\".\"},\"name\":\"local\"},"
                           "{\"dev\":true,\"lines\":[13,15],\"name\":\"tool\",\"version\":\"3\"}]",
                           "[]");
}

static void test_pipfile_lock_of_other_places(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_pipfile_lock, NULL,
        "{\"default\": {\n\"a\": {\"version\": \"===2.0\"},\n"
        "\"g\": {\"git\": \"https://u:p@h/g.git\", \"ref\": \"abc\"},\n"
        "\"f\": {\"file\": \"https://h/f-1.0.tar.gz\"},\n\"n\": {}},\n"
        "\"docs\": {\"s\": {\"version\": \"==4\"}, \"a\": {\"version\": \"==2.0\"}}}",
        "[{\"lines\":[2,2],\"name\":\"a\",\"version\":\"2.0\"},"
        "{\"lines\":[4,4],\"more\":{\"from\":\"https://h/f-1.0.tar.gz\"},\"name\":\"f\","
        "\"version\":\"1.0\"},"
        "{\"lines\":[3,3],\"more\":{\"from\":\"https://h/g.git\"},\"name\":\"g\"},"
        "{\"dev\":true,\"lines\":[6,6],\"name\":\"s\",\"version\":\"4\"}]",
        "[\"line 5: a package of no single version\"]");
}

static void test_pipfile_lock_that_is_broken(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_pipfile_lock, NULL, "{\"default\": {", "[]",
                           "[\"line 1: not valid JSON: the text ends inside an object\"]");
}

static void test_pipfile_lock_of_something_else(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_pipfile_lock, NULL, "[]", "[]",
                           "[\"line 1: no object of packages\"]");
}

static void test_poetry_lock_alone(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_poetry_lock, NULL,
        "[[package]]\n"
        "name = \"Flask\"\n"
        "version = \"1.0\"\n"
        "category = \"main\"\n"
        "\n"
        "[package.dependencies]\n"
        "Zope_Interface = {version = \">=2\", markers = \"x\"}\n"
        "missing = \"*\"\n"
        "multi = [\n"
        "    {version = \"<2\", markers = \"a\"},\n"
        "    {version = \"^2.1\", markers = \"b\"},\n"
        "]\n"
        "\n"
        "[[package]]\n"
        "name = \"multi\"\n"
        "version = \"2.5\"\n"
        "groups = [\"dev\", \"lint\"]\n"
        "\n"
        "[[package]]\n"
        "name = \"multi\"\n"
        "version = \"1.9\"\n"
        "groups = [\"main\", \"dev\"]\n"
        "\n"
        "[[package]]\n"
        "name = \"zope.interface\"\n"
        "version = \"6.0\"\n"
        "category = \"dev\"\n"
        "\n"
        "[[package]]\n"
        "version = \"1\"\n"
        "\n"
        "[metadata]\n"
        "lock-version = \"2.1\"\n",
        "[{\"depends\":[\"multi@1.9\",\"multi@2.5\",\"zope.interface@6.0\"],\"lines\":[1,12],"
        "\"name\":\"Flask\",\"version\":\"1.0\"},"
        "{\"dev\":true,\"lines\":[14,17],\"name\":\"multi\",\"version\":\"2.5\"},"
        "{\"lines\":[19,22],\"name\":\"multi\",\"version\":\"1.9\"},"
        "{\"dev\":true,\"lines\":[24,27],\"name\":\"zope.interface\",\"version\":\"6.0\"}]",
        "[\"line 29: a package without a name\"]");
}

static void test_poetry_lock_beside_its_project(void **state) {
    (void)state;
    static const pt_testing_file files[] = {
        {"pyproject.toml", "[tool.poetry]\n"
                           "name = \"x\"\n"
                           "[tool.poetry.dependencies]\n"
                           "python = \"^3.9\"\n"
                           "A_b = \"1\"\n"
                           "[tool.poetry.group.dev.dependencies]\n"
                           "tester = \"2\"\n"
                           "shared = \"3\"\n"
                           "[tool.poetry.group.main.dependencies]\n"
                           "m = \"1\"\n"},
        {0},
    };
    pt_testing_assert_read(
        pt_read_poetry_lock, files,
        "[[package]]\n"
        "name = \"a-b\"\n"
        "version = \"1\"\n"
        "dependencies = {shared = \"*\"}\n"
        "[[package]]\n"
        "name = \"tester\"\n"
        "version = \"2\"\n"
        "dependencies = {helper = \"*\"}\n"
        "[[package]]\n"
        "name = \"helper\"\n"
        "version = \"4\"\n"
        "[[package]]\n"
        "name = \"shared\"\n"
        "version = \"3\"\n"
        "[[package]]\n"
        "name = \"m\"\n"
        "version = \"1\"\n",
        "[{\"depends\":[\"shared@3\"],\"lines\":[1,4],\"name\":\"a-b\",\"relationship\":\"direct\","
        "\"version\":\"1\"},"
        "{\"depends\":[\"helper@4\"],\"dev\":true,\"lines\":[5,8],\"name\":\"tester\","
        "\"relationship\":\"direct\",\"version\":\"2\"},"
        "{\"dev\":true,\"lines\":[9,11],\"name\":\"helper\",\"relationship\":\"indirect\","
        "\"version\":\"4\"},"
        "{\"lines\":[12,14],\"name\":\"shared\",\"relationship\":\"direct\",\"version\":\"3\"},"
        "{\"lines\":[15,17],\"name\":\"m\",\"relationship\":\"direct\",\"version\":\"1\"}]",
        "[]");
}

static void test_poetry_lock_beside_a_broken_project(void **state) {
    (void)state;
    static const pt_testing_file files[] = {
        {"pyproject.toml", "["},
        {0},
    };
    pt_testing_assert_read(pt_read_poetry_lock, files,
                           "[[package]]\n"
                           "name = \"a\"\n"
                           "version = \"1\"\n",
                           "[{\"lines\":[1,3],\"name\":\"a\",\"version\":\"1\"}]",
                           "[\"line 1: pyproject.toml: not valid TOML: a key is missing\"]");
}

static void test_poetry_lock_that_is_broken(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_poetry_lock, NULL,
                           "[[package]]\n"
                           "name =",
                           "[]", "[\"line 2: not valid TOML: a value is missing\"]");
}

static void test_uv_lock(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_uv_lock, NULL,
        "version = 1\n"
        "\n"
        "[manifest]\n"
        "members = [\"app\", \"member\"]\n"
        "\n"
        "[[package]]\n"
        "name = \"app\"\n"
        "version = \"0.1.0\"\n"
        "source = { virtual = \".\" }\n"
        "dependencies = [\n"
        "    { name = \"member\" },\n"
        "    { name = \"web\", extra = [\"fast\"] },\n"
        "]\n"
        "\n"
        "[package.optional-dependencies]\n"
        "json = [{ name = \"quick\" }]\n"
        "\n"
        "[package.dev-dependencies]\n"
        "dev = [{ name = \"tester\" }]\n"
        "\n"
        "[[package]]\n"
        "name = \"member\"\n"
        "source = { editable = \"packages/member\" }\n"
        "dependencies = [{ name = \"fork\", version = \"2\" }]\n"
        "\n"
        "[[package]]\n"
        "name = \"fork\"\n"
        "version = \"1\"\n"
        "\n"
        "[[package]]\n"
        "name = \"fork\"\n"
        "version = \"2\"\n"
        "\n"
        "[[package]]\n"
        "name = \"quick\"\n"
        "version = \"1\"\n"
        "\n"
        "[[package]]\n"
        "name = \"tester\"\n"
        "version = \"1\"\n"
        "dependencies = [{ name = \"fork\", version = \"1\" }, { name = \"quick\" }]\n"
        "\n"
        "[[package]]\n"
        "name = \"web\"\n"
        "version = \"1\"\n"
        "\n"
        "[package.optional-dependencies]\n"
        "fast = [{ name = \"speed\" }]\n"
        "\n"
        "[[package]]\n"
        "name = \"speed\"\n"
        "version = \"1\"\n",
        "[{\"depends\":[\"member@\",\"quick@1\",\"tester@1\",\"web@1\"],\"lines\":[6,19],\"name\":"
        "\"app\",\"relationship\":\"root\",\"version\":\"0.1.0\"},"
        "{\"depends\":[\"fork@2\"],\"lines\":[21,24],\"name\":\"member\",\"relationship\":"
        "\"workspace\"},"
        "{\"dev\":true,\"lines\":[26,28],\"name\":\"fork\",\"relationship\":\"indirect\","
        "\"version\":\"1\"},"
        "{\"lines\":[30,32],\"name\":\"fork\",\"relationship\":\"direct\",\"version\":\"2\"},"
        "{\"lines\":[34,36],\"name\":\"quick\",\"relationship\":\"direct\",\"version\":\"1\"},"
        "{\"depends\":[\"fork@1\",\"quick@1\"],\"dev\":true,\"lines\":[38,41],\"name\":\"tester\","
        "\"relationship\":\"direct\",\"version\":\"1\"},"
        "{\"depends\":[\"speed@1\"],\"lines\":[43,48],\"name\":\"web\",\"relationship\":\"direct\","
        "\"version\":\"1\"},"
        "{\"lines\":[50,52],\"name\":\"speed\",\"relationship\":\"indirect\",\"version\":\"1\"}]",
        "[]");
}

static void test_uv_lock_of_two_roots_is_a_fault(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_uv_lock, NULL,
        "[[package]]\n"
        "name = \"a\"\n"
        "version = \"1\"\n"
        "source = {virtual = \".\"}\n"
        "[[package]]\n"
        "name = \"b\"\n"
        "version = \"1\"\n"
        "source = {editable = \".\"}\n",
        "[{\"lines\":[1,4],\"name\":\"a\",\"relationship\":\"root\",\"version\":\"1\"},"
        "{\"lines\":[5,8],\"name\":\"b\",\"relationship\":\"root\",\"version\":\"1\"}]",
        "[\"line 5: a second root of the project\"]");
}

static void test_uv_lock_without_a_root_is_a_fault(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_uv_lock, NULL,
                           "[[package]]\n"
                           "name = \"a\"\n"
                           "version = \"1\"\n",
                           "[{\"lines\":[1,3],\"name\":\"a\",\"version\":\"1\"}]",
                           "[\"line 1: no package of the project itself\"]");
}

static void test_pdm_lock(void **state) {
    (void)state;
    static const pt_testing_file files[] = {
        {"pyproject.toml", "[project]\n"
                           "dependencies = [\"Requests[socks]>=2; python_version>'3'\"]\n"
                           "[project.optional-dependencies]\n"
                           "x = [\"extra\"]\n"
                           "[dependency-groups]\n"
                           "test = [\"pytest\", {include-group = \"x\"}]\n"
                           "[tool.pdm.dev-dependencies]\n"
                           "lint = [\"ruff\"]\n"},
        {0},
    };
    pt_testing_assert_read(
        pt_read_pdm_lock, files,
        "[[package]]\n"
        "name = \"requests\"\n"
        "version = \"2.31\"\n"
        "dependencies = [\"idna<4,>=2.5; marker\", \"\", \"gone\"]\n"
        "[[package]]\n"
        "name = \"idna\"\n"
        "version = \"5.0\"\n"
        "[[package]]\n"
        "name = \"idna\"\n"
        "version = \"3.4\"\n"
        "[[package]]\n"
        "name = \"extra\"\n"
        "version = \"1\"\n"
        "[[package]]\n"
        "name = \"pytest\"\n"
        "version = \"8\"\n"
        "[[package]]\n"
        "name = \"ruff\"\n"
        "version = \"0.1\"\n",
        "[{\"depends\":[\"idna@3.4\"],\"lines\":[1,4],\"name\":\"requests\",\"relationship\":"
        "\"direct\",\"version\":\"2.31\"},"
        "{\"lines\":[5,7],\"name\":\"idna\",\"relationship\":\"indirect\",\"version\":\"5.0\"},"
        "{\"lines\":[8,10],\"name\":\"idna\",\"relationship\":\"indirect\",\"version\":\"3.4\"},"
        "{\"lines\":[11,13],\"name\":\"extra\",\"relationship\":\"direct\",\"version\":\"1\"},"
        "{\"dev\":true,\"lines\":[14,16],\"name\":\"pytest\",\"relationship\":\"direct\","
        "\"version\":\"8\"},"
        "{\"dev\":true,\"lines\":[17,19],\"name\":\"ruff\",\"relationship\":\"direct\",\"version\":"
        "\"0.1\"}]",
        "[]");
}

static void test_pylock(void **state) {
    (void)state;
    static const pt_testing_file files[] = {
        {"pyproject.toml", "[project]\n"
                           "name = \"me\"\n"
                           "dependencies = [\"spam\"]\n"},
        {0},
    };
    pt_testing_assert_read(
        pt_read_pylock, files,
        "lock-version = \"1.0\"\n"
        "\n"
        "[[packages]]\n"
        "name = \"me\"\n"
        "[packages.directory]\n"
        "path = \".\"\n"
        "\n"
        "[[packages]]\n"
        "name = \"spam\"\n"
        "version = \"1.0\"\n"
        "marker = \"sys_platform == 'linux'\"\n"
        "dependencies = [{ name = \"ham\", version = \"1\" }]\n"
        "\n"
        "[[packages]]\n"
        "name = \"spam\"\n"
        "version = \"1.0\"\n"
        "marker = \"sys_platform == 'win32'\"\n"
        "dependencies = [{ name = \"ham\", version = \"2\" }]\n"
        "\n"
        "[[packages]]\n"
        "name = \"ham\"\n"
        "version = \"1\"\n"
        "\n"
        "[[packages]]\n"
        "name = \"ham\"\n"
        "version = \"2\"\n",
        "[{\"depends\":[\"spam@1.0\"],\"id\":\"me\",\"lines\":[3,6],\"name\":\"me\","
        "\"relationship\":\"root\"},"
        "{\"depends\":[\"ham@1\",\"ham@2\"],\"lines\":[8,12],\"name\":\"spam\",\"relationship\":"
        "\"direct\",\"version\":\"1.0\"},"
        "{\"lines\":[20,22],\"name\":\"ham\",\"relationship\":\"indirect\",\"version\":\"1\"},"
        "{\"lines\":[24,26],\"name\":\"ham\",\"relationship\":\"indirect\",\"version\":\"2\"}]",
        "[]");
}

static void test_conda_meta(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_conda_meta, NULL,
                           "{\"name\": \"libgomp\", \"version\": \"11.2.0\", \"license\": "
                           "\"GPL-3.0-only\", \"sha256\": \"00ff\", \"depends\": [\"x\"]}",
                           "[{\"digest\":\"sha256:00ff\",\"licences\":[\"GPL-3.0-only\"],\"name\":"
                           "\"libgomp\",\"version\":\"11.2.0\"}]",
                           "[]");
}

static void test_conda_meta_without_a_name_is_a_fault(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_conda_meta, NULL, "{}", "[]",
                           "[\"line 1: a package without a name\"]");
}

static void test_conda_environment(void **state) {
    (void)state;
    pt_testing_assert_read(
        pt_read_conda_environment, NULL,
        "name: env\n"
        "dependencies:\n"
        "  - _libgcc_mutex\n"
        "  - _openmp_mutex=5.1\n"
        "  - conda-forge::blas=1.0=openblas\n"
        "  - exact==2.1\n"
        "  - python>=3.8,<4\n"
        "  - wild=1.*\n"
        "  - spaced 1.2 h0\n"
        "  - pip:\n"
        "    - \"requests==2.31\"\n"
        "    - -r other.txt\n"
        "    - loose>=1\n"
        "  - 5\n",
        "[{\"lines\":[3,3],\"name\":\"_libgcc_mutex\"},"
        "{\"lines\":[4,4],\"name\":\"_openmp_mutex\",\"version\":\"5.1\"},"
        "{\"lines\":[5,5],\"name\":\"blas\",\"version\":\"1.0\"},"
        "{\"lines\":[6,6],\"name\":\"exact\",\"version\":\"2.1\"},"
        "{\"lines\":[7,7],\"name\":\"python\"},"
        "{\"lines\":[8,8],\"name\":\"wild\"},"
        "{\"lines\":[9,9],\"name\":\"spaced\",\"version\":\"1.2\"},"
        "{\"lines\":[11,11],\"name\":\"requests\",\"type\":\"pypi\",\"version\":\"2.31\"},"
        "{\"lines\":[13,13],\"name\":\"loose\",\"type\":\"pypi\"}]",
        "[\"line 12: packages of pip that stand elsewhere\",\"line 14: neither a package nor pip's "
        "packages\"]");
}

static void test_conda_environment_with_brackets(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_conda_environment, NULL,
                           "dependencies:\n"
                           "  - \"a[version='1.2', build=x]\"\n"
                           "  - \"b[build=x,version=1.3]\"\n"
                           "  - \"c=1.4[build=x]\"\n"
                           "  - \"d[version='>=1']\"\n"
                           "  - \"e[version=\"\n",
                           "[{\"lines\":[2,2],\"name\":\"a\",\"version\":\"1.2\"},"
                           "{\"lines\":[3,3],\"name\":\"b\",\"version\":\"1.3\"},"
                           "{\"lines\":[4,4],\"name\":\"c\",\"version\":\"1.4\"},"
                           "{\"lines\":[5,5],\"name\":\"d\"},{\"lines\":[6,6],\"name\":\"e\"}]",
                           "[]");
}

static void test_conda_environment_of_something_else(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_conda_environment, NULL, "a: [\"", "[]",
                           "[\"line 1: not valid YAML: the closing double quote is missing\"]");
}

static void test_egg_is_what_its_metadata_says(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    const zip_file files[] = {
        {PT_STR("spam/__init__.py"), PT_STR("x"), false, 0},
        {PT_STR("EGG-INFO/PKG-INFO"), PT_STR("Name: spam\nVersion: 1.2\n"), false, 0}};
    put_zip(&b, files, 2);
    for (size_t n = 0; n <= b.n; n++) { // whole, and cut anywhere
        pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
        assert_int_equal(pt_read_egg(&r, pt_str_sub(pt_buf_str(&b), 0, n), NULL), PT_OK);
        assert_int_equal(r.packages.items.n, n == b.n);
        assert_int_equal(r.faults.items.n, n != b.n);
        if (n == b.n)
            assert_str(pt_text(pt_getz(r.packages.items.v[0], "version")), "1.2");
    }
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    pt_buf_clear(&b);
    put_zip(&b, files, 1);
    assert_int_equal(pt_read_egg(&r, pt_buf_str(&b), NULL), PT_OK);
    assert_str(pt_text(r.faults.items.v[0]), "line 1: an egg without metadata");
}

// What the egg of these files recognises: "EXPRESSION FILE".
static void check_egg(const zip_file *files, size_t n, const char *want) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_read r = {.a = &a, .path = PT_STR("s/a.egg"), .packages = {.a = &a}, .faults = {.a = &a}};
    put_zip(&b, files, n);
    assert_int_equal(pt_read_egg(&r, pt_buf_str(&b), NULL), PT_OK);
    pt_value recognised = pt_getz(pt_at(pt_list_end(&r.packages), 0), "recognised");
    assert_str(pt_arena_printf(&a, "%.*s %.*s", PT_PRI(pt_text(pt_getz(recognised, "expression"))),
                               PT_PRI(pt_text(pt_getz(recognised, "file")))),
               want);
}

static void test_egg_has_the_licence_of_its_texts(void **state) {
    (void)state;
#define EGG(name, text) {PT_STR("EGG-INFO/" name), PT_STR(text), false, 0}
#define EGG_HEAD        "Name: a\nVersion: 1\n"
    const zip_file named[] = {
        EGG("LICENSE", "Licensed under the MIT license"),
        EGG("PKG-INFO", EGG_HEAD "License-File: sub/COPYING\n"),
        EGG("licenses/sub/COPYING", "Licensed under the ISC license"),
        EGG("COPYING", "Licensed under the zlib license"), // without its folder: if it is nowhere
    };
    const zip_file found[] = {
        EGG("PKG-INFO", EGG_HEAD),
        EGG("LICENSE", "Licensed under the MIT license"),
        EGG("NOTICE", "Licensed under the ISC license"),
        EGG("licenses/LICENSE", "Licensed under the ISC license"),
    };
    const zip_file declared[] = {
        EGG("PKG-INFO", EGG_HEAD "License: BSD\n"),
        EGG("LICENSE", "Licensed under the MIT license"),
    };
    const zip_file unknown[] = {
        EGG("PKG-INFO", EGG_HEAD "License-File: LICENSE\n"),
        EGG("LICENSE", "Ask me."),
    };
    check_egg(named, PT_COUNT(named), "ISC s/a.egg/EGG-INFO/licenses/sub/COPYING");
    check_egg(found, PT_COUNT(found), "MIT s/a.egg/EGG-INFO/LICENSE");
    check_egg(declared, PT_COUNT(declared), " ");
    check_egg(unknown, PT_COUNT(unknown), " s/a.egg/EGG-INFO/LICENSE");
}

static void test_locks_of_unknown_versions_are_told(void **state) {
    (void)state;
    pt_testing_assert_read(pt_read_poetry_lock, NULL, "[metadata]\nlock-version = \"3.0\"\n", "[]",
                           "[\"line 1: a version of the file's format that is not known\"]");
    pt_testing_assert_read(pt_read_uv_lock, NULL, "version = 2\n", "[]",
                           "[\"line 1: a version of the file's format that is not known\"]");
    pt_testing_assert_read(pt_read_pdm_lock, NULL, "[metadata]\nlock_version = \"5.0\"\n", "[]",
                           "[\"line 1: a version of the file's format that is not known\"]");
    pt_testing_assert_read(pt_read_pylock, NULL, "lock-version = \"2.0\"\n", "[]",
                           "[\"line 1: a version of the file's format that is not known\"]");
    pt_testing_assert_read(pt_read_pipfile_lock, NULL,
                           "{\"_meta\": {\"pipfile-spec\": 7}, \"default\": {}}", "[]",
                           "[\"line 1: a version of the file's format that is not known\"]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_egg_is_what_its_metadata_says),
        cmocka_unit_test(test_egg_has_the_licence_of_its_texts),
        cmocka_unit_test(test_locks_of_unknown_versions_are_told),
        cmocka_unit_test(test_metadata_says_name_version_and_licence),
        cmocka_unit_test(test_metadata_expression_is_the_licence),
        cmocka_unit_test(test_metadata_classifiers_are_licences),
        cmocka_unit_test(test_metadata_that_contradicts_itself_has_both),
        cmocka_unit_test(test_metadata_licence_file_is_said_last),
        cmocka_unit_test(test_metadata_without_name_or_version_is_a_fault),
        cmocka_unit_test(test_metadata_continues_no_line_before_it),
        cmocka_unit_test(test_requirements_pin),
        cmocka_unit_test(test_requirements_of_no_single_version_have_none),
        cmocka_unit_test(test_requirements_of_files_are_what_they_are_called),
        cmocka_unit_test(test_requirements_include_others),
        cmocka_unit_test(test_pipfile_lock),
        cmocka_unit_test(test_pipfile_lock_with_a_byte_order_mark),
        cmocka_unit_test(test_pipfile_lock_of_other_places),
        cmocka_unit_test(test_pipfile_lock_that_is_broken),
        cmocka_unit_test(test_pipfile_lock_of_something_else),
        cmocka_unit_test(test_poetry_lock_alone),
        cmocka_unit_test(test_poetry_lock_beside_its_project),
        cmocka_unit_test(test_poetry_lock_beside_a_broken_project),
        cmocka_unit_test(test_poetry_lock_that_is_broken),
        cmocka_unit_test(test_uv_lock),
        cmocka_unit_test(test_uv_lock_of_two_roots_is_a_fault),
        cmocka_unit_test(test_uv_lock_without_a_root_is_a_fault),
        cmocka_unit_test(test_pdm_lock),
        cmocka_unit_test(test_pylock),
        cmocka_unit_test(test_conda_meta),
        cmocka_unit_test(test_conda_meta_without_a_name_is_a_fault),
        cmocka_unit_test(test_conda_environment),
        cmocka_unit_test(test_conda_environment_with_brackets),
        cmocka_unit_test(test_conda_environment_of_something_else),
    };
    return cmocka_run_group_tests_name("python_readers", tests, NULL, NULL);
}
