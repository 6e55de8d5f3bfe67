# A host belongs to one tenant: nobody else's Ingress or route may have it, or a path below it.
package hoster.ingress_unique_hosts

import data.lib.host
import data.lib.review
import data.lib.tenant

violation contains finding if some finding in host.malformed

mine := host.names(input.review.kind.kind, input.review.object)

violation contains review.complaint(host.field("*"), text) if {
	not host.settled
	not input.parameters.allowEveryHost == true
	"*" in mine
	text := "takes every host that has no rule of its own, other tenants' too; name the hosts"
}

# Whose it is, the details say: the message goes to the tenant who asked.
violation contains object.union(review.complaint(host.field(name), text), {"details": details}) if {
	not host.settled
	some owner in owners
	some name in owner.meets
	text := sprintf("is %s, which is taken: another tenant has %s; use a host of your own", [name, owner.host])
	details := {"host": name, "taken_by": object.remove(owner, ["meets", "host"])}
}

# Everyone else's objects with a host that meets one of these.
owners contains {"kind": kind, "namespace": namespace, "name": name, "host": theirs, "meets": meets} if {
	some namespace, versions in data.inventory.namespace
	not shared(namespace)
	some kind in host.kinds
	some name, other in versions[_][kind]
	not itself(namespace, kind, name)
	some theirs in host.names(kind, other)
	meets := {ours |
		some ours in mine
		host.overlap(ours, theirs)
		host.is_host(ours)
	}
	count(meets) > 0
}

itself(namespace, kind, name) if {
	namespace == input.review.namespace
	kind == input.review.kind.kind
	name == input.review.object.metadata.name
}

# Within a namespace and, where that is allowed, between namespaces of one tenant.
shared(namespace) if {
	namespace == input.review.namespace
	not input.parameters.shareWithinNamespace == false
}

shared(namespace) if {
	namespace != input.review.namespace
	input.parameters.shareWithinTenant == true
	tenant.of(data.inventory.cluster.v1.Namespace[namespace]) == tenant.name
}
