# Image references, as container runtimes read them.
package lib.image

# [registry "/"] repository [":" tag] ["@" digest]. A first component is a registry if it has a dot
# or a port or is "localhost". Capital letters in a repository, blanks and ".." are no reference.
pattern := `^(?:((?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|localhost|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?|[A-Za-z0-9-]+:[0-9]+)/)?([a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)(?::([0-9A-Za-z_][0-9A-Za-z_.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}))?$`

# What runtimes look up among the images of the node before they ask any registry: an image's ID or
# its beginning. That is whatever image another tenant has had pulled there.
local := `^(?:sha256:)?[0-9a-f]{2,64}$`

# The parts, with Docker's short names written out: "nginx" is docker.io/library/nginx. Undefined for
# what is no reference. "tag" and "digest" may be empty.
parse(reference) := {"name": name(parts[1], parts[2]), "tag": parts[3], "digest": parts[4]} if {
	not regex.match(local, reference)
	parts := regex.find_all_string_submatch_n(pattern, reference, 1)[0]
}

name(registry, repository) := sprintf("%s/%s", [registry, repository]) if not docker_hub(registry)

name(registry, repository) := sprintf("docker.io/%s", [repository]) if {
	docker_hub(registry)
	contains(repository, "/")
}

name(registry, repository) := sprintf("docker.io/library/%s", [repository]) if {
	docker_hub(registry)
	not contains(repository, "/")
}

docker_hub(registry) if lower(registry) in {"", "docker.io", "index.docker.io"}
