# Image references, as container runtimes read them.
package lib.image

# [registry "/"] repository [":" tag] ["@" digest]. A first component is a registry if it has a dot
# or a port or is "localhost". Capital letters in a repository, blanks and ".." are no reference.
pattern := `^(?:(?:(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|localhost|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?|[A-Za-z0-9-]+:[0-9]+)/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::[0-9A-Za-z_][0-9A-Za-z_.-]{0,127})?(?:@(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}))?$`

# What runtimes look up among the images of the node before they ask any registry: an image's ID or
# its beginning. That is whatever image another tenant has had pulled there.
local := `^(?:sha256:)?[0-9a-f]{2,64}$`

# The parts, with Docker's short names written out: "nginx" is docker.io/library/nginx. Undefined for
# what is no reference. "tag" and "digest" may be empty. (Groups would be shorter, and twenty times
# slower: without them the expression runs as an automaton.)
parse(reference) := {"name": full(path), "tag": concat("", array.slice(last, 1, 2)), "digest": digest} if {
	regex.match(pattern, reference)
	not regex.match(local, reference)
	halves := split(reference, "@")
	digest := concat("", array.slice(halves, 1, 2))
	steps := split(halves[0], "/")
	first := array.slice(steps, 0, count(steps) - 1)
	last := split(steps[count(steps) - 1], ":")
	path := array.concat(first, [last[0]])
}

full(path) := short(path) if {
	not registry(path)
} else := short(array.slice(path, 1, count(path))) if {
	lower(path[0]) in {"docker.io", "index.docker.io"}
} else := concat("/", path)

short(path) := concat("/", array.concat(["docker.io", "library"], path)) if count(path) == 1

short(path) := concat("/", array.concat(["docker.io"], path)) if count(path) > 1

registry(path) if {
	count(path) > 1
	regex.match(`[.:]|^localhost$`, path[0])
}
