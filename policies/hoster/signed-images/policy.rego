# Images whose signature was verified: this policy asks for the record of it.
package hoster.signed_images

import data.lib.fact
import data.lib.pod
import data.lib.review

violation contains finding if some finding in pod.malformed

violation contains finding if some finding in pod.unreadable

violation contains pod.complaint(item, "", text) if {
	some item in pod.images
	what := problems[pod.parsed[item.reference].digest]
	text := sprintf("image %s %s", [json.marshal(item.reference), what])
}

problems := {digest: problem(digest, fact.of(digest)) |
	some digest in {parts.digest | some parts in pod.parsed}
}

problem("", _) := "has no digest, and only what has one can have been verified; append @sha256:… of the signed image"

problem(digest, records) := "has no record of a verified signature; have it signed and verified before it runs" if {
	digest != ""
	count(records) == 0
}

problem(_, records) := "is signed by what was revoked; use another image" if {
	some record in records
	not standing(record)
}

problem(_, records) := text if {
	count(records) > 0
	every record in records {
		standing(record)
	}
	not verified(records)
	text := sprintf("has no record of a signature by one of %s that still holds; have it verified anew", [json.marshal(object.get(input.parameters, "signers", []))])
}

standing(record) if object.get(record, "revoked", false) == false

verified(records) if {
	some record in records
	review.matches_any(input.parameters.signers, record.signer)
	fact.in_the_future(record.until)
}
