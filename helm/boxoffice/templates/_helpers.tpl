{{/* The contexts of a fleet. */}}
{{- define "boxoffice.contexts" -}}
{{- $names := list -}}
{{- range $name, $own := .Values.contexts -}}
{{- if dig "enabled" true $own }}{{ $names = append $names $name }}{{ end -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{/* What runs: one process, or one per context. */}}
{{- define "boxoffice.processes" -}}
{{- if eq .Values.mode "single" }}["boxoffice"]{{ else }}{{ include "boxoffice.contexts" . }}{{ end -}}
{{- end -}}

{{/* Who calls whom: the last column of ARCHITECTURE.md's table of contexts. */}}
{{- define "boxoffice.calls" -}}
booking: [catalog, payment, seating, streaming]
delivery: [booking]
notification: [booking]
review: [booking]
{{- end -}}

{{/* Where contexts are reached, by the whole name: a short one may be another namespace's. Who is left out is named too: who calls it finds nobody. */}}
{{- define "boxoffice.peers" -}}
{{- $peers := dict -}}
{{- range $name := keys .Values.contexts -}}
{{- $_ := set $peers $name (printf "http://%s.%s.svc.%s:8080" $name $.Release.Namespace $.Values.clusterDomain) -}}
{{- end -}}
{{- toJson (mergeOverwrite $peers .Values.peers) -}}
{{- end -}}

{{/* The image, from one dict like `.Values.image`. */}}
{{- define "boxoffice.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* An image where it differs from another, as JSON. Another tag is not that one's digest. */}}
{{- define "boxoffice.otherImage" -}}
{{- $image := deepCopy .image -}}
{{- if .other.tag }}{{ $_ := set $image "digest" "" }}{{ end -}}
{{- toJson (mergeOverwrite $image .other) -}}
{{- end -}}

{{/* What never changes of a pod. */}}
{{- define "boxoffice.selector" -}}
app.kubernetes.io/name: boxoffice
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{- define "boxoffice.labels" -}}
{{ include "boxoffice.selector" . }}
app.kubernetes.io/part-of: boxoffice
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* What Kiali and the mesh's metrics tell apart. */}}
{{- define "boxoffice.podLabels" -}}
{{ include "boxoffice.selector" . }}
app.kubernetes.io/part-of: boxoffice
app: {{ .name }}
version: {{ .image.tag | default .root.Chart.AppVersion | trunc 63 | quote }}
{{- end -}}

{{/* Pods that the `restricted` Pod Security Standard admits. The image runs as 65532 by itself; a volume has to know. */}}
{{- define "boxoffice.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "boxoffice.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "boxoffice.pullSecrets" -}}
{{- with .Values.imagePullSecrets -}}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}
