# Every container has limits, and they are within bounds; so has the pod as a whole.
package hoster.resource_limits

import data.lib.pod
import data.lib.quantity
import data.lib.review

violation contains finding if some finding in pod.malformed

# Ephemeral containers cannot have limits: they live within the pod's.
judged contains container if {
	some container in pod.containers
	container.list != "ephemeralContainers"
}

violation contains pod.complaint(container, sprintf("resources.limits.%s", [resource]), text) if {
	some container in judged
	some resource, maximum in input.parameters.max
	limit := of(container.body, "limits", resource)
	text := problem(limit, of(pod.spec, "limits", resource), maximum)
}

violation contains pod.complaint(container, field, "is no map; write a map") if {
	some container in judged
	some field in shapeless(container.body)
}

violation contains pod.fault(sprintf(".%s", [field]), "is no map; write a map") if {
	pod.judged
	some field in shapeless(pod.spec)
}

shapeless(body) := {"resources" | review.no_map(body.resources)} | {sprintf("resources.%s", [kind]) |
	some kind in kinds
	review.no_map(body.resources[kind])
}

problem(null, null, maximum) := sprintf("is missing, so that it may take the node's; set at most %s", [maximum])

problem(limit, _, maximum) := sprintf("is %s; set more than 0 (which is none) and at most %s", [json.marshal(limit), maximum]) if {
	limit != null
	not bounded(limit, highest(maximum))
}

violation contains pod.complaint(container, sprintf("resources.requests.%s", [resource]), text) if {
	some container in judged
	some resource, _ in input.parameters.max
	request := of(container.body, "requests", resource)
	request != null
	limit := of(container.body, "limits", resource)
	not within(request, limit)
	text := sprintf("is %s, which is not within the limit of %s; lower it", [json.marshal(request), json.marshal(limit)])
}

violation contains pod.fault(sprintf(".resources.limits.%s", [resource]), text) if {
	pod.judged
	some resource, maximum in object.union(input.parameters.max, pod_max)
	limit := of(pod.spec, "limits", resource)
	text := problem(limit, 0, maximum)
}

# What runs at once: the containers, and init containers that stay.
violation contains pod.fault("", text) if {
	some resource, maximum in pod_max
	of(pod.spec, "limits", resource) == null
	limits := [amounts[of(container.body, "limits", resource)] |
		some container in judged
		stays(container)
	]
	sum(limits) > highest(maximum)
	text := sprintf("has limits of %s that come to more than %s for the pod; lower them", [resource, maximum])
}

stays(container) if container.list == "containers"

stays(container) if {
	container.list == "initContainers"
	not object.get(container.body, "restartPolicy", "") in {null, "", "Never", "OnFailure"}
}

# By how they are written, so that each is read once. What is no quantity has none.
amounts := {written: quantity.billionths(written) | some written in quantities}

quantities contains maximum if some maximum in input.parameters.max

quantities contains maximum if some maximum in pod_max

quantities contains quantity if {
	some body in bodies
	some kind in kinds
	some quantity in body.resources[kind]
}

kinds := ["limits", "requests"]

bodies contains pod.spec

bodies contains container.body if some container in judged

# A maximum that is no quantity allows nothing.
highest(maximum) := object.get(amounts, maximum, 0)

pod_max := object.get(input.parameters, "podMax", {})

# null: not set.
of(body, kind, resource) := object.get(body, ["resources", kind, resource], null)

bounded(limit, maximum) if {
	amounts[limit] > 0
	amounts[limit] <= maximum
}

within(_, null)

within(request, limit) if amounts[request] <= amounts[limit]
