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

violation contains review.complaint(sprintf("spec.%s", [kind]), text) if {
	persistent
	not review.removed
	not review.untouched(["spec"])
	some kind in ["hostPath", "local"]
	source := input.review.object.spec[kind]
	source != null
	not allowed_path(source, true)
	text := sprintf("is %s, files of the node; use storage that a CSI driver gives", [shown(source)])
}

violation contains review.complaint("spec", "is missing or no map, so there is no volume to judge; write it") if {
	persistent
	not is_object(object.get(input.review.object, "spec", null))
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
	regex.match(`^(?:/[^/]+)+/?$`, path)
	not regex.match(`/\.\.?(?:/|$)`, path)
}

below(path, prefix) if startswith(sprintf("%s/", [path]), sprintf("%s/", [trim_right(prefix, "/")]))

mounted_for_reading(name) := count(written(name)) == 0

# What cannot be read may be a mount for writing.
written(name) := {[list, index] |
	some list in pod.lists
	some index, container in pod.spec[list]
	writes(container, name)
}

writes(container, _) if review.no_list(container.volumeMounts)

writes(container, name) if {
	some mount in container.volumeMounts
	not harmless(mount, name)
}

harmless(mount, name) if mount.name != name

harmless(mount, _) if mount.readOnly == true

shown(source) := json.marshal(object.get(source, "path", source)) if is_object(source)

shown(source) := json.marshal(source) if not is_object(source)

hint := "" if not input.parameters.allowed[0]

hint := ", or one of the allowed paths, mounted readOnly where that is asked" if input.parameters.allowed[0]
