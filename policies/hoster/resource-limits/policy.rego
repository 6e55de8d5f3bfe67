# Every container has limits, and they are within bounds; so has the pod as a whole.
package hoster.resource_limits

import data.lib.pod
import data.lib.quantity
import data.lib.review

violation contains finding if some finding in pod.malformed

# Ephemeral containers cannot have limits: they live within the pod's.
judged := [container |
	some container in pod.containers
	container.list != "ephemeralContainers"
]

# … and what it says of itself, so that it is looked up once.
settings := [{"container": container, "limits": said(container.body, "limits"), "requests": said(container.body, "requests")} |
	some container in judged
]

# What is no map is said to be none, below.
said(body, kind) := map if {
	map := body.resources[kind]
	is_object(map)
} else := {}

pod_limits := said(pod.spec, "limits")

violation contains pod.complaint(item.container, sprintf("resources.limits.%s", [resource]), text) if {
	some item in settings
	some resource, maximum in input.parameters.max
	limit := object.get(item.limits, resource, null)
	not bounded(limit, highest[resource])
	text := problem(limit, object.get(pod_limits, resource, null), maximum)
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
	not bounded(limit, amount(maximum))
}

violation contains pod.complaint(item.container, sprintf("resources.requests.%s", [resource]), text) if {
	some item in settings
	some resource, _ in input.parameters.max
	request := item.requests[resource]
	request != null
	limit := object.get(item.limits, resource, null)
	not within(request, limit)
	text := sprintf("is %s, which is not within the limit of %s; lower it", [json.marshal(request), json.marshal(limit)])
}

violation contains pod.fault(sprintf(".resources.limits.%s", [resource]), text) if {
	pod.judged
	some resource, limit in pod_limits
	text := problem(limit, 0, object.union(input.parameters.max, pod_max)[resource])
}

# What runs at once: the containers, and init containers that stay.
violation contains pod.fault("", text) if {
	some resource, maximum in pod_max
	object.get(pod_limits, resource, null) == null
	sum([amounts[limits[resource]] | some limits in staying]) > pod_highest[resource]
	text := sprintf("has limits of %s that come to more than %s for the pod; lower them", [resource, maximum])
}

staying := [item.limits |
	some item in settings
	stays(item.container)
]

stays(container) if container.list == "containers"

stays(container) if {
	container.list == "initContainers"
	not object.get(container.body, "restartPolicy", "") in {null, "", "Never", "OnFailure"}
}

# By how they are written, so that each is read once. What is no quantity has none.
amounts := {written: quantity.billionths(written) | some written in quantities}

quantities contains limit if some limit in pod_limits

quantities contains written if {
	some item in settings
	some kind in kinds
	some written in item[kind]
}

kinds := ["limits", "requests"]

highest := {resource: amount(maximum) | some resource, maximum in input.parameters.max}

pod_highest := {resource: amount(maximum) | some resource, maximum in pod_max}

# A maximum that is no quantity allows nothing.
amount(maximum) := quantity.billionths(maximum)

amount(maximum) := 0 if not quantity.billionths(maximum)

pod_max := object.get(input.parameters, "podMax", {})

bounded(limit, maximum) if {
	known := amounts[limit]
	known > 0
	known <= maximum
}

within(_, null)

within(request, limit) if amounts[request] <= amounts[limit]
