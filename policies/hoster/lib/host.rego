# Host names that an object lays claim to, and when two of them meet.
package lib.host

import data.lib.review

routes := {"HTTPRoute", "GRPCRoute", "TLSRoute"}

kinds := routes | {"Ingress"}

# What serves nothing, and has names issued or published all the same.
issued := {"Certificate", "DNSEndpoint"}

# An update that changes neither is not judged again.
settled if review.removed

settled if {
	review.untouched(["spec"])
	review.untouched(["metadata", "annotations"])
}

# The hosts of an object of this kind, in small letters; "*" is every host. It runs for every Ingress
# of the inventory, so it says nothing of fields: `field` does, for the object that is judged.
names(kind, subject) := listed(kind, subject) | published(subject)

# A rule without a host is a rule for every host, as a default backend is; TLS without hosts adds none.
listed("Ingress", subject) := ({canonical(object.get(rule, "host", "")) |
	some rule in subject.spec.rules
} | {canonical(host) |
	some entry in subject.spec.tls
	some host in entry.hosts
}) | {"*" | every_host(subject)}

listed(kind, subject) := {canonical(host) | some host in subject.spec.hostnames} if {
	kind in routes
	subject.spec.hostnames[0]
}

listed(kind, subject) := {"*"} if {
	kind in routes
	not subject.spec.hostnames[0]
}

listed("Certificate", subject) := {canonical(name) |
	some name in subject.spec.dnsNames
} | {canonical(name) |
	name := subject.spec.commonName
	not name in {null, ""}
}

listed("DNSEndpoint", subject) := {canonical(object.get(endpoint, "dnsName", "")) |
	some endpoint in subject.spec.endpoints
}

listed(kind, _) := set() if {
	not kind in kinds
	not kind in issued
}

every_host(subject) if subject.spec.defaultBackend != null

every_host(subject) if subject.spec.backend != null

# Annotations that make controllers serve, or publish, more names.
annotations := {
	"nginx.ingress.kubernetes.io/server-alias",
	"haproxy-ingress.github.io/server-alias",
	"haproxy-ingress.github.io/server-alias-regex",
	"external-dns.alpha.kubernetes.io/hostname",
	"external-dns.alpha.kubernetes.io/internal-hostname",
}

published(subject) := {canonical(host) |
	some key, value in subject.metadata.annotations
	key in annotations
	some host in regex.split(`[,\s]+`, value)
	host != ""
}

# What is no text stays what it is, and is no host.
canonical(host) := "*" if {
	host in {"", null}
} else := trim_suffix(lower(host), ".") if {
	is_string(host)
} else := host

is_host("*")

is_host(host) if {
	count(host) <= 253
	regex.match(`^(?:\*\.)?(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$`, host)
}

# Where the object that is judged says so.
field(host) := concat(", ", sort(fields(input.review.object, host))) if count(fields(input.review.object, host)) > 0

field(host) := "spec" if count(fields(input.review.object, host)) == 0

fields(subject, host) := {sprintf("spec.rules[%v].host", [index]) |
	some index, rule in subject.spec.rules
	canonical(object.get(rule, "host", "")) == host
} | ({sprintf("spec.tls[%v].hosts", [index]) |
	some index, entry in subject.spec.tls
	some name in entry.hosts
	canonical(name) == host
} | ({sprintf("spec.hostnames[%v]", [index]) |
	some index, name in subject.spec.hostnames
	canonical(name) == host
} | ({sprintf("spec.dnsNames[%v]", [index]) |
	some index, name in subject.spec.dnsNames
	canonical(name) == host
} | ({"spec.commonName" |
	canonical(subject.spec.commonName) == host
} | ({sprintf("spec.endpoints[%v].dnsName", [index]) |
	some index, endpoint in subject.spec.endpoints
	canonical(object.get(endpoint, "dnsName", "")) == host
} | {sprintf("metadata.annotations[%s]", [json.marshal(key)]) |
	some key, _ in subject.metadata.annotations
	host in published({"metadata": {"annotations": {key: subject.metadata.annotations[key]}}})
})))))

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
	some list in ["rules", "tls", "hostnames", "dnsNames", "endpoints"]
	review.no_list(input.review.object.spec[list])
}

malformed contains review.complaint(sprintf("spec.%s[%v]", [list, index]), "is no map; write a map") if {
	not settled
	some list in ["rules", "tls", "endpoints"]
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

malformed contains review.complaint(field(host), text) if {
	not settled
	some host in names(input.review.kind.kind, input.review.object)
	not is_host(host)
	text := sprintf("is %s, which is no host name; write a DNS name, or *. and one", [json.marshal(host)])
}
