# Hosts are inside the domains of the tenant, or of everybody.
package hoster.ingress_tenant_domains

import data.lib.host
import data.lib.review
import data.lib.tenant

violation contains finding if some finding in host.malformed

violation contains review.complaint(host.field(name), text) if {
	not host.settled
	some name in host.names(input.review.kind.kind, input.review.object)
	not mine(name)
	text := sprintf("is %s, outside the domains of this namespace; use a name in one of: %s", [json.marshal(name), listed])
}

violation contains review.complaint(field, text) if {
	not host.settled
	some key, _ in input.review.object.metadata.annotations
	review.matches_any(input.parameters.forbiddenAnnotations, key)
	field := sprintf("metadata.annotations[%s]", [json.marshal(key)])
	text := "writes into the configuration of the controller, which serves all tenants; remove it"
}

allowed contains written_out(domain) if some domain in input.parameters.domains

allowed contains written_out(domain) if {
	some entry in tenant.entries
	some domain in entry.domains
}

# {namespace} and {tenant} stand for what they are; a domain with what is not known allows nothing.
written_out(domain) := lower(replace(named(domain), "{namespace}", input.review.namespace)) if contains(domain, "{namespace}")

written_out(domain) := lower(named(domain)) if not contains(domain, "{namespace}")

named(domain) := replace(domain, "{tenant}", tenant.name) if contains(domain, "{tenant}")

named(domain) := domain if not contains(domain, "{tenant}")

# The domain itself, all below it, and wildcards over either.
mine(name) if {
	some domain in allowed
	count(domain) > 0
	base := trim_prefix(name, "*.")
	endswith(sprintf(".%s", [base]), sprintf(".%s", [domain]))
}

listed := concat(", ", sort(allowed)) if count(allowed) > 0

listed := "(none)" if count(allowed) == 0
