# Every image by its digest: what was checked is what runs.
package hoster.image_digest

import data.lib.pod

violation contains finding if some finding in pod.malformed

violation contains finding if some finding in pod.unreadable

violation contains pod.complaint(item, "", text) if {
	some item in pod.images
	pod.parsed[item.reference].digest == ""
	text := sprintf("image %s has no digest, so that another may run tomorrow; append @sha256:… of the image that was tested", [json.marshal(item.reference)])
}
