# Every container has limits, and they are within bounds; so has the pod as a whole.
package hoster.resource_limits

import data.lib.pod
import data.lib.quantity

violation contains finding if some finding in pod.malformed

# Ephemeral containers cannot have limits: they live within the pod's.
judged contains container if {
	some container in pod.containers
	container.list != "ephemeralContainers"
}

violation contains pod.complaint(container, field, text) if {
	some container in judged
	some resource, most in input.parameters.max
	limit := of(container.body, "limits", resource)
	limit == null
	of(pod.spec, "limits", resource) == null
	field := sprintf("resources.limits.%s", [resource])
	text := sprintf("is missing, so that it may take the node's; set at most %s", [most])
}

violation contains pod.complaint(container, field, text) if {
	some container in judged
	some resource, most in input.parameters.max
	limit := of(container.body, "limits", resource)
	limit != null
	not bounded(limit, most)
	field := sprintf("resources.limits.%s", [resource])
	text := sprintf("is %s; set more than 0 (which is none) and at most %s", [json.marshal(limit), most])
}

violation contains pod.complaint(container, field, text) if {
	some container in judged
	some resource, _ in input.parameters.max
	request := of(container.body, "requests", resource)
	request != null
	limit := of(container.body, "limits", resource)
	not at_most(request, limit)
	field := sprintf("resources.requests.%s", [resource])
	text := sprintf("is %s, which is not within the limit of %s; lower it", [json.marshal(request), json.marshal(limit)])
}

violation contains pod.fault(sprintf(".resources.limits.%s", [resource]), text) if {
	pod.judged
	some resource, most in pod_max
	limit := of(pod.spec, "limits", resource)
	limit != null
	not bounded(limit, most)
	text := sprintf("is %s; set more than 0 (which is none) and at most %s", [json.marshal(limit), most])
}

# What runs at once: the containers, and init containers that stay.
violation contains pod.fault("", text) if {
	some resource, most in input.parameters.podMax
	of(pod.spec, "limits", resource) == null
	limits := [[container.list, container.index, quantity.billionths(of(container.body, "limits", resource))] |
		some container in judged
		stays(container)
	]
	total := sum([limit[2] | some limit in limits])
	not total <= quantity.billionths(most)
	text := sprintf("has limits of %s that come to more than %s for the pod; lower them", [resource, most])
}

stays(container) if container.list == "containers"

stays(container) if not object.get(container.body, "restartPolicy", "") in {null, "", "Never", "OnFailure"}

# For limits of the pod as a whole: podMax where it is given, else what one container may have.
pod_max[resource] := object.get(input.parameters, ["podMax", resource], most) if {
	some resource, most in input.parameters.max
}

# null: not set. What is no map is given back as it is, and is no quantity.
of(body, kind, resource) := object.get(body, ["resources", kind, resource], null) if {
	is_object(object.get(body, ["resources", kind], {}))
} else := null if {
	object.get(body, ["resources", kind], {}) == null
} else := "(no map)"

bounded(limit, most) if {
	quantity.billionths(limit) > 0
	at_most(limit, most)
}

at_most(less, more) if quantity.billionths(less) <= quantity.billionths(more)

at_most(_, null)
