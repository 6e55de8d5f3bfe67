{{- define "guard.labels" -}}
app.kubernetes.io/name: paratia-guard
app.kubernetes.io/part-of: paratia
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "audit.labels" -}}
app.kubernetes.io/name: paratia-guard-audit
app.kubernetes.io/part-of: paratia
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "guard.excluded" -}}
{{ append .Values.excludedNamespaces .Release.Namespace | uniq | toJson }}
{{- end }}

{{- define "guard.image" -}}
{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}
