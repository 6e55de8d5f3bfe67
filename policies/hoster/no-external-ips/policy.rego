# No Service takes traffic for an address that is not its tenant's to give.
package hoster.no_external_ips

import data.lib.review
import data.lib.service

violation contains finding if some finding in service.malformed

violation contains review.complaint("spec.externalIPs", "is no list; write a list") if {
	not service.settled
	review.no_list(service.spec.externalIPs)
}

violation contains review.complaint(field, text) if {
	not service.settled
	some index, address in service.spec.externalIPs
	not allowed(address)
	field := sprintf("spec.externalIPs[%v]", [index])
	text := sprintf("is %s: every node would send that address's traffic here; remove it", [json.marshal(address)])
}

violation contains review.complaint("spec.loadBalancerIP", text) if {
	not service.settled
	address := service.spec.loadBalancerIP
	not address in {null, ""}
	not allowed(address)
	text := sprintf("is %s, an address that is not allowed here; remove it, and take what the load balancer gives", [json.marshal(address)])
}

violation contains review.complaint("spec.loadBalancerSourceRanges", text) if {
	not service.settled
	not object.get(service.spec, "type", null) in {null, "ClusterIP", "NodePort", "ExternalName"}
	input.parameters.requireSourceRanges == true
	not restricted
	text := "is empty or holds everyone, so that anyone may connect; list the networks that may"
}

# Annotations by which load balancers are told an address. Those that hold allowed addresses pass.
violation contains review.complaint(field, text) if {
	not review.removed
	not review.untouched(["metadata", "annotations"])
	some key, value in input.review.object.metadata.annotations
	review.matches_any(input.parameters.forbiddenAnnotations, key)
	not all_allowed(value)
	field := sprintf("metadata.annotations[%s]", [json.marshal(key)])
	text := sprintf("is %s: it chooses or shares an address; remove it", [json.marshal(value)])
}

violation contains review.complaint("metadata.annotations", "is no map; write a map") if {
	not review.removed
	review.no_map(input.review.object.metadata.annotations)
}

# Who writes an address into the status takes its traffic as by externalIPs. Audits cannot tell who did.
violation contains review.complaint("status.loadBalancer", text) if {
	input.review.operation == "UPDATE"
	not review.untouched(["status", "loadBalancer"])
	not writer
	some address in addresses
	not allowed(address)
	text := sprintf("is given %s by user %s: every node would send that address's traffic here; only the load balancer's controller may", [json.marshal(address), json.marshal(user)])
}

addresses contains address if {
	some ingress in input.review.object.status.loadBalancer.ingress
	some field in ["ip", "hostname"]
	address := ingress[field]
	address != ""
}

default user := ""

user := input.review.userInfo.username

writer if review.matches_any(input.parameters.statusWriters, user)

all_allowed(value) if {
	texts := regex.split(`[,\s]+`, trim_space(value))
	every text in texts {
		allowed(text)
	}
}

allowed(address) if {
	not contains(address, "/")
	some network in input.parameters.allowed
	net.cidr_contains(network, address)
}

# Nothing wider than a 256th of all addresses: two halves are everyone too.
restricted if {
	count(service.spec.loadBalancerSourceRanges) > 0
	every range in service.spec.loadBalancerSourceRanges {
		regex.match(`^\s*[0-9a-fA-F:.]+/0*(?:[89]|[1-9][0-9]+)\s*$`, range)
	}
}
