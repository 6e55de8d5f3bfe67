# No container that is the node: privileged, HostProcess on Windows, or with all of /proc.
package hoster.no_privileged

import data.lib.pod

violation contains finding if some finding in pod.malformed

violation contains pod.complaint(container, "securityContext.privileged", text) if {
	some container in pod.containers
	value := container.body.securityContext.privileged
	not value in {null, false}
	text := "is set, which makes its root the node's root; remove it, and add single capabilities if it needs any"
}

violation contains pod.complaint(container, "securityContext.procMount", text) if {
	some container in pod.containers
	value := container.body.securityContext.procMount
	not value in {null, "", "Default"}
	text := sprintf("is %s, which shows it all of the kernel's /proc; remove it", [json.marshal(value)])
}

violation contains pod.complaint(container, "securityContext.windowsOptions", text) if {
	some container in pod.containers
	host_process(container.body)
	text := "asks for a HostProcess container, which is a process of the node; remove hostProcess"
}

violation contains pod.fault(".securityContext.windowsOptions", text) if {
	pod.judged
	host_process(pod.spec)
	text := "asks for HostProcess containers, which are processes of the node; remove hostProcess"
}

host_process(body) if {
	options := body.securityContext.windowsOptions
	options != null
	not harmless(options)
}

harmless(options) if object.get(options, "hostProcess", null) in {null, false}
