# No files of the node, by a volume of the pod or by a PersistentVolume.
package hoster.no_host_path

import data.lib.pod
import data.lib.review

persistent if input.review.kind.kind == "PersistentVolume"

violation contains finding if {
	not persistent
	some finding in pod.malformed
}

violation contains pod.complaint(item, "hostPath", text) if {
	pod.judged
	some index, volume in pod.spec.volumes
	source := volume.hostPath
	source != null
	not allowed(volume, source)
	item := {"list": "volumes", "index": index, "body": volume}
	text := sprintf("is %s, a file or folder of the node; use a PersistentVolumeClaim, emptyDir, configMap or secret%s", [shown(source), hint])
}

violation contains {"msg": msg, "details": {"field": sprintf("spec.%s", [kind])}} if {
	persistent
	not review.removed
	not review.untouched(["spec"])
	some kind in ["hostPath", "local"]
	source := input.review.object.spec[kind]
	source != null
	not allowed_path(source, true)
	msg := sprintf("spec.%s is %s, files of the node; use storage that a CSI driver gives", [kind, shown(source)])
}

violation contains {"msg": msg, "details": {"field": "spec"}} if {
	persistent
	not is_object(object.get(input.review.object, "spec", null))
	msg := "spec is missing or no map, so there is no volume to judge; write it"
}

# A path that is allowed for reading only has to be mounted so everywhere.
allowed(volume, source) if allowed_path(source, mounted_for_reading(volume.name))

allowed_path(source, reading) if {
	some entry in input.parameters.allowed
	plain(source.path)
	below(source.path, entry.path)
	permitted(entry, reading)
}

permitted(entry, _) if object.get(entry, "readOnly", true) == false

permitted(entry, true) if object.get(entry, "readOnly", true)

# No "..", no empty component: what is compared is what the kernel opens, but for symbolic links.
plain(path) if {
	regex.match(`^(?:/[^/]+)+$`, path)
	not regex.match(`/\.\.?(?:/|$)`, path)
}

below(path, prefix) if startswith(sprintf("%s/", [path]), sprintf("%s/", [trim_right(prefix, "/")]))

mounted_for_reading(name) := count(written(name)) == 0

written(name) := {mount |
	some list in pod.lists
	some container in pod.spec[list]
	some mount in container.volumeMounts
	mount.name == name
	not mount.readOnly == true
}

shown(source) := json.marshal(source.path)

shown(source) := json.marshal(source) if not source.path

hint := "" if not input.parameters.allowed[0]

hint := ", or one of the allowed paths, mounted readOnly where that is asked" if input.parameters.allowed[0]
