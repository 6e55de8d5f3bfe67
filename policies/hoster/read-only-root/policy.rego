# No container writes into its image.
package hoster.read_only_root

import data.lib.pod

violation contains finding if some finding in pod.malformed

violation contains pod.complaint(container, "securityContext.readOnlyRootFilesystem", text) if {
	some container in pod.containers
	not container.body.securityContext.readOnlyRootFilesystem == true
	text := "must be true; set it, and mount an emptyDir with a sizeLimit where the program writes"
}
