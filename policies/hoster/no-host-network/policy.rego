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
	some path, handler in handlers(container.body)
	some action in ["httpGet", "tcpSocket"]
	host := object.get(handler, [action, "host"], null)
	not host in {null, ""}
	field := sprintf("%s.%s.host", [path, action])
	text := sprintf("is %s, to which the node itself would send requests; remove it, which means the pod", [json.marshal(host)])
}

violation contains pod.complaint(container, field, "is no map; write a map") if {
	some container in pod.containers
	some field in unreadable(container.body)
}

# By their field: liveness and other probes, and what runs at the start and the end.
handlers(body) := object.union(
	{probe: handler | some probe in probes; handler := body[probe]},
	{field: handler |
		some hook in hooks
		handler := body.lifecycle[hook]
		field := sprintf("lifecycle.%s", [hook])
	},
)

probes := ["livenessProbe", "readinessProbe", "startupProbe"]

hooks := ["postStart", "preStop"]

unreadable(body) := ({"lifecycle" | review.no_map(body.lifecycle)} | {field |
	some field, handler in handlers(body)
	review.no_map(handler)
}) | {sprintf("%s.%s", [field, action]) |
	some field, handler in handlers(body)
	some action in ["httpGet", "tcpSocket"]
	review.no_map(handler[action])
}
