# No pod on the node's network, and no request of the kubelet to wherever the pod likes.
package hoster.no_host_network

import data.lib.pod

violation contains finding if some finding in pod.malformed

violation contains pod.fault(".hostNetwork", text) if {
	pod.judged
	value := pod.spec.hostNetwork
	not value in {null, false}
	text := "is set, so that the pod has the node's addresses and listens beside its services; remove it, and use a Service"
}

violation contains pod.complaint(container, field, text) if {
	some container in pod.containers
	some path in [
		["livenessProbe"],
		["readinessProbe"],
		["startupProbe"],
		["lifecycle", "postStart"],
		["lifecycle", "preStop"],
	]
	some action in ["httpGet", "tcpSocket"]
	field := concat(".", array.concat(path, [action, "host"]))
	host := object.get(container.body, array.concat(path, [action, "host"]), null)
	not host in {null, ""}
	text := sprintf("is %s, to which the node itself would send requests; remove it, which means the pod", [json.marshal(host)])
}
