#include "collect/packages/lock/testing_lock.h"
#include "collect/packages/ruby/ruby.h"

static void test_gemfile_lock(void **state) {
    (void)state;
    assert_reads(pt_read_gemfile_lock,
                 "GIT\n  remote: https://example.org/own.git\n  revision: abc\n  specs:\n"
                 "    own (0.1.0)\n      rack (>= 1, < 3)\n\n"
                 "GEM\r\n  remote: https://example.org/\r\n  specs:\r\n"
                 "    nokogiri (1.13.6)\n      racc (~> 1.4)\n"
                 "    nokogiri (1.13.6-x86_64-linux)\n      racc (~> 1.4)\n      bundler\n"
                 "    racc (1.6.0)\n    rack (2.0)\n\n"
                 "PLATFORMS\n  ruby\n  x86_64-linux\n\n"
                 "DEPENDENCIES\n  nokogiri (>= 1)\n  own!\n  unknown\n\n"
                 "CHECKSUMS\n  racc (1.6.0) sha256=00\n\nBUNDLED WITH\n   2.3.7\n",
                 "nokogiri 1.13.6 direct :11-11 > racc@1.6.0\nown 0.1.0 direct :5-5 > rack@2.0\n"
                 "racc 1.6.0 indirect :16-16\nrack 2.0 indirect :17-17\n");
}

static void test_gemfile_lock_tells_what_is_broken(void **state) {
    (void)state;
    assert_reads(pt_read_gemfile_lock, "broken",
                 "! line 1: not the name of a section\n! line 1: no section of gems\n");
    assert_reads(pt_read_gemfile_lock, "", "! line 1: no section of gems\n");
    assert_reads(pt_read_gemfile_lock,
                 "GEM\n  specs:\n      early (1)\n    a\n      b (1)\n    c (1\n    d (1)\n"
                 "<<<<<<< HEAD\n    e (1)\n",
                 "d 1 :7-7\n! line 4: a gem without a name and version\n"
                 "! line 6: a gem without a name and version\n"
                 "! line 8: not the name of a section\n");
}

#define BEGIN "Gem::Specification.new do |s|\n"

static void test_gemspec(void **state) {
    (void)state;
    assert_reads(pt_read_gemspec,
                 "# -*- encoding: utf-8 -*-\n# stub: other 0 ruby lib\n\n" BEGIN
                 "  s.name = \"a-b\".freeze\n  s.version = \"1.2.3\"\n\n"
                 "  s.required_rubygems_version = Gem::Requirement.new(\">= 0\".freeze) if "
                 "s.respond_to? :required_rubygems_version=\n"
                 "  s.licenses = [\"MIT\".freeze, \"Ruby\".freeze, ''.freeze]\n"
                 "  s.description = \"s.name = \\\"no\\\"\".freeze\n"
                 "  s.rubygems_version = \"3\".freeze\nend\n",
                 "a-b 1.2.3 licences MIT,Ruby\n");
    assert_reads(pt_read_gemspec,
                 "Gem::Specification.new do |spec|\n spec.name = %q{old}\n"
                 " spec.version = Gem::Version.new(\"0.9\")\n spec.license = 'BSD'\nend\n",
                 "old 0.9 licences BSD\n");
    assert_reads(pt_read_gemspec, BEGIN "s.name = %q<q\\>\\\\>\ns.version=%q!1!\n", "q\\>\\\\ 1\n");
}

static void test_gemspec_tells_what_is_missing(void **state) {
    (void)state;
    static const char no_name[] = "! line 1: a gem without a name in plain text\n";
    assert_reads(pt_read_gemspec, BEGIN "s.version = \"1\"\n", no_name);
    assert_reads(pt_read_gemspec, BEGIN "s.name = \"\"\ns.version = \"1\"\n", no_name);
    assert_reads(pt_read_gemspec, BEGIN "s.name = \"a\ns.version = \"1\"\n", no_name);
    assert_reads(pt_read_gemspec, BEGIN "t.name = \"a\"\nt.version = \"1\"\n", no_name);
    assert_reads(pt_read_gemspec, "s.name = \"a\"\ns.version = \"1\"\n", no_name);
    assert_reads(pt_read_gemspec, BEGIN "s.name = \"a\"\ns.version = A::VERSION\n",
                 "! line 1: a gem without a version in plain text\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemfile_lock),
        cmocka_unit_test(test_gemfile_lock_tells_what_is_broken),
        cmocka_unit_test(test_gemspec),
        cmocka_unit_test(test_gemspec_tells_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
