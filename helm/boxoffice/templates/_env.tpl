{{/* An environment variable from a Secret: `dict "variable" … "from" {secret, key}`. If either is missing, the pod's state says which. */}}
{{- define "boxoffice.secretEnv" -}}
- name: {{ .variable }}
  valueFrom: {secretKeyRef: {name: {{ .from.secret }}, key: {{ .from.key }}}}
{{- end -}}

{{/* The variable of a flag. */}}
{{- define "boxoffice.variable" -}}
BOXOFFICE_{{ . | upper | replace "-" "_" }}
{{- end -}}

{{/* The databases of `names`: the URL with {context} in it, and those of contexts that are elsewhere. */}}
{{- define "boxoffice.databaseEnv" -}}
{{- $urls := list -}}
{{- $shared := false -}}
{{- range $name := .names -}}
{{- if not (dig "databaseUrl" "secret" "" (get $.root.Values.contexts $name)) }}{{ $shared = true }}{{ end -}}
{{- end -}}
{{- if $shared -}}
{{- $urls = append $urls "$(DATABASE_URL)" }}
{{ include "boxoffice.secretEnv" (dict "variable" "DATABASE_URL" "from" .root.Values.stores.databaseUrl) }}
{{- end }}
{{- range $name := .names }}
{{- $from := dig "databaseUrl" dict (get $.root.Values.contexts $name) }}
{{- if $from.secret }}
{{- $variable := printf "DATABASE_URL_%s" (upper $name) }}
{{- $urls = append $urls (printf "%s=$(%s)" $name $variable) }}
{{ include "boxoffice.secretEnv" (dict "variable" $variable "from" $from) }}
{{- end }}
{{- end }}
- {name: BOXOFFICE_DATABASE_URL, value: {{ join " " $urls | quote }}}
{{- end -}}

{{/* Whom a context calls, each from its own key: a pod whose key is gone does not start, and says so (OPS-05). */}}
{{- define "boxoffice.peerEnv" -}}
{{- $urls := list -}}
{{- range $peer := dig .name list (include "boxoffice.calls" .root | fromYaml) -}}
{{- $urls = append $urls (printf "%s=$(PEER_%s)" $peer (upper $peer)) }}
- name: PEER_{{ upper $peer }}
  valueFrom: {configMapKeyRef: {name: boxoffice-peers, key: {{ $peer }}}}
{{- end }}
{{- with $urls }}
- {name: BOXOFFICE_PEER, value: {{ join " " . | quote }}}
{{- end }}
{{- end -}}

{{- define "boxoffice.identityEnv" -}}
{{- with .root.Values.identity }}
{{- if .issuer }}
- {name: BOXOFFICE_ISSUER, value: {{ .issuer | quote }}}
- {name: BOXOFFICE_AUDIENCE, value: {{ .audience | quote }}}
- {name: BOXOFFICE_ROLES_CLAIM, value: {{ .rolesClaim | quote }}}
{{- if .insecureIssuer }}
- {name: BOXOFFICE_INSECURE_ISSUER, value: "true"}
{{- end }}
{{- if and .clientId (hasKey (include "boxoffice.calls" $.root | fromYaml) $.name) }}
- {name: BOXOFFICE_CLIENT_ID, value: {{ .clientId | quote }}}
{{ include "boxoffice.secretEnv" (dict "variable" "BOXOFFICE_CLIENT_SECRET" "from" .clientSecret) }}
{{- end }}
{{- else }}
- {name: BOXOFFICE_INSECURE_DEV_LOGIN, value: "true"}
{{- end }}
{{- end }}
{{- end -}}

{{/* What a process runs with: `dict "root" $ "name" "booking" "own" .Values.contexts.booking`. */}}
{{- define "boxoffice.env" -}}
{{- $values := .root.Values -}}
- {name: BOXOFFICE_LISTEN, value: "0.0.0.0:8080"}
- {name: BOXOFFICE_LOG_FORMAT, value: json}
- {name: BOXOFFICE_GRACE, value: {{ $values.graceSeconds }}s}
{{- if $values.metrics.enabled }}
- {name: BOXOFFICE_METRICS_LISTEN, value: "0.0.0.0:9464"}
{{- end }}
{{- with $values.tracing.otlpUrl }}
- {name: BOXOFFICE_OTLP_URL, value: {{ . | quote }}}
- {name: BOXOFFICE_TRACE_RATIO, value: {{ $values.tracing.ratio | quote }}}
{{- end }}
{{- include "boxoffice.identityEnv" . }}
{{- if eq $values.mode "single" }}
- {name: BOXOFFICE_DATA_DIR, value: /data}
{{- else }}
{{- include "boxoffice.databaseEnv" (dict "root" .root "names" (list .name)) }}
{{ include "boxoffice.secretEnv" (dict "variable" "BOXOFFICE_NATS_URL" "from" $values.stores.natsUrl) }}
{{- include "boxoffice.peerEnv" . }}
{{- end }}
{{- range $flag, $value := mergeOverwrite (deepCopy $values.settings) (dig "settings" dict .own) }}
- {name: {{ include "boxoffice.variable" $flag }}, value: {{ (kindIs "float64" $value | ternary (int64 $value) $value) | toString | quote }}}
{{- end }}
{{- range $flag, $from := mergeOverwrite (deepCopy $values.secrets) (dig "secrets" dict .own) }}
{{ include "boxoffice.secretEnv" (dict "variable" (include "boxoffice.variable" $flag) "from" $from) }}
{{- end }}
{{- with $values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
