# No pod on the node's network, and no request of the kubelet to wherever the pod likes.
package hoster.no_host_network

import data.lib.pod
import data.lib.review

violation contains finding if some finding in pod.malformed

violation contains pod.fault(".hostNetwork", text) if {
	pod.judged
	value := pod.spec.hostNetwork
	not value in {null, false}
	text := "is set, so that the pod has the node's addresses and listens beside its services; remove it, and use a Service"
}

violation contains pod.complaint(container, field, text) if {
	some container in pod.containers
	some handler in handlers(container.body)
	some action in ["httpGet", "tcpSocket"]
	host := handler.does[action].host
	not host in {null, ""}
	field := sprintf("%s.%s.host", [handler.field, action])
	text := sprintf("is %s, to which the node itself would send requests; remove it, which means the pod", [json.marshal(host)])
}

violation contains pod.complaint(container, field, "is no map; write a map") if {
	some container in pod.containers
	some field in unreadable(container.body)
}

# Liveness and other probes, and what runs at the start and the end.
handlers(body) := array.concat(
	[{"field": probe, "does": body[probe]} | some probe in probes],
	[{"field": field, "does": handler} |
		some hook in hooks
		handler := body.lifecycle[hook]
		field := sprintf("lifecycle.%s", [hook])
	],
)

probes := ["livenessProbe", "readinessProbe", "startupProbe"]

hooks := ["postStart", "preStop"]

unreadable(body) := ({"lifecycle" | review.no_map(body.lifecycle)} | {handler.field |
	some handler in handlers(body)
	review.no_map(handler.does)
}) | {sprintf("%s.%s", [handler.field, action]) |
	some handler in handlers(body)
	some action in ["httpGet", "tcpSocket"]
	review.no_map(handler.does[action])
}
