# No pod has a key to the API server that it did not ask its hoster for.
package hoster.no_service_account_token

import data.lib.pod
import data.lib.review

secret if input.review.kind.kind == "Secret"

violation contains finding if {
	not secret
	some finding in pod.malformed
}

violation contains pod.fault(".automountServiceAccountToken", text) if {
	judged
	not pod.spec.automountServiceAccountToken == false
	text := sprintf("must be false, since account %s may not be used here: its token would be a file in each container; set it", [json.marshal(account)])
}

violation contains pod.complaint(item, field, text) if {
	judged
	some index, volume in pod.spec.volumes
	some number, source in volume.projected.sources
	token := source.serviceAccountToken
	token != null
	not for_another(token)
	item := {"list": "volumes", "index": index, "body": volume}
	field := sprintf("projected.sources[%v].serviceAccountToken", [number])
	text := sprintf("is a token of account %s for the API server; remove it, or name an audience that is allowed", [json.marshal(account)])
}

violation contains pod.complaint(item, field, text) if {
	judged
	some index, volume in pod.spec.volumes
	some number, source in volume.projected.sources
	signer := source.podCertificate.signerName
	of_the_cluster(signer)
	item := {"list": "volumes", "index": index, "body": volume}
	field := sprintf("projected.sources[%v].podCertificate", [number])
	text := sprintf("is a key that signer %s makes known to the API server; remove it, or name a signer of the hoster's", [json.marshal(signer)])
}

of_the_cluster(signer) if startswith(signer, "kubernetes.io/")

of_the_cluster(signer) if not is_string(signer)

violation contains pod.complaint(item, "projected", text) if {
	judged
	some index, volume in pod.spec.volumes
	unreadable(volume.projected)
	item := {"list": "volumes", "index": index, "body": volume}
	text := "is not built as projected volumes are; write a list of sources"
}

unreadable(projected) if review.no_map(projected)

unreadable(projected) if review.no_list(projected.sources)

unreadable(projected) if {
	some source in projected.sources
	not is_object(source)
}

violation contains review.complaint("type", text) if {
	secret
	not review.removed
	not review.untouched(["type"])
	not ordinary(object.get(input.review.object, "type", ""))
	text := "is kubernetes.io/service-account-token, or no text: a token that never expires; remove it, and project a token where one is needed"
}

ordinary(type) if type == null

ordinary(type) if lower(type) != "kubernetes.io/service-account-token"

judged if {
	not secret
	pod.judged
	not account_exempt
}

# The old field's name counts where the new one is empty; neither is the account "default".
account := name if {
	name := pod.spec.serviceAccountName
	not name in {null, ""}
} else := name if {
	name := pod.spec.serviceAccount
	not name in {null, ""}
} else := "default"

account_exempt if {
	qualified := sprintf("%s/%s", [input.review.namespace, account])
	review.matches_any(input.parameters.exemptAccounts, qualified)
}

# A token for someone else's audience is no key to the API server.
for_another(token) if {
	some audience in input.parameters.allowedAudiences
	audience != ""
	token.audience == audience
}
