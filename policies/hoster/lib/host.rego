# Host names that an object lays claim to, and when two of them meet.
package lib.host

import data.lib.review

routes := {"HTTPRoute", "GRPCRoute", "TLSRoute"}

kinds := routes | {"Ingress"}

# An update that changes neither is not judged again.
settled if review.removed

settled if {
	review.untouched(["spec"])
	review.untouched(["metadata", "annotations"])
}

# {"field": …, "host": …} of an object of this kind; "*" is every host. Hosts in small letters; what
# is no text stays what it is, and is no host.
claims(kind, object) := ((rules(kind, object) | catch_all(kind, object)) | hostnames(kind, object)) | annotated(object)

rules(kind, object) := {{"field": field, "host": host} |
	kind == "Ingress"
	some list, key in {"rules": "host", "tls": "hosts"}
	some index, entry in object.spec[list]
	some host in hosts_of(entry, key)
	field := sprintf("spec.%s[%v].%s", [list, index, key])
}

# A rule without a host is a rule for every host; TLS without hosts adds none.
hosts_of(entry, "host") := {canonical(object.get(entry, "host", ""))} if is_object(entry)

hosts_of(entry, "hosts") := {canonical(host) | some host in entry.hosts}

catch_all(kind, object) := {{"field": "spec.defaultBackend", "host": "*"} |
	kind == "Ingress"
	some field in ["defaultBackend", "backend"]
	object.spec[field] != null
}

hostnames(kind, _) := set() if not kind in routes

hostnames(kind, object) := {{"field": sprintf("spec.hostnames[%v]", [index]), "host": canonical(host)} |
	some index, host in object.spec.hostnames
} if {
	kind in routes
	object.spec.hostnames[0]
}

hostnames(kind, object) := {{"field": "spec.hostnames", "host": "*"}} if {
	kind in routes
	not object.spec.hostnames[0]
}

# Annotations that make controllers serve, or publish, more names.
annotations := {
	"nginx.ingress.kubernetes.io/server-alias",
	"haproxy-ingress.github.io/server-alias",
	"haproxy-ingress.github.io/server-alias-regex",
	"external-dns.alpha.kubernetes.io/hostname",
	"external-dns.alpha.kubernetes.io/internal-hostname",
}

annotated(object) := {{"field": sprintf("metadata.annotations[%s]", [json.marshal(key)]), "host": canonical(host)} |
	some key in annotations
	some host in regex.split(`[,\s]+`, object.metadata.annotations[key])
	host != ""
}

canonical(host) := "*" if host in {"", null}

canonical(host) := trim_suffix(lower(host), ".") if {
	is_string(host)
	host != ""
}

canonical(host) := host if {
	host != null
	not is_string(host)
}

is_host("*")

is_host(host) if {
	count(host) <= 253
	regex.match(`^(?:\*\.)?(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$`, host)
}

# A wildcard meets all names below it, however deep: controllers differ in how far theirs reach.
overlap(host, host)

overlap("*", _)

overlap(_, "*")

overlap(wildcard, host) if below(wildcard, host)

overlap(host, wildcard) if below(wildcard, host)

below(wildcard, host) if {
	startswith(wildcard, "*.")
	endswith(host, trim_prefix(wildcard, "*"))
}

# What is not built as it should be: no claim could be read from it.
malformed contains review.complaint(field, "is no map; write a map") if {
	not settled
	some field in ["spec", "metadata"]
	not is_object(object.get(input.review.object, field, {}))
}

malformed contains review.complaint("metadata.annotations", "is no map; write a map") if {
	not settled
	review.no_map(input.review.object.metadata.annotations)
}

malformed contains review.complaint(sprintf("spec.%s", [list]), "is no list; write a list") if {
	not settled
	some list in ["rules", "tls", "hostnames"]
	review.no_list(input.review.object.spec[list])
}

malformed contains review.complaint(sprintf("spec.%s[%v]", [list, index]), "is no map; write a map") if {
	not settled
	some list in ["rules", "tls"]
	some index, entry in input.review.object.spec[list]
	not is_object(entry)
}

malformed contains review.complaint(sprintf("spec.tls[%v].hosts", [index]), "is no list; write a list") if {
	not settled
	some index, entry in input.review.object.spec.tls
	review.no_list(entry.hosts)
}

malformed contains review.complaint(sprintf("metadata.annotations[%s]", [json.marshal(key)]), "is no text; write a text") if {
	not settled
	some key in annotations
	not is_string(object.get(input.review.object, ["metadata", "annotations", key], ""))
}

malformed contains review.complaint(claim.field, text) if {
	not settled
	some claim in claims(input.review.kind.kind, input.review.object)
	not is_host(claim.host)
	text := sprintf("is %s, which is no host name; write a DNS name, or *. and one", [json.marshal(claim.host)])
}
