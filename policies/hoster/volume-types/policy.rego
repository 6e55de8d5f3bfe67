# Volumes of types that are known to be harmless.
package hoster.volume_types

import data.lib.pod

violation contains finding if some finding in pod.malformed

violation contains pod.complaint(item, type, text) if {
	pod.judged
	some index, volume in pod.spec.volumes
	some type in types(volume)
	not allowed(type)
	item := {"list": "volumes", "index": index, "body": volume}
	text := sprintf("is no type of volume that is allowed; use one of: %s", [listed])
}

violation contains pod.complaint(item, "", text) if {
	pod.judged
	some index, volume in pod.spec.volumes
	count(types(volume)) != 1
	item := {"list": "volumes", "index": index, "body": volume}
	text := sprintf("has %d types; write exactly one", [count(types(volume))])
}

violation contains pod.complaint(item, "csi", text) if {
	pod.judged
	some index, volume in pod.spec.volumes
	source := volume.csi
	source != null
	not allowed_driver(source)
	item := {"list": "volumes", "index": index, "body": volume}
	text := sprintf("is of %s, which pods may not use by themselves; use a PersistentVolumeClaim", [json.marshal(source)])
}

types(volume) := {type |
	some type, source in volume
	type != "name"
	source != null
}

allowed(type) if {
	some name in input.parameters.allowed
	type == name
}

allowed_driver(source) if {
	some name in input.parameters.csiDrivers
	source.driver == name
}

listed := concat(", ", sort(input.parameters.allowed))
